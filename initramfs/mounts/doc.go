// Package mounts mounts volumes of the patient and attached media by the kernel and
// ntfs-3g, for people at the shell. The engine itself needs no mount and never looks
// at one.
//
// Plan says which volume goes where: below /mnt, by the letter that Windows itself
// gives it. Read-only is the default. Writing is refused where it could destroy
// something, with the reason; what is written bypasses proof and undo.
//
// While a volume is mounted, in either way, the kernel holds its disk, and a repair
// ends with block.ErrInUse: nobody changes a file system below its driver.
package mounts
