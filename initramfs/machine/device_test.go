package machine

import "testing"

func TestDevices(t *testing.T) {
	root := sysfs(t, map[string]string{
		"devices/pci0000:00/0000:00:1f.2/class": "0x010601", "devices/pci0000:00/0000:00:1f.2/vendor": "0x8086", "devices/pci0000:00/0000:00:1f.2/device": "0x2922",
		"devices/pci0000:00/0000:00:02.0/class": "0x020000", "devices/pci0000:00/0000:00:02.0/vendor": "0x10ec", "devices/pci0000:00/0000:00:02.0/device": "0x8168",
		"devices/vmbus/x/class_id": "{" + vmbusSCSI + "}", "drivers/ahci/bind": "",
	}, map[string]string{
		"bus/pci/devices/0000:00:1f.2": "../../../devices/pci0000:00/0000:00:1f.2", "bus/pci/devices/0000:00:02.0": "../../../devices/pci0000:00/0000:00:02.0",
		"bus/vmbus/devices/x": "../../../devices/vmbus/x", "devices/pci0000:00/0000:00:1f.2/driver": "../../../drivers/ahci",
	})
	all, err := Devices(root)
	if err != nil || len(all) != 3 {
		t.Fatalf("%d devices, %v", len(all), err)
	}
	net, disk, bus := all[0], all[1], all[2]
	if net.ID() != "pci:10ec:8168" || net.Kind() != "network" || net.Storage() || net.Driver != "" {
		t.Errorf("%+v", net)
	}
	if disk.ID() != "pci:8086:2922" || disk.Kind() != "storage" || !disk.Storage() || disk.Driver != "ahci" || disk.Name == "" {
		t.Errorf("%+v", disk)
	}
	if !bus.Storage() || bus.Kind() != "Hyper-V device" {
		t.Errorf("%+v", bus)
	}
	if all, err := Devices(t.TempDir()); err != nil || len(all) != 0 {
		t.Errorf("an empty machine: %v, %v", all, err)
	}
}
