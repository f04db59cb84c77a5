package machine

import "fmt"

// Firmware is how the machine starts an operating system.
type Firmware string

// The kinds of firmware.
const (
	UnknownFirmware Firmware = ""
	BIOS            Firmware = "bios"
	UEFI            Firmware = "uefi"
)

// Bus is what a controller is attached by.
type Bus string

// The buses of storage controllers.
const (
	PCI   Bus = "pci"
	VMBus Bus = "vmbus" // Hyper-V synthetic devices
	USB   Bus = "usb"
)

// Controller is a storage controller as enumerated, in the identifiers that
// Windows binds drivers by.
type Controller struct {
	Bus     Bus
	Address string // "0000:00:1f.2"; "" in a profile

	// PCI configuration space.
	Vendor, Device       uint16
	SubVendor, SubDevice uint16
	Revision             uint8
	Class                uint32 // 24 bits: base class, sub class, interface; 0: not known

	// VMBusClass is the interface GUID of a synthetic device, lower case.
	VMBusClass string

	Name string // for people: "Intel PIIX3 IDE", "" when not known
}

// Mass storage sub classes of PCI (base class 01).
const (
	ClassSCSI = 0x0100
	ClassIDE  = 0x0101
	ClassRAID = 0x0104
	ClassAHCI = 0x0106
	ClassSAS  = 0x0107
	ClassNVMe = 0x0108
)

// SubClass is base class and sub class, e.g. ClassAHCI.
func (c Controller) SubClass() uint16 { return uint16(c.Class >> 8) }

// ID names the controller shortly: "pci:8086:2922".
func (c Controller) ID() string {
	switch c.Bus {
	case VMBus:
		return "vmbus:" + c.VMBusClass
	case USB:
		return "usb"
	}
	return fmt.Sprintf("%s:%04x:%04x", c.Bus, c.Vendor, c.Device)
}

// String is ID and name.
func (c Controller) String() string {
	if c.Name == "" {
		return c.ID()
	}
	return fmt.Sprintf("%s (%s)", c.Name, c.ID())
}

// Disk is a block device of the machine.
type Disk struct {
	Path       string // "/dev/sda"
	Model      string
	Serial     string
	Size       int64       // bytes
	Controller *Controller // nil when it cannot be told
	Removable  bool
}

// Machine is what there is.
type Machine struct {
	Profile     string // name of the profile, "" when read from sysfs
	Firmware    Firmware
	Virtual     bool         // a virtual machine; false: a physical one, or not known
	Controllers []Controller // mass storage only; of a profile the one its boot disk hangs on first
	Disks       []Disk       // empty for a profile
	// CPUVendor is that of the processor, "" when not known. Hypervisor is as
	// read from the machine; RunsUnder knows the profiles, too.
	CPUVendor  string
	Hypervisor Hypervisor
	// Variables of UEFI firmware; nil: not known, which they are only in the
	// rescue image on the machine itself. Those of a host say nothing about the
	// machine that a disk is from.
	Variables *Variables
}

// Known reports whether the controllers are known at all.
func (m *Machine) Known() bool { return m != nil && len(m.Controllers) > 0 }

// ControllerOf returns the controller that the disk at path hangs on. In a
// profile every disk hangs on the first controller. Nil means unknown.
func (m *Machine) ControllerOf(path string) *Controller {
	if m == nil {
		return nil
	}
	if m.Profile != "" {
		if len(m.Controllers) == 0 {
			return nil
		}
		return &m.Controllers[0]
	}
	for i := range m.Disks {
		if m.Disks[i].Path == path {
			return m.Disks[i].Controller
		}
	}
	return nil
}
