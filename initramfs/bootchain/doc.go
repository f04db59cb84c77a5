// Package bootchain walks the chain that starts Windows (firmware, partition
// table, boot sector, boot loader, its configuration, registry, boot drivers,
// boot volume) and says for each link whether it would hold now: yes, no, or
// not known.
//
// It explains; deciding and repairing is condition's. What both need, above
// all which drivers stand between the disk controller and the boot volume, is
// worked out here once (StorageLink).
//
// MBR and boot sector are judged by package bootsect (biosstage.go); of the boot
// loader and its configuration only the presence
// of the files; no ARC path is followed and no BCD is read.
package bootchain
