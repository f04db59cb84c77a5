package registry_test

import (
	"errors"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/google/go-cmp/cmp"
)

func TestIDs(t *testing.T) {
	for name, tc := range map[string]struct {
		f    registry.PCIFunction
		want []string
	}{
		// As Enum\PCI of a Windows XP says of its BusLogic controller.
		"subsystem": {
			registry.PCIFunction{Vendor: 0x104b, Device: 0x1040, SubsystemVendor: 0x104b, SubsystemDevice: 0x1041, Revision: 1, Class: 0x010000},
			[]string{`PCI\VEN_104B&DEV_1040&SUBSYS_1041104B&REV_01`, `PCI\VEN_104B&DEV_1040&SUBSYS_1041104B`,
				`PCI\VEN_104B&DEV_1040&CC_010000`, `PCI\VEN_104B&DEV_1040&CC_0100`, `PCI\VEN_104B&DEV_1040&REV_01`, `PCI\VEN_104B&DEV_1040`,
				`PCI\VEN_104B&CC_010000`, `PCI\VEN_104B&CC_0100`, `PCI\VEN_104B`, `PCI\CC_010000`, `PCI\CC_0100`},
		},
		// As Enum\PCI of a Windows 8.1 says of a function without subsystem.
		"none": {
			registry.PCIFunction{Vendor: 0x106b, Device: 0x003f, Class: 0x0c0310},
			[]string{`PCI\VEN_106B&DEV_003F&SUBSYS_00000000&REV_00`, `PCI\VEN_106B&DEV_003F&SUBSYS_00000000`,
				`PCI\VEN_106B&DEV_003F&REV_00`, `PCI\VEN_106B&DEV_003F`, `PCI\VEN_106B&DEV_003F&CC_0C0310`, `PCI\VEN_106B&DEV_003F&CC_0C03`,
				`PCI\VEN_106B&CC_0C0310`, `PCI\VEN_106B&CC_0C03`, `PCI\VEN_106B`, `PCI\CC_0C0310`, `PCI\CC_0C03`},
		},
	} {
		if got := tc.f.IDs(); !cmp.Equal(got, tc.want) {
			t.Errorf("%s: %s", name, cmp.Diff(tc.want, got))
		}
	}
	if got := registry.CriticalDeviceID(`PCI\VEN_8086&DEV_7010`); got != "PCI#VEN_8086&DEV_7010" {
		t.Errorf("CriticalDeviceID = %q", got)
	}
	const vmbus = `VMBUS\{ba6163d9-04a1-4d29-b605-72e2ffb1dc7f}`
	for _, guid := range []string{"BA6163D9-04A1-4D29-B605-72E2FFB1DC7F", "{ba6163d9-04a1-4d29-b605-72e2ffb1dc7f}"} {
		if got := registry.VMBusID(guid); got != vmbus {
			t.Errorf("VMBusID(%s) = %q", guid, got)
		}
	}
}

func TestDriverFile(t *testing.T) {
	for path, want := range map[string]string{
		``:                           `system32\drivers\x.sys`,
		`system32\DRIVERS\atapi.sys`: `system32\DRIVERS\atapi.sys`,
		`System32/drivers/y.sys`:     `System32\drivers\y.sys`,
		`\SystemRoot\System32\drivers\msahci.sys`:    `System32\drivers\msahci.sys`,
		`\systemroot\system32\CLFS.sys`:              `system32\CLFS.sys`,
		`%SystemRoot%\system32\drivers\z.sys`:        `system32\drivers\z.sys`,
		`\??\C:\WINDOWS\system32\Drivers\DumpIt.sys`: `system32\Drivers\DumpIt.sys`,
		`c:\windows\system32\a.sys`:                  `system32\a.sys`,
		`\??\C:\WINDOWSX\system32\a.sys`:             "",
		`\??\C:\Program Files\VMware\vmmemctl.sys`:   "",
		`\??\UNC\server\share\a.sys`:                 "",
		`\Device\HarddiskVolume1\a.sys`:              "",
		`%ProgramFiles%\a.sys`:                       "",
		`"system32\a.sys"`:                           "",
		`system32\..\..\a.sys`:                       "",
		`system32\\a.sys`:                            "",
		`\SystemRoot\`:                               "",
	} {
		got, err := registry.DriverFile(&registry.Service{Name: "x", Type: 1, HasStart: true, ImagePath: path}, `\WINDOWS`)
		if got != want || (err != nil) != (want == "") || err != nil && !errors.Is(err, registry.ErrUnmapped) {
			t.Errorf("%s: got %q, %v, want %q", path, got, err, want)
		}
	}
	if _, err := registry.DriverFile(&registry.Service{Name: "svc", Type: 0x10, HasStart: true, ImagePath: `%SystemRoot%\system32\svc.exe`}, `\WINDOWS`); !errors.Is(err, registry.ErrUnmapped) {
		t.Errorf("service in user mode: %v", err)
	}
}
