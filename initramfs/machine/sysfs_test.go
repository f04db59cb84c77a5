package machine

import (
	"fmt"
	"path"
	"testing"
)

// function is a PCI function of a synthetic sysfs tree.
type function struct {
	dir string // below devices
	c   Controller
}

// tree describes a machine with one disk: its PCI functions, VMBus channels
// (address to class), the directory of the block device and other links.
type tree struct {
	pci   []function
	vmbus map[string]string // directory below devices, class
	block string            // below devices, ".../block/sda"
	links map[string]string
}

// machine lays the tree out as Linux does and reads it.
func (tr tree) machine(t *testing.T) *Machine {
	t.Helper()
	files, links := map[string]string{}, map[string]string{}
	for _, f := range tr.pci {
		dir := "devices/" + f.dir
		for name, v := range map[string]string{
			"class": fmt.Sprintf("%#06x", f.c.Class), "vendor": fmt.Sprintf("%#04x", f.c.Vendor), "device": fmt.Sprintf("%#04x", f.c.Device),
			"subsystem_vendor": fmt.Sprintf("%#04x", f.c.SubVendor), "subsystem_device": fmt.Sprintf("%#04x", f.c.SubDevice), "revision": fmt.Sprintf("%#02x", f.c.Revision),
		} {
			files[dir+"/"+name] = v
		}
		links["bus/pci/devices/"+path.Base(f.dir)] = "../../../" + dir
	}
	for dir, class := range tr.vmbus {
		files["devices/"+dir+"/class_id"] = "{" + class + "}"
		links["bus/vmbus/devices/"+path.Base(dir)] = "../../../devices/" + dir
	}
	files["devices/"+tr.block+"/size"] = "4194304"
	links["block/"+path.Base(tr.block)] = "../devices/" + tr.block
	for from, to := range tr.links {
		links[from] = to
	}
	m, err := FromSysfs(sysfs(t, files, links))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Disks) != 1 || m.Disks[0].Size != 2<<30 {
		t.Fatalf("disks %+v", m.Disks)
	}
	return m
}

// first is a controller of a profile.
func first(t *testing.T, profile string, i int) Controller {
	t.Helper()
	m, err := Profile(profile)
	if err != nil {
		t.Fatal(err)
	}
	return m.Controllers[i]
}

const bus0, dev3 = "pci0000:00/", "pci0000:00/0000:00:03.0"

// TestEveryControllerIsRecognised: the way from /sys/block to the function that
// Windows needs a driver for, as Linux' drivers lay it out.
func TestEveryControllerIsRecognised(t *testing.T) {
	for _, tt := range []struct {
		profile string
		n       int // controller of the profile
		dir     string
		block   string // below the function
	}{
		{"qemu-pc", 0, bus0 + "0000:00:01.1", "ata1/host0/target0:0:0/0:0:0:0/block/sda"},
		{"virtualbox-ide", 0, bus0 + "0000:00:01.1", "ata1/host0/target0:0:0/0:0:0:0/block/sda"},
		{"qemu-q35", 0, bus0 + "0000:00:1f.2", "ata1/host0/target0:0:0/0:0:0:0/block/sda"},
		{"virtualbox-ahci", 0, bus0 + "0000:00:0d.0", "ata3/host2/target2:0:0/2:0:0:0/block/sda"},
		{"vmware-lsisas", 2, bus0 + "0000:00:11.0/0000:02:03.0", "ata4/host3/target3:0:0/3:0:0:0/block/sda"},
		{"qemu-lsi", 0, dev3, "host2/target2:0:0/2:0:0:0/block/sda"},
		{"qemu-pcscsi", 0, dev3, "host2/target2:0:0/2:0:0:0/block/sda"},
		{"qemu-lsisas", 0, dev3, "host2/port-2:0/end_device-2:0/target2:0:0/2:0:0:0/block/sda"},
		{"qemu-megasas", 0, dev3, "host2/target2:2:0/2:2:0:0/block/sda"},
		{"qemu-megasas", 1, dev3, "host2/target2:2:0/2:2:0:0/block/sda"},
		{"qemu-pvscsi", 0, dev3, "host2/target2:0:0/2:0:0:0/block/sda"},
		{"vmware-pvscsi", 0, bus0 + "0000:00:15.0/0000:03:00.0", "host0/target0:0:0/0:0:0:0/block/sda"},
		{"vmware-lsilogic", 0, bus0 + "0000:00:10.0", "host2/target2:0:0/2:0:0:0/block/sda"},
		{"vmware-buslogic", 0, bus0 + "0000:00:10.0", "host2/target2:0:0/2:0:0:0/block/sda"},
		{"qemu-virtio-blk", 0, dev3, "virtio0/block/vda"},
		{"qemu-virtio-blk", 1, bus0 + "0000:00:02.0/0000:01:00.0", "virtio0/block/vda"},
		{"qemu-virtio-scsi", 0, dev3, "virtio0/host2/target2:0:0/2:0:0:0/block/sda"},
		{"qemu-virtio-scsi", 1, bus0 + "0000:00:02.0/0000:01:00.0", "virtio0/host2/target2:0:0/2:0:0:0/block/sda"},
		{"gcp", 0, dev3, "virtio0/host0/target0:0:1/0:0:1:0/block/sda"},
		{"gcp", 1, dev3, "nvme/nvme0/nvme0n1"},
		{"qemu-nvme", 0, dev3, "nvme/nvme0/nvme0n1"},
		{"qemu-nvme", 1, dev3, "nvme/nvme0/nvme0n1"},
		{"vmware-nvme", 0, bus0 + "0000:00:15.0/0000:03:00.0", "nvme/nvme0/nvme0n1"},
		{"aws-nitro", 0, bus0 + "0000:00:04.0", "nvme/nvme0/nvme0n1"},
	} {
		t.Run(fmt.Sprintf("%s %d", tt.profile, tt.n), func(t *testing.T) {
			want := first(t, tt.profile, tt.n)
			other := Controller{Class: 0x030000, Vendor: 0x1234, Device: 0x1111} // no storage, on the way of nothing
			m := tree{pci: []function{{tt.dir, want}, {bus0 + "0000:00:02.7", other}}, block: tt.dir + "/" + tt.block}.machine(t)
			want.Address = path.Base(tt.dir)
			got := m.ControllerOf("/dev/" + path.Base(tt.block))
			if got == nil || *got != want {
				t.Errorf("controller %+v, want %+v", got, want)
			}
			if len(m.Controllers) != 1 {
				t.Errorf("controllers %v", m.Controllers)
			}
		})
	}
}

func TestUSB(t *testing.T) {
	uhci := Controller{Vendor: 0x8086, Device: 0x7020, Class: 0x0C0300}
	for _, block := range []string{
		"usb1/1-1/1-1:1.0/host6/target6:0:0/6:0:0:0/block/sda",              // usb-storage
		"usb2/2-1/2-1.4/2-1.4:1.0/host7/target7:0:0/7:0:0:0/block/sda",      // behind a hub
		"0000:03:00.0/usb3/3-2/3-2:1.0/host8/target8:0:0/8:0:0:0/block/sda", // UAS on a card
	} {
		m := tree{pci: []function{{bus0 + "0000:00:01.2", uhci}}, block: bus0 + "0000:00:01.2/" + block}.machine(t)
		if c := m.ControllerOf("/dev/sda"); c == nil || *c != first(t, "qemu-usb", 0) {
			t.Errorf("%s: %+v", block, c)
		}
	}
}

const acpi = "LNXSYSTM:00/LNXSYBUS:00/ACPI0004:00/VMBUS:00/"

func TestHyperVGeneration1(t *testing.T) {
	ide, channel := first(t, "hyperv-gen1", 0), acpi+"00000000-0000-8899-0000-000000000000"
	tr := tree{
		pci:   []function{{bus0 + "0000:00:07.1", ide}},
		vmbus: map[string]string{channel: vmbusIDE, acpi + "f8b3781a-1e82-4818-a1c3-63d806ec15bb": vmbusSCSI, acpi + "fd149e91-82e0-4a7d-afa6-2a4166cbd7c0": "da0a7802-e377-4aac-8e77-0558eb1073f8"},
		block: channel + "/host0/target0:0:0/0:0:0:0/block/sda",
	}
	m := tr.machine(t)
	// Linux drives the disk by VMBus, Windows starts from the emulated IDE.
	if c := m.ControllerOf("/dev/sda"); c == nil || c.Address != "0000:00:07.1" || c.SubClass() != ClassIDE {
		t.Errorf("controller of an IDE disk %+v", c)
	}
	if len(m.Controllers) != 3 {
		t.Errorf("controllers %v", m.Controllers)
	}
	tr.block = acpi + "f8b3781a-1e82-4818-a1c3-63d806ec15bb/host1/target1:0:0/1:0:0:0/block/sdb"
	if c := tr.machine(t).ControllerOf("/dev/sdb"); c == nil || c.VMBusClass != vmbusSCSI {
		t.Errorf("controller of a SCSI disk %+v", c)
	}
	tr.pci, tr.block = nil, channel+"/host0/target0:0:0/0:0:0:0/block/sda"
	if c := tr.machine(t).ControllerOf("/dev/sda"); c == nil || c.VMBusClass != vmbusIDE {
		t.Errorf("without PCI: %+v", c)
	}
}

func TestAzureNVMeBehindVMBus(t *testing.T) {
	nvme, channel := first(t, "azure-gen2", 1), acpi+"0a0bc2f1-c05b-4c01-8b53-c05bb4a0b4b5"
	dir := channel + "/pcic05b:00/c05b:00:00.0"
	m := tree{
		pci:   []function{{dir, nvme}},
		vmbus: map[string]string{channel: "44c4f61d-4444-4400-9d52-802e27ede19f"},
		block: dir + "/nvme/nvme0/nvme0n1",
	}.machine(t)
	if c := m.ControllerOf("/dev/nvme0n1"); c == nil || c.ID() != "pci:1414:00a9" {
		t.Errorf("%+v", c)
	}
}

func TestXenParavirtual(t *testing.T) {
	ide := first(t, "xen-hvm", 0)
	m := tree{pci: []function{{bus0 + "0000:00:01.1", ide}, {bus0 + "0000:00:02.0", first(t, "xen-hvm", 1)}}, block: "vbd-51712/block/xvda"}.machine(t)
	if c := m.ControllerOf("/dev/xvda"); c == nil || c.ID() != "pci:8086:7010" {
		t.Errorf("%+v", c)
	}
	m = tree{block: "vbd-51712/block/xvda"}.machine(t)
	if c := m.ControllerOf("/dev/xvda"); c != nil {
		t.Errorf("without an IDE controller: %+v", c)
	}
}

// TestVMD: Windows needs the driver of the controller that hides the NVMe disks.
func TestVMD(t *testing.T) {
	vmd := Controller{Bus: PCI, Vendor: 0x8086, Device: 0x9A0B, Class: 0x010400}
	ssd := Controller{Bus: PCI, Vendor: 0x144D, Device: 0xA808, Class: 0x010802}
	outer := bus0 + "0000:00:0e.0"
	inner := outer + "/pci10000:e0/10000:e0:06.0/10000:e1:00.0"
	m := tree{pci: []function{{outer, vmd}, {inner, ssd}}, block: inner + "/nvme/nvme0/nvme0n1"}.machine(t)
	if c := m.ControllerOf("/dev/nvme0n1"); c == nil || c.Device != 0x9A0B {
		t.Errorf("%+v", c)
	}
}

// TestNVMeMultipath: the namespace is a virtual device, its paths are hidden.
func TestNVMeMultipath(t *testing.T) {
	nvme := first(t, "qemu-nvme", 0)
	root := sysfs(t, map[string]string{
		"devices/" + dev3 + "/class": "0x010802", "devices/" + dev3 + "/vendor": "0x1b36", "devices/" + dev3 + "/device": "0x0010",
		"devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/size": "8",
		"devices/" + dev3 + "/nvme/nvme0/nvme0c0n1/size":           "8",
		"devices/" + dev3 + "/nvme/nvme0/nvme0c0n1/hidden":         "1",
	}, map[string]string{
		"bus/pci/devices/0000:00:03.0": "../../../devices/" + dev3,
		"block/nvme0n1":                "../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1",
		"block/nvme0c0n1":              "../devices/" + dev3 + "/nvme/nvme0/nvme0c0n1",
		"class/nvme/nvme0":             "../../devices/" + dev3 + "/nvme/nvme0",
	})
	m, err := FromSysfs(root)
	if err != nil || len(m.Disks) != 1 || m.Disks[0].Controller == nil || m.Disks[0].Controller.ID() != nvme.ID() {
		t.Errorf("%+v, %v", m, err)
	}
}

// TestProfilesAreOnesOfRealIDs: two profiles may share a controller, and must not
// disagree about its name.
func TestProfilesAreOnesOfRealIDs(t *testing.T) {
	names := map[string]string{}
	n := 0
	for _, m := range profiles() {
		for _, c := range m.Controllers {
			n++
			if c.Name == "" || c.Address != "" {
				t.Errorf("%s: %+v", m.Profile, c)
			}
			if c.Bus == PCI && (c.Vendor == 0 || c.Device == 0 || c.Class == 0) {
				t.Errorf("%s: %+v", m.Profile, c)
			}
			if old := names[c.ID()]; old != "" && old != c.Name {
				t.Errorf("%s is %q and %q", c.ID(), old, c.Name)
			}
			names[c.ID()] = c.Name
		}
	}
	if v := Virtual(); len(v) != len(profiles())-1 {
		t.Errorf("%d virtual machines of %d profiles", len(v), len(profiles()))
	}
	t.Logf("%d controllers, %d different", n, len(names))
}
