// Package bootsecttest tries package bootsect, and the edits of package part,
// on boot sectors that Windows wrote, on volumes of mkntfs and mkfs.vfat, and on
// the boot loaders in Debian's packages. What was edited is judged by foreign
// programs: ntfsresize, ntfscat, fsck.vfat, minfo, file, sfdisk; and by a BIOS, which
// starts repaired guests up to the boot sector of the right partition.
package bootsecttest
