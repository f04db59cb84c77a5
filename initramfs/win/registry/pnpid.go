package registry

import (
	"fmt"
	"strings"
)

// PCIFunction is what the configuration space of a PCI function says of its
// identity.
type PCIFunction struct {
	Vendor, Device                   uint16
	SubsystemVendor, SubsystemDevice uint16
	Revision                         uint8
	Class                            uint32 // 24 bits: base class, sub class, interface
}

// IDs lists the hardware ids and then the compatible ids of the function, as
// Windows 2000 and later make them up: the most specific first. Windows 7 and
// later add class ids with "&DT_n" for PCI Express functions, which only bridges
// were seen to be bound by; they are left out. Critical device databases hold the
// same ids, see CriticalDeviceID.
//
// A function without subsystem id still has the SUBSYS ids, with zeros, but its
// ids without subsystem come before those with the class.
func (f PCIFunction) IDs() []string {
	vendor := fmt.Sprintf(`PCI\VEN_%04X`, f.Vendor)
	dev := fmt.Sprintf(`%s&DEV_%04X`, vendor, f.Device)
	subsys := fmt.Sprintf(`%s&SUBSYS_%04X%04X`, dev, f.SubsystemDevice, f.SubsystemVendor)
	rev := fmt.Sprintf("&REV_%02X", f.Revision)
	cc6 := fmt.Sprintf("CC_%06X", f.Class&0xffffff)
	cc4 := cc6[:len(cc6)-2]

	ids := []string{subsys + rev, subsys}
	classed, plain := []string{dev + "&" + cc6, dev + "&" + cc4}, []string{dev + rev, dev}
	if f.SubsystemVendor == 0 && f.SubsystemDevice == 0 {
		classed, plain = plain, classed
	}
	ids = append(append(ids, classed...), plain...)
	return append(ids, vendor+"&"+cc6, vendor+"&"+cc4, vendor, `PCI\`+cc6, `PCI\`+cc4)
}

// VMBusID is the id of a Hyper-V synthetic device by its interface GUID, which
// may come in any case and with or without braces: `VMBUS\{ba6163d9-...}`.
func VMBusID(guid string) string {
	return `VMBUS\{` + strings.ToLower(strings.Trim(guid, "{}")) + "}"
}
