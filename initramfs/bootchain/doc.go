// Package bootchain walks the chain that starts Windows (firmware, partition
// table, boot sector, boot loader, its configuration, registry, boot drivers,
// boot volume) and says for each link whether it would hold now: yes, no, or
// not known.
//
// It explains; deciding and repairing is condition's. What both need, above
// all which drivers stand between the disk controller and the boot volume, is
// worked out here once (StorageLink).
//
// MBR and boot sector are judged by package bootsect (biosstage.go). For NT 3.1
// to Server 2003 and ReactOS the menu of the loader is read and its paths are
// followed (NTLoader), and each stage that breaks says what the person sees. For
// Vista and later only the presence of the files is looked at yet.
package bootchain
