// Package mbrcode holds boot code for the MBR that starts the active partition,
// as Windows' own does: 440 bytes, what fits before the disk signature.
//
// It is that of Syslinux (mbr.bin), taken unchanged from Debian's package
// syslinux-common; its licence (Expat, which is called MIT, too) allows that and
// stands beside it in LICENSE. It lies here, in the engine, and not in the image
// only, because the engine repairs images on a host just the same, where nobody
// may have the package; a test compares it with Debian's. What it says to people
// differs from Windows' code: "Missing operating system." also stands for no
// active partition, "Multiple active partitions." for more than one, "Operating
// system load error." for a boot sector that cannot be read.
package mbrcode
