package donor

import (
	"testing"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/winver"
)

// TestLaterUpdate: which versions in the store are of an update that Windows does not
// have.
func TestLaterUpdate(t *testing.T) {
	ten := winver.Version{Major: 10, Build: 19045, UBR: 3636, Source: winver.FromSoftware}
	unsure := winver.Version{Major: 10, Build: 19041, UBR: 1, Source: winver.FromKernel}
	seven := winver.Version{Major: 6, Minor: 1, Build: 7601, Source: winver.FromSoftware}
	for _, tt := range []struct {
		of    winver.Version
		v     pe.Version
		later bool
	}{
		{ten, pe.Version{10, 0, 19041, 3636}, false}, {ten, pe.Version{10, 0, 19041, 1}, false}, {ten, pe.Version{10, 0, 19041, 3637}, true},
		{ten, pe.Version{10, 0, 22621, 1}, true}, {ten, pe.Version{6, 3, 9600, 1}, true},
		{unsure, pe.Version{10, 0, 19041, 3636}, false}, {unsure, pe.Version{6, 1, 7601, 1}, true},
		{seven, pe.Version{6, 1, 7600, 16385}, false}, {seven, pe.Version{6, 1, 7601, 22436}, false}, {seven, pe.Version{6, 1, 7602, 1}, true}, {seven, pe.Version{6, 2, 9200, 1}, true},
	} {
		if got := laterUpdate(&inspect.Installation{Version: tt.of}, tt.v); got != tt.later {
			t.Errorf("%v on %v: %v", tt.v, tt.of, got)
		}
	}
	if revision(&inspect.Installation{Version: unsure}) != 0 || revision(&inspect.Installation{Version: ten}) != 3636 || revision(&inspect.Installation{Version: seven}) != 0 {
		t.Error("revisions")
	}
}

func TestNamedAfter(t *testing.T) {
	for _, tt := range [][2]string{{"microsoft-windows-os-kernel", "ntoskrnl.exe"}, {"microsoft-windows-ntdll", "ntdll.dll"}, {"microsoft-windows-hal", "hal.dll"},
		{"microsoft-windows-b..environment-windows", "winload.efi"}} {
		if !namedAfter(tt[0], tt[1]) {
			t.Errorf("%s: %s", tt[0], tt[1])
		}
	}
	if namedAfter("microsoft-windows-os-kernel", "kdcom.dll") || namedAfter("microsoft-windows-ntdll", "ntoskrnl.exe") {
		t.Error("named after nothing")
	}
}
