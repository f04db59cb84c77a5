package bootchain

import (
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
)

const (
	disk      = "disk"
	microsoft = 0x1414 // PCI vendor: devices that Hyper-V and Azure hand through
)

// common names the drivers that stand between any disk controller and the boot
// volume, all boot-start in every real hive that was seen (XP, 7, 8.1, 10) and
// in what is published of those between:
//
//   - pci finds the controller, disk drives what hangs on it, partmgr its
//     partitions, mountmgr the volumes; ftdisk before Vista and volmgr since
//     make volumes of partitions.
//   - vmbus and vpci, where the controller is one that Hyper-V hands to its guest
//     (NVMe on Azure).
//   - acpi finds pci, on machines with ACPI, which Vista and later demand.
//
// One whose service is not there at all is not missed, but for disk: ReactOS and
// stripped-down Windows have none of some.
//
// Windows NT 4.0 has disk only: its HAL knows the buses, and the I/O manager
// the partitions.
func common(w *inspect.Installation, c machine.Controller) []string {
	switch v := w.Version; {
	case v.AtLeast(6, 0):
		names := []string{"acpi", "pci", disk, "partmgr", "volmgr", "mountmgr"}
		if c.Bus == machine.PCI && c.Vendor == microsoft {
			names = append(names, "vmbus", "vpci")
		}
		return names
	case v.AtLeast(5, 0):
		return []string{"pci", disk, "partmgr", "ftdisk", "mountmgr"}
	}
	return []string{disk}
}

// ReachesVolume reports whether the service is one of common: without its driver Windows
// does not find its volume, whatever ErrorControl says.
func ReachesVolume(w *inspect.Installation, service string) bool {
	var c machine.Controller
	if known := w.Volume.Disk.Controller; known != nil {
		c = *known
	}
	return slices.Contains(common(w, c), strings.ToLower(service))
}
