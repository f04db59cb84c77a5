package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Device is anything on the PCI bus or on that of Hyper-V, for showing. Storage
// controllers are in Machine.Controllers, too.
type Device struct {
	Controller        // the identifiers; Name is known for controllers only
	Driver     string // of the running Linux, "" for none
}

// Devices lists all PCI functions of a sysfs tree ("/sys"), and the channels of
// Hyper-V, in the order of their addresses.
func Devices(root string) ([]Device, error) {
	var all []Device
	for _, bus := range []Bus{PCI, VMBus} {
		dir := filepath.Join(root, "bus", string(bus), "devices")
		entries, err := os.ReadDir(dir)
		if err != nil && !os.IsNotExist(err) {
			return nil, fmt.Errorf("devices: %w", err)
		}
		for _, e := range entries {
			all = append(all, readDevice(bus, filepath.Join(dir, e.Name())))
		}
	}
	return all, nil
}

func readDevice(bus Bus, dir string) Device {
	d := Device{Controller: Controller{Bus: bus, Address: filepath.Base(dir)}}
	if driver, err := os.Readlink(filepath.Join(dir, "driver")); err == nil {
		d.Driver = filepath.Base(driver)
	}
	if bus == VMBus {
		d.VMBusClass = strings.ToLower(strings.Trim(textFile(dir, "class_id"), "{}"))
		return d
	}
	d.Class = uint32(hexFile(dir, "class"))
	d.Vendor, d.Device = uint16(hexFile(dir, "vendor")), uint16(hexFile(dir, "device"))
	d.SubVendor, d.SubDevice = uint16(hexFile(dir, "subsystem_vendor")), uint16(hexFile(dir, "subsystem_device"))
	d.Revision = uint8(hexFile(dir, "revision"))
	d.Name = knownName(d.Controller)
	return d
}

// Storage reports whether Windows could start from what hangs on it.
func (d Device) Storage() bool {
	return d.Class>>16 == 0x01 || strings.EqualFold(d.VMBusClass, vmbusIDE) || strings.EqualFold(d.VMBusClass, vmbusSCSI)
}

// Kind is the base class in words (PCI Code and ID Assignment Specification).
func (d Device) Kind() string {
	if d.Bus == VMBus {
		return "Hyper-V device"
	}
	names := []string{"old device", "storage", "network", "display", "multimedia", "memory", "bridge", "communication", "system",
		"input", "docking station", "processor", "serial bus", "wireless", "intelligent I/O", "satellite", "encryption", "signal processing"}
	if base := int(d.Class >> 16); base < len(names) {
		return names[base]
	}
	return "other"
}
