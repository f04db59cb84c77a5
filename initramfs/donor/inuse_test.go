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

// TestBuilds: which builds files may have of a Windows that shows another.
func TestBuilds(t *testing.T) {
	for _, tt := range []struct {
		major, minor, shown uint32
		v                   pe.Version
		same, earlier       bool
	}{
		{10, 0, 19045, pe.Version{10, 0, 19041, 3636}, true, false}, {10, 0, 19042, pe.Version{10, 0, 19041, 1}, true, false},
		{10, 0, 19045, pe.Version{10, 0, 19045, 1}, true, false}, {10, 0, 19045, pe.Version{10, 0, 18362, 1}, false, false},
		{10, 0, 19041, pe.Version{10, 0, 19045, 1}, false, false}, {10, 0, 19046, pe.Version{10, 0, 19041, 1}, false, false},
		{10, 0, 19045, pe.Version{10, 0, 19044, 1}, false, false}, {10, 0, 18363, pe.Version{10, 0, 18362, 1}, true, false},
		{10, 0, 22631, pe.Version{10, 0, 22621, 1}, true, false}, {10, 0, 22621, pe.Version{10, 0, 22000, 1}, false, false},
		{10, 0, 26200, pe.Version{10, 0, 26100, 1}, true, false}, {10, 0, 26100, pe.Version{10, 0, 22631, 1}, false, false},
		{6, 1, 7601, pe.Version{6, 1, 7601, 17514}, true, false}, {6, 1, 7601, pe.Version{6, 1, 7600, 16385}, false, true},
		{6, 1, 7600, pe.Version{6, 1, 7601, 17514}, false, false}, {6, 1, 7602, pe.Version{6, 1, 7601, 1}, false, false},
		{6, 0, 6002, pe.Version{6, 0, 6000, 16386}, false, true}, {6, 0, 6003, pe.Version{6, 0, 6002, 18005}, false, true},
		{6, 0, 6001, pe.Version{6, 0, 6002, 18005}, false, false}, {6, 0, 6002, pe.Version{6, 0, 5384, 4}, false, false},
		{6, 3, 9600, pe.Version{6, 3, 9431, 0}, false, false}, {6, 1, 7601, pe.Version{6, 0, 6000, 16386}, false, false},
	} {
		w := &inspect.Installation{Version: winver.Version{Major: tt.major, Minor: tt.minor, Build: tt.shown, Source: winver.FromSoftware}}
		if same, earlier := sameBuild(w, tt.v), earlierPack(w, tt.v); same != tt.same || earlier != tt.earlier {
			t.Errorf("%v on %d.%d.%d: same build %v, before a service pack %v", tt.v, tt.major, tt.minor, tt.shown, same, earlier)
		}
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
