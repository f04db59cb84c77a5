package machine

// Interface GUIDs of Hyper-V storage. Source: Linux, include/linux/hyperv.h
// (HV_SCSI_GUID, HV_IDE_GUID).
const (
	vmbusSCSI = "ba6163d9-04a1-4d29-b605-72e2ffb1dc7f"
	vmbusIDE  = "32412632-86cb-44a2-9b5c-50d1417354f5"
)

func pci(name string, vendor, device, subVendor, subDevice uint16, rev uint8, class uint32) Controller {
	return Controller{Bus: PCI, Name: name, Vendor: vendor, Device: device,
		SubVendor: subVendor, SubDevice: subDevice, Revision: rev, Class: class}
}

func vmbus(name, class string) Controller {
	return Controller{Bus: VMBus, Name: name, VMBusClass: class}
}

// profiles lists the machines that people move Windows to, each with the
// controllers that it has by itself, the one its boot disk hangs on first.
// Subsystem 0:0 is also what is not known.
//
// Sources: for QEMU the configuration space of its devices, read in version 7.2;
// for VMware pci.ids (subsystem 15AD:1976) and lspci of such machines, as for
// VirtualBox, Hyper-V and Xen; VirtualBox' source for its BusLogic adapter; pci.ids for Amazon and Google, the stornvme hints of
// Azure's users (1414:00A9). Which product shows which is partly from experience.
func profiles() []Machine {
	all := append(qemuProfiles(), vmwareProfiles()...)
	return append(all, otherProfiles()...)
}

func qemuProfiles() []Machine {
	return []Machine{
		{Profile: "qemu-pc", Controllers: []Controller{pci("Intel PIIX3 IDE", 0x8086, 0x7010, 0x1AF4, 0x1100, 0, 0x010180)}},
		{Profile: "qemu-q35", Controllers: []Controller{pci("Intel ICH9 AHCI", 0x8086, 0x2922, 0x1AF4, 0x1100, 2, 0x010601)}},
		// Both ids of a virtio device: the same option makes the transitional one
		// on a PCI bus and the modern one on PCI Express.
		{Profile: "qemu-virtio-blk", Controllers: []Controller{
			pci("virtio block device", 0x1AF4, 0x1001, 0x1AF4, 0x0002, 0, 0x010000),
			pci("virtio block device", 0x1AF4, 0x1042, 0x1AF4, 0x1100, 1, 0x010000),
		}},
		{Profile: "qemu-virtio-scsi", Controllers: []Controller{
			pci("virtio SCSI", 0x1AF4, 0x1004, 0x1AF4, 0x0008, 0, 0x010000),
			pci("virtio SCSI", 0x1AF4, 0x1048, 0x1AF4, 0x1100, 1, 0x010000),
		}},
		// The second is that of versions before 6.0, and of use-intel-id.
		{Profile: "qemu-nvme", Controllers: []Controller{
			pci("QEMU NVMe", 0x1B36, 0x0010, 0x1AF4, 0x1100, 2, 0x010802),
			pci("QEMU NVMe", 0x8086, 0x5845, 0x1AF4, 0x1100, 2, 0x010802),
		}},
		{Profile: "qemu-lsi", Controllers: []Controller{pci("LSI 53C895A", 0x1000, 0x0012, 0x0000, 0x1000, 0, 0x010000)}},
		{Profile: "qemu-pcscsi", Controllers: []Controller{pci("AMD 53C974", 0x1022, 0x2020, 0x1AF4, 0x1100, 0x10, 0x010000)}},
		{Profile: "qemu-lsisas", Controllers: []Controller{pci("LSI Logic SAS1068", 0x1000, 0x0054, 0x1000, 0x8000, 0, 0x010000)}},
		{Profile: "qemu-megasas", Controllers: []Controller{
			pci("LSI MegaRAID SAS 1078", 0x1000, 0x0060, 0x1000, 0x1013, 0, 0x010400),
			pci("LSI MegaRAID SAS 2108", 0x1000, 0x0079, 0x1000, 0x9261, 0, 0x010400),
		}},
		{Profile: "qemu-pvscsi", Controllers: []Controller{pci("VMware PVSCSI", 0x15AD, 0x07C0, 0x15AD, 0x07C0, 2, 0x010000)}},
		{Profile: "qemu-usb", Controllers: []Controller{{Bus: USB, Name: "USB storage"}}},
	}
}

// busLogic is the adapter of VMware and of VirtualBox, by the same ids.
func busLogic() Controller {
	return pci("BusLogic BT-958", 0x104B, 0x1040, 0x104B, 0x1040, 1, 0x010000)
}

func vmwareProfiles() []Machine {
	ide := pci("Intel PIIX4 IDE", 0x8086, 0x7111, 0x15AD, 0x1976, 1, 0x01018A)
	ahci := pci("VMware AHCI", 0x15AD, 0x07E0, 0x15AD, 0x07E0, 0, 0x010601)
	return []Machine{
		{Profile: "vmware-buslogic", Firmware: BIOS, Controllers: []Controller{busLogic(), ide}},
		{Profile: "vmware-lsilogic", Controllers: []Controller{pci("LSI Logic 53C1030", 0x1000, 0x0030, 0x15AD, 0x1976, 1, 0x010000), ide, ahci}},
		{Profile: "vmware-lsisas", Controllers: []Controller{pci("LSI Logic SAS1068", 0x1000, 0x0054, 0x15AD, 0x1976, 1, 0x010700), ide, ahci}},
		{Profile: "vmware-pvscsi", Controllers: []Controller{pci("VMware PVSCSI", 0x15AD, 0x07C0, 0x15AD, 0x07C0, 2, 0x010700), ide, ahci}},
		{Profile: "vmware-nvme", Controllers: []Controller{pci("VMware NVMe", 0x15AD, 0x07F0, 0x15AD, 0x07F0, 0, 0x010802), ide, ahci}},
	}
}

func otherProfiles() []Machine {
	piix4 := pci("Intel PIIX4 IDE", 0x8086, 0x7111, 0, 0, 1, 0x01018A)
	ich8 := pci("Intel ICH8M AHCI", 0x8086, 0x2829, 0, 0, 2, 0x010601)
	hypervIDE := pci("Intel PIIX4 IDE", 0x8086, 0x7111, 0, 0, 1, 0x010180)
	ide, scsi := vmbus("Hyper-V IDE", vmbusIDE), vmbus("Hyper-V SCSI", vmbusSCSI)
	return []Machine{
		{Profile: "virtualbox-ide", Controllers: []Controller{piix4, ich8}},
		{Profile: "virtualbox-ahci", Controllers: []Controller{ich8, piix4}},
		{Profile: "virtualbox-buslogic", Firmware: BIOS, Controllers: []Controller{busLogic(), piix4}},
		{Profile: "hyperv-gen1", Firmware: BIOS, Controllers: []Controller{hypervIDE, ide, scsi}},
		{Profile: "hyperv-gen2", Firmware: UEFI, Controllers: []Controller{scsi}},
		{Profile: "xen-hvm", Controllers: []Controller{
			pci("Intel PIIX3 IDE", 0x8086, 0x7010, 0x5853, 0x0001, 0, 0x010180),
			pci("Xen platform device", 0x5853, 0x0001, 0x5853, 0x0001, 1, 0xFF8000),
		}},
		{Profile: "aws-nitro", Controllers: []Controller{
			pci("Amazon EBS NVMe", 0x1D0F, 0x8061, 0, 0, 0, 0x010802),
			pci("Amazon instance NVMe", 0x1D0F, 0xCD01, 0, 0, 0, 0x010802),
			pci("Amazon instance NVMe", 0x1D0F, 0xCD00, 0, 0, 0, 0x010802),
		}},
		{Profile: "gcp", Controllers: []Controller{
			pci("virtio SCSI", 0x1AF4, 0x1004, 0x1AF4, 0x0008, 0, 0x010000),
			pci("Google NVMe", 0x1AE0, 0x001F, 0, 0, 0, 0x010802),
		}},
		{Profile: "azure-gen1", Firmware: BIOS, Controllers: []Controller{hypervIDE, ide, scsi}},
		{Profile: "azure-gen2", Firmware: UEFI, Controllers: []Controller{scsi, pci("Azure NVMe", 0x1414, 0x00A9, 0, 0, 0, 0x010802)}},
	}
}
