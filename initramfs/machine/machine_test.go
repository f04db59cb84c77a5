package machine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sysfs builds a tree: files with content, and links.
func sysfs(t *testing.T, files, links map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for path, content := range files {
		full := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for path, target := range links {
		full := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, full); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestFromSysfs(t *testing.T) {
	const ahci, usb, nvme = "devices/pci0000:00/0000:00:1f.2", "devices/pci0000:00/0000:00:14.0", "devices/pci0000:00/0000:00:04.0"
	files := map[string]string{
		ahci + "/class": "0x010601", ahci + "/vendor": "0x8086", ahci + "/device": "0x2922", ahci + "/revision": "0x02",
		ahci + "/subsystem_vendor": "0x1af4", ahci + "/subsystem_device": "0x1100",
		ahci + "/ata1/host0/target0:0:0/0:0:0:0/block/sda/size": "4194304",
		usb + "/class": "0x0c0330", usb + "/vendor": "0x1b36", usb + "/device": "0x000d",
		usb + "/usb1/1-1/host6/block/sdb/size": "2048",
		nvme + "/class":                        "0x010802", nvme + "/vendor": "0x1b36", nvme + "/device": "0x0010",
		"devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/size": "8",
		nvme + "/nvme/nvme0/model":                                 "QEMU NVMe Ctrl",
		"devices/virtual/block/loop0/size":                         "100",
		"devices/virtual/block/sdz/size":                           "0",
	}
	links := map[string]string{
		"bus/pci/devices/0000:00:1f.2": "../../../" + ahci,
		"bus/pci/devices/0000:00:14.0": "../../../" + usb,
		"bus/pci/devices/0000:00:04.0": "../../../" + nvme,
		"block/sda":                    "../" + ahci + "/ata1/host0/target0:0:0/0:0:0:0/block/sda",
		"block/sdb":                    "../" + usb + "/usb1/1-1/host6/block/sdb",
		"block/nvme0n1":                "../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1",
		"block/loop0":                  "../devices/virtual/block/loop0",
		"block/sdz":                    "../devices/virtual/block/sdz",
		"class/nvme/nvme0":             "../../" + nvme + "/nvme/nvme0",
	}
	m, err := FromSysfs(sysfs(t, files, links))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, d := range m.Disks {
		got[d.Path] = "unknown"
		if d.Controller != nil {
			got[d.Path] = d.Controller.String()
		}
	}
	want := map[string]string{
		"/dev/sda":     "Intel ICH9 AHCI (pci:8086:2922)",
		"/dev/sdb":     "USB storage (usb)",
		"/dev/nvme0n1": "QEMU NVMe (pci:1b36:0010)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if m.Firmware != BIOS || len(m.Controllers) != 2 {
		t.Errorf("firmware %q, controllers %v", m.Firmware, m.Controllers)
	}
	if c := m.ControllerOf("/dev/sda"); c == nil || c.SubClass() != ClassAHCI || c.SubDevice != 0x1100 || c.Revision != 2 {
		t.Errorf("ControllerOf(sda) = %+v", c)
	}
	if c := m.ControllerOf("/dev/sdq"); c != nil {
		t.Errorf("ControllerOf(sdq) = %+v", c)
	}
}

func TestHyperV(t *testing.T) {
	const ch = "devices/LNXSYSTM:00/MSFT1000:00/VMBUS:00/f8b3781a-1e82-4818-a1c3-63d806ec15bb"
	m, err := FromSysfs(sysfs(t, map[string]string{
		ch + "/class_id":                   "{ba6163d9-04a1-4d29-b605-72e2ffb1dc7f}",
		ch + "/host0/t/0:0:0:0/b/sda/size": "4194304",
		"firmware/efi/fw_platform_size":    "64",
	}, map[string]string{
		"bus/vmbus/devices/f8b3781a-1e82-4818-a1c3-63d806ec15bb": "../../../" + ch,
		"block/sda": "../" + ch + "/host0/t/0:0:0:0/b/sda",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if c := m.ControllerOf("/dev/sda"); m.Firmware != UEFI || c == nil || c.Bus != VMBus {
		t.Errorf("firmware %q, controller %+v", m.Firmware, c)
	}
}

func TestProfile(t *testing.T) {
	for _, name := range ProfileNames() {
		m, err := Profile(name)
		if err != nil || !m.Known() || m.ControllerOf("any") == nil {
			t.Errorf("Profile(%q) = %+v, %v", name, m, err)
		}
	}
	if len(ProfileNames()) != 26 {
		t.Errorf("%d profiles, the command line contract has 18 and the tests 8 more", len(ProfileNames()))
	}
	m, err := Profile("pci:1095:0646:010180")
	if err != nil || m.Controllers[0].Vendor != 0x1095 || m.Controllers[0].SubClass() != ClassIDE {
		t.Errorf("%+v, %v", m, err)
	}
	if m, err = Profile("pci:8086:2922"); err != nil || m.Controllers[0].SubClass() != ClassAHCI {
		t.Errorf("a known device must bring its class: %+v, %v", m, err)
	}
	for _, bad := range []string{"", "vmware", "pci:", "pci:1", "pci:zz:1", "pci:10000:1", "pci:1:2:3:4", "pci:1:2:1000000"} {
		if _, err := Profile(bad); err == nil {
			t.Errorf("Profile(%q) accepted", bad)
		}
	}
}
