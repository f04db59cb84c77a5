package inject

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/winver"
)

func TestGUIDBytes(t *testing.T) {
	// As the hives of 8.1 and 10 have it in Version.
	want := []byte{0x7b, 0xe9, 0x36, 0x4d, 0x25, 0xe3, 0xce, 0x11, 0xbf, 0xc1, 0x08, 0x00, 0x2b, 0xe1, 0x03, 0x18}
	got, err := guidBytes("{4D36E97B-E325-11CE-BFC1-08002BE10318}")
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("% x, %v", got, err)
	}
	for _, bad := range []string{"", "{4D36E97B}", "{4D36E97B-E325-11CE-BFC1-08002BE1031}", "{4D36E97X-E325-11CE-BFC1-08002BE10318}"} {
		if _, err := guidBytes(bad); !errors.Is(err, errGUID) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestOrderList(t *testing.T) {
	for _, tt := range []struct {
		data []byte
		want []uint32
	}{
		{[]byte{2, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0}, []uint32{9, 1}},
		{[]byte{3, 0, 0, 0, 9, 0, 0, 0}, []uint32{9}}, // says more than it has
		{[]byte{0, 0, 0, 0, 9, 0, 0, 0}, []uint32{}},
		{[]byte{1, 0}, nil},
		{nil, nil},
	} {
		if got := orderList(binaryData(tt.data...)); !slices.Equal(got, tt.want) {
			t.Errorf("% x: %v, want %v", tt.data, got, tt.want)
		}
	}
	if got := orderList(nil); got != nil {
		t.Errorf("no value: %v", got)
	}
}

func TestImagePath(t *testing.T) {
	for _, tt := range []struct {
		major, minor uint32
		file, want   string
	}{
		{5, 1, `system32\drivers\x.sys`, `system32\DRIVERS\x.sys`},
		{6, 1, `System32\Drivers\x.sys`, `system32\drivers\x.sys`},
		{10, 0, `system32\drivers\x.sys`, `System32\drivers\x.sys`},
		{6, 1, `system32\x.sys`, `system32\x.sys`},
	} {
		w := &inspect.Installation{Version: winver.Version{Major: tt.major, Minor: tt.minor}}
		if got := imagePath(w, tt.file); got != tt.want {
			t.Errorf("%d.%d %s: %s, want %s", tt.major, tt.minor, tt.file, got, tt.want)
		}
	}
}

// TestDeviceIDs: those of the model come first, then those of others of its kind;
// the controller's own are marked; a collection is bounded.
func TestDeviceIDs(t *testing.T) {
	present := []string{`PCI\VEN_1000&DEV_0030&SUBSYS_197615AD&REV_01`, `PCI\VEN_1000&DEV_0030&SUBSYS_197615AD`, `PCI\VEN_1000&DEV_0030`, `PCI\CC_0100`}
	best := inf.Model{Section: "A", HardwareID: `PCI\VEN_1000&DEV_0030&SUBSYS_197615AD`, CompatibleIDs: []string{`PCI\CC_0100`}}
	models := []inf.Model{{Section: "B", HardwareID: `PCI\OTHER`}, best}
	for i := range 200 {
		models = append(models, inf.Model{Section: "a", HardwareID: fmt.Sprintf(`PCI\VEN_1000&DEV_%04X`, 0x100+i)})
	}
	got := deviceIDs(models, best, present)
	if len(got) != maxIDs+1 || got[0].ID != best.HardwareID || !got[0].Present || got[0].Compatible || !got[1].Compatible || got[2].Present {
		t.Errorf("%d ids: %+v", len(got), got[:3])
	}
	if last := got[len(got)-1]; last.ID != `PCI\VEN_1000&DEV_0030` || !last.Present || !last.Compatible {
		t.Errorf("the device itself: %+v", last)
	}
	if slices.ContainsFunc(got, func(d DeviceID) bool { return d.ID == `PCI\OTHER` }) {
		t.Error("an id of another install section")
	}
}

func TestOneLine(t *testing.T) {
	err := errors.Join(fmt.Errorf("x.sys: %w", errGUID), errGUID, errors.New("more"))
	if got := oneLine(err); got != "x.sys: not a GUID; more" {
		t.Errorf("%q", got)
	}
}
