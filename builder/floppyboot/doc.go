// Package floppyboot makes the image of a floppy that starts a Linux kernel by
// itself: a FAT12 file system, which people can put a driver or an answer file onto,
// and a boot loader of 2 KiB (boot.S), because every other one that is kept up needs a
// hundred times as much. Kernel and initramfs are files, each in one piece; the boot
// loader knows their place, so that they must not be moved.
//
// It is assembled by as and ld of binutils, which building the kernel needs anyway.
//
// For drives that know no more than 1,440 KiB it makes a set of two (BuildSet), with the end
// of the initramfs on the second. The loader looks for that by itself, in both drives, and
// takes only the one that belongs to the set.
//
// It also makes floppies for another boot loader, which then lies in the reserved sectors.
//
// Not supported: other drives than the first floppy drive's, also as a BIOS makes one of
// an image on a CD; memory above 784 MiB for the initramfs.
package floppyboot
