package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// FromSysfs reads the machine from a sysfs tree ("/sys" on the machine
// itself). Block devices that are no disks (loop, ram, CD, floppy, device
// mapper) and those without a medium are left out.
func FromSysfs(root string) (*Machine, error) {
	m := &Machine{Firmware: BIOS, Virtual: isVirtual(root)}
	if _, err := os.Stat(filepath.Join(root, "firmware/efi")); err == nil {
		m.Firmware = UEFI
	}
	m.readCPU(root)
	if err := m.readControllers(root); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Join(root, "block"))
	if err != nil {
		return nil, fmt.Errorf("disks: %w", err)
	}
	for _, e := range entries {
		if notADisk(e.Name()) {
			continue
		}
		if d, ok := readDisk(root, e.Name(), m.Controllers); ok {
			m.Disks = append(m.Disks, d)
		}
	}
	return m, nil
}

func notADisk(name string) bool {
	for _, prefix := range []string{"loop", "ram", "zram", "sr", "fd", "dm-", "md", "nbd"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// readControllers lists PCI mass storage functions and Hyper-V storage channels.
func (m *Machine) readControllers(root string) error {
	devices, err := os.ReadDir(filepath.Join(root, "bus/pci/devices"))
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("PCI devices: %w", err)
	}
	for _, e := range devices {
		dir := filepath.Join(root, "bus/pci/devices", e.Name())
		c := Controller{Bus: PCI, Address: e.Name(), Class: uint32(hexFile(dir, "class"))}
		if c.Class>>16 != 0x01 {
			continue
		}
		c.Vendor, c.Device = uint16(hexFile(dir, "vendor")), uint16(hexFile(dir, "device"))
		c.SubVendor, c.SubDevice = uint16(hexFile(dir, "subsystem_vendor")), uint16(hexFile(dir, "subsystem_device"))
		c.Revision = uint8(hexFile(dir, "revision"))
		c.Name = knownName(c)
		m.Controllers = append(m.Controllers, c)
	}
	channels, _ := os.ReadDir(filepath.Join(root, "bus/vmbus/devices")) // absent outside Hyper-V
	for _, e := range channels {
		class := strings.Trim(textFile(filepath.Join(root, "bus/vmbus/devices", e.Name()), "class_id"), "{}")
		c := vmbus("Hyper-V SCSI", vmbusSCSI)
		if strings.EqualFold(class, vmbusIDE) {
			c = vmbus("Hyper-V IDE", vmbusIDE)
		} else if !strings.EqualFold(class, vmbusSCSI) {
			continue
		}
		c.Address = e.Name()
		m.Controllers = append(m.Controllers, c)
	}
	return nil
}

func knownName(c Controller) string {
	if known := knownPCI(c.Vendor, c.Device); known != nil {
		return known.Name
	}
	return ""
}

func readDisk(root, name string, controllers []Controller) (Disk, bool) {
	dir := filepath.Join(root, "block", name)
	sectors, err := strconv.ParseInt(textFile(dir, "size"), 10, 64)
	if err != nil || sectors == 0 || textFile(dir, "hidden") == "1" { // one path of an NVMe namespace
		return Disk{}, false
	}
	d := Disk{
		Path: "/dev/" + name, Size: sectors * 512, // sysfs counts in 512 bytes whatever the disk does
		Model: textFile(dir, "device/model"), Serial: textFile(dir, "device/serial"),
		Removable: textFile(dir, "removable") == "1",
	}
	path, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return d, true
	}
	d.Controller = findController(strings.Split(path, "/"), controllers)
	if d.Controller == nil && strings.HasPrefix(name, "nvme") {
		// With native multipath the namespace hangs on a virtual subsystem;
		// the controller is named by the first part of its name.
		ctrl, _, _ := strings.Cut(strings.TrimPrefix(name, "nvme"), "n")
		if path, err = filepath.EvalSymlinks(filepath.Join(root, "class/nvme/nvme"+ctrl)); err == nil {
			d.Controller = findController(strings.Split(path, "/"), controllers)
		}
	}
	paravirtual := d.Controller == nil && strings.HasPrefix(name, "xvd") || d.Controller != nil && d.Controller.VMBusClass == vmbusIDE
	if ide := emulatedIDE(controllers); paravirtual && ide != nil {
		d.Controller = ide
	}
	return d, true
}

// findController takes the innermost device on the path that is a storage
// controller. A USB host in between means a disk Windows does not start from.
// What lies in a PCI domain of more than four digits is behind a controller that
// makes one (Intel VMD), and it is that one which Windows needs a driver for.
func findController(path []string, controllers []Controller) *Controller {
	var found *Controller
	for _, part := range slices.Backward(path) {
		if strings.HasPrefix(part, "usb") {
			return &Controller{Bus: USB, Name: "USB storage"}
		}
		for i := range controllers {
			if strings.EqualFold(controllers[i].Address, part) {
				found = &controllers[i]
				if domain, _, _ := strings.Cut(part, ":"); found.Bus != PCI || len(domain) <= 4 {
					return found
				}
			}
		}
	}
	return found
}

// emulatedIDE is the IDE controller that Xen and Hyper-V show to a guest without
// paravirtual drivers, and that Windows starts from; Linux drives the same disks
// as xvda and by VMBus. Nil when there is none.
func emulatedIDE(controllers []Controller) *Controller {
	for i := range controllers {
		if controllers[i].SubClass() == ClassIDE {
			return &controllers[i]
		}
	}
	return nil
}

func textFile(dir, name string) string {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// hexFile reads "0x8086"; what is missing or malformed reads as 0.
func hexFile(dir, name string) uint64 {
	n, _ := strconv.ParseUint(strings.TrimPrefix(textFile(dir, name), "0x"), 16, 64)
	return n
}
