package bootchain

import "github.com/bootmend/bootmend/initramfs/inspect"

// common names the drivers that stand between any disk controller and the boot
// volume, all boot-start in every real hive that was seen (XP, 7, 8.1, 10) and
// in what is published of those between:
//
//   - pci finds the controller, disk drives what hangs on it, partmgr its
//     partitions, mountmgr the volumes; ftdisk before Vista and volmgr since
//     make volumes of partitions.
//   - acpi finds pci, on machines with ACPI, which Vista and later demand.
//
// Windows NT 4.0 has disk only: its HAL knows the buses, and the I/O manager
// the partitions.
func common(w *inspect.Installation) []string {
	switch v := w.Version; {
	case v.AtLeast(6, 0):
		return []string{"acpi", "pci", "disk", "partmgr", "volmgr", "mountmgr"}
	case v.AtLeast(5, 0):
		return []string{"pci", "disk", "partmgr", "ftdisk", "mountmgr"}
	}
	return []string{"disk"}
}
