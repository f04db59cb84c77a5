// Package fattest judges package fat, above all what it writes, by foreign
// tools: mkfs.vfat makes the volumes, mtools fills and reads them, fsck.vfat
// says whether they are sound.
package fattest
