// Package systempart works on the partition that the firmware starts from where
// it is another than that of Windows: the "System Reserved" partition of Windows 7
// and later, the C: of a few hundred megabytes before a Windows on D:, the EFI system
// partition. It moves what is on it to the partition of Windows, makes it anew out
// of what every Windows keeps, and says how full it is.
//
// Everything is returned as steps (package step); nothing is written here, and
// nothing is ever deleted. What must not be done is an error that wraps
// part.ErrRefused, whose text tells the person what to do instead.
//
// Sources: what bcdboot and setup of Windows 7 to 10 put onto a system partition, as
// the listings of such partitions show it; Microsoft's pages on partition layouts and on the
// room that backup and upgrades need (named where they are used).
package systempart
