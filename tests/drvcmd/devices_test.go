package drvcmd

import (
	"strings"
	"testing"
)

// TestDevices: controllers that are named, and the driver of each Windows for them.
func TestDevices(t *testing.T) {
	r := built.Run(t, "drv", "devices", "pci:8086:2922", "pci:104b:1040")
	for _, text := range []string{"0106 pci:8086:2922", "Intel ICH9 AHCI", "Windows 8 / Server 2012 to Windows 11 / Server 2025: has storahci",
		"Windows NT 4.0 to Windows 2000: has BusLogic", "Windows XP: needs VMware's vmscsi driver", "has none; choose another adapter"} {
		if !strings.Contains(r.Stdout, text) {
			t.Errorf("%q is missing: %v", text, r)
		}
	}
	if r.Code != 0 {
		t.Errorf("exit code: %v", r)
	}
	if r := built.Run(t, "drv", "devices", "pci:nonsense"); r.Code != 2 {
		t.Errorf("nonsense: %v", r)
	}
	if r := built.Run(t, "drv", "devices"); r.Code != 0 {
		t.Errorf("this machine: %v", r)
	}
}
