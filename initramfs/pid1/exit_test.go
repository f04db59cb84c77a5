package pid1

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// TestOnQEMU: ports are written on machines that are QEMU's only.
func TestOnQEMU(t *testing.T) {
	for _, tt := range []struct {
		name string
		sys  fstest.MapFS
		want bool
	}{
		{"by its tables", fstest.MapFS{"class/dmi/id/sys_vendor": file("QEMU\n")}, true},
		{"of a cloud", fstest.MapFS{"class/dmi/id/sys_vendor": file("OpenStack Foundation\n"), "class/dmi/id/chassis_vendor": file("QEMU\n")}, true},
		{"by its configuration device", fstest.MapFS{"class/dmi/id/sys_vendor": file("Dell Inc.\n"), "firmware/qemu_fw_cfg/rev": file("3\n")}, true},
		{"a PC", fstest.MapFS{"class/dmi/id/sys_vendor": file("Dell Inc.\n"), "class/dmi/id/chassis_vendor": file("Dell Inc.\n")}, false},
		{"VMware", fstest.MapFS{"class/dmi/id/sys_vendor": file("VMware, Inc.\n")}, false},
		{"without tables", fstest.MapFS{}, false},
	} {
		if got := onQEMU(tt.sys); got != tt.want {
			t.Errorf("%s: %t; want %t", tt.name, got, tt.want)
		}
	}
}

// TestTell: the byte goes to the port, and pvpanic hears of failures only.
func TestTell(t *testing.T) {
	ports := filepath.Join(t.TempDir(), "port")
	for _, tt := range []struct {
		e       Exit
		offers  byte
		code    int
		want    byte
		refused bool
	}{
		{Exit{exitISADebug, 0xF4}, 0, 11, 11, false},
		{Exit{exitPVPanic, 0x505}, pvpanicAlarm, 11, pvpanicAlarm, false},
		{Exit{exitPVPanic, 0x505}, 3, 0, 3, false},
		{Exit{exitPVPanic, 0x505}, pvpanicAbsent, 11, pvpanicAbsent, true},
	} {
		space := make([]byte, 0x600)
		space[tt.e.Port] = tt.offers
		if err := os.WriteFile(ports, space, 0o600); err != nil {
			t.Fatal(err)
		}
		err := tt.e.tell(ports, tt.code)
		space, _ = os.ReadFile(ports)
		if space[tt.e.Port] != tt.want || (err != nil) != tt.refused {
			t.Errorf("%+v, code %d: %d, %v; want %d", tt.e, tt.code, space[tt.e.Port], err, tt.want)
		}
	}
}
