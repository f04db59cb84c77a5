package machine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Interface GUIDs of Hyper-V storage. Source: qemu and Linux hv headers.
const vmbusSCSI = "ba6163d9-04a1-4d29-b605-72e2ffb1dc7f"

func pci(name string, vendor, device, subVendor, subDevice uint16, rev uint8, class uint32) Controller {
	return Controller{Bus: PCI, Name: name, Vendor: vendor, Device: device,
		SubVendor: subVendor, SubDevice: subDevice, Revision: rev, Class: class}
}

// profiles lists the machines that people move Windows to, each with the
// controller its boot disk hangs on first. Identifiers: pci.ids and qemu's
// docs/specs/pci-ids; which product presents which is partly from experience.
func profiles() []Machine {
	piix3 := pci("Intel PIIX3 IDE", 0x8086, 0x7010, 0x1AF4, 0x1100, 0, 0x010180)
	piix4 := pci("Intel PIIX4 IDE", 0x8086, 0x7111, 0, 0, 1, 0x010180)
	return []Machine{
		{Profile: "qemu-pc", Controllers: []Controller{piix3}},
		{Profile: "qemu-q35", Controllers: []Controller{pci("Intel ICH9 AHCI", 0x8086, 0x2922, 0x1AF4, 0x1100, 2, 0x010601)}},
		{Profile: "qemu-virtio-blk", Controllers: []Controller{pci("virtio block device", 0x1AF4, 0x1001, 0x1AF4, 0x0002, 0, 0x010000)}},
		{Profile: "qemu-virtio-scsi", Controllers: []Controller{pci("virtio SCSI", 0x1AF4, 0x1004, 0x1AF4, 0x0008, 0, 0x010000)}},
		{Profile: "vmware-buslogic", Firmware: BIOS, Controllers: []Controller{pci("BusLogic BT-958", 0x104B, 0x1040, 0x104B, 0x1040, 1, 0x010000)}},
		{Profile: "vmware-lsilogic", Controllers: []Controller{pci("LSI Logic 53C1030", 0x1000, 0x0030, 0x15AD, 0x1976, 1, 0x010000)}},
		{Profile: "vmware-lsisas", Controllers: []Controller{pci("LSI Logic SAS1068", 0x1000, 0x0054, 0x15AD, 0x1976, 1, 0x010700)}},
		{Profile: "vmware-pvscsi", Controllers: []Controller{pci("VMware PVSCSI", 0x15AD, 0x07C0, 0x15AD, 0x07C0, 2, 0x010700)}},
		{Profile: "vmware-nvme", Controllers: []Controller{pci("VMware NVMe", 0x15AD, 0x07F0, 0x15AD, 0x07F0, 0, 0x010802)}},
		{Profile: "virtualbox-ide", Controllers: []Controller{piix4}},
		{Profile: "virtualbox-ahci", Controllers: []Controller{pci("Intel ICH8M AHCI", 0x8086, 0x2829, 0, 0, 2, 0x010601)}},
		{Profile: "hyperv-gen1", Firmware: BIOS, Controllers: []Controller{piix4}},
		{Profile: "hyperv-gen2", Firmware: UEFI, Controllers: []Controller{{Bus: VMBus, VMBusClass: vmbusSCSI, Name: "Hyper-V SCSI"}}},
		{Profile: "xen-hvm", Controllers: []Controller{piix3, pci("Xen platform device", 0x5853, 0x0001, 0x5853, 0x0001, 1, 0xFF8000)}},
		{Profile: "aws-nitro", Controllers: []Controller{pci("Amazon EBS NVMe", 0x1D0F, 0x8061, 0x1D0F, 0x8061, 0, 0x010802)}},
		{Profile: "gcp", Controllers: []Controller{pci("virtio SCSI", 0x1AF4, 0x1004, 0x1AF4, 0x0008, 0, 0x010000)}},
		{Profile: "azure-gen1", Firmware: BIOS, Controllers: []Controller{piix4}},
		{Profile: "azure-gen2", Firmware: UEFI, Controllers: []Controller{{Bus: VMBus, VMBusClass: vmbusSCSI, Name: "Hyper-V SCSI"}}},
	}
}

// ProfileNames lists the names that Profile accepts, without the pci: form.
func ProfileNames() []string {
	var names []string
	for _, m := range profiles() {
		names = append(names, m.Profile)
	}
	return names
}

// Profile returns the machine of that name, or for "pci:VVVV:DDDD" (hex
// vendor and device, optionally ":CCSSPP" class) one with that controller.
func Profile(name string) (*Machine, error) {
	if rest, ok := strings.CutPrefix(name, "pci:"); ok {
		return pciProfile(name, rest)
	}
	all := profiles()
	i := slices.IndexFunc(all, func(m Machine) bool { return m.Profile == name })
	if i < 0 {
		return nil, fmt.Errorf("no machine profile %q; there are: %s, or pci:VVVV:DDDD", name, strings.Join(ProfileNames(), " "))
	}
	all[i].Virtual = true
	return &all[i], nil
}

func pciProfile(name, rest string) (*Machine, error) {
	fields := strings.Split(rest, ":")
	if len(fields) < 2 || len(fields) > 3 {
		return nil, fmt.Errorf("machine profile %q: want pci:VVVV:DDDD or pci:VVVV:DDDD:CCSSPP in hexadecimal", name)
	}
	var v [3]uint64
	for i, bits := range []int{16, 16, 24}[:len(fields)] {
		n, err := strconv.ParseUint(fields[i], 16, bits)
		if err != nil {
			return nil, fmt.Errorf("machine profile %q: %q is not a hexadecimal number of %d bits", name, fields[i], bits)
		}
		v[i] = n
	}
	c := Controller{Bus: PCI, Vendor: uint16(v[0]), Device: uint16(v[1]), Class: uint32(v[2])}
	for _, m := range profiles() {
		if known := m.Controllers[0]; known.Vendor == c.Vendor && known.Device == c.Device && len(fields) == 2 {
			c = known
			break
		}
	}
	return &Machine{Profile: name, Controllers: []Controller{c}}, nil
}
