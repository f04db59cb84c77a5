package catalog

import (
	"fmt"
	"strings"
)

// Device identifies a storage controller for a look-up.
type Device struct {
	Vendor, Device       uint16 // PCI; zero for others
	SubVendor, SubDevice uint16
	Revision             uint8
	SubClass             uint16 // PCI base class and sub class, e.g. 0x0106
	Interface            uint8  // of the class: 1 for AHCI, 2 for NVMe
	VMBus                string // interface GUID in any case; "" for others
	USB                  bool   // the disk is attached by USB, whatever the host controller
}

// usbDisk stands for every disk on USB.
const usbDisk = `USB\CLASS_08`

// IDs are the device's ids as Windows makes them up, the most specific first,
// spelled as in Enum and DriverDatabase. Source: Microsoft, "Identifiers for PCI
// devices"; compared with the Enum key of real hives. A device whose class is not
// known (SubClass 0) has no class ids.
func (d Device) IDs() []string {
	switch {
	case d.USB:
		return []string{usbDisk}
	case d.VMBus != "":
		return []string{`VMBUS\{` + strings.ToLower(strings.Trim(d.VMBus, "{}")) + "}"}
	}
	vendor := fmt.Sprintf(`PCI\VEN_%04X`, d.Vendor)
	dev := fmt.Sprintf(`%s&DEV_%04X`, vendor, d.Device)
	subsys := fmt.Sprintf(`%s&SUBSYS_%04X%04X`, dev, d.SubDevice, d.SubVendor)
	rev := fmt.Sprintf("&REV_%02X", d.Revision)
	ids := []string{subsys + rev, subsys}
	if d.SubClass == 0 {
		return append(ids, dev+rev, dev, vendor)
	}
	cc4 := fmt.Sprintf("CC_%04X", d.SubClass)
	cc6 := fmt.Sprintf("%s%02X", cc4, d.Interface)
	classed, plain := []string{dev + "&" + cc6, dev + "&" + cc4}, []string{dev + rev, dev}
	if d.SubVendor == 0 && d.SubDevice == 0 {
		classed, plain = plain, classed
	}
	ids = append(append(ids, classed...), plain...)
	return append(ids, vendor+"&"+cc6, vendor+"&"+cc4, vendor, `PCI\`+cc6, `PCI\`+cc4)
}

// isClassID: the id says what kind of device it is and not which.
func isClassID(id string) bool {
	id = strings.ToUpper(id)
	return strings.HasPrefix(id, "PCI") && !strings.Contains(id, "DEV_")
}

// criticalID spells an id as the CriticalDeviceDatabase does.
func criticalID(id string) string { return strings.ReplaceAll(id, `\`, "#") }
