package catalog

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// deviceOf makes a device that has an id.
func deviceOf(id string) (Device, bool) {
	bus, rest, ok := strings.Cut(strings.ToUpper(id), `\`)
	if !ok {
		return Device{}, false
	}
	switch bus {
	case "VMBUS":
		return Device{VMBus: rest}, true
	case "USB":
		return Device{USB: true}, true
	}
	// What the id does not say is different from zero, so that the ids come in
	// the usual order.
	d := Device{Vendor: 1, Device: 1, SubVendor: 1, SubDevice: 1, SubClass: 0x0100}
	for _, f := range strings.Split(rest, "&") {
		name, value, _ := strings.Cut(f, "_")
		n, err := strconv.ParseUint(value, 16, 32)
		if err != nil {
			return d, false
		}
		switch {
		case name == "VEN" && len(value) == 4:
			d.Vendor = uint16(n)
		case name == "DEV" && len(value) == 4:
			d.Device = uint16(n)
		case name == "SUBSYS" && len(value) == 8:
			d.SubDevice, d.SubVendor = uint16(n>>16), uint16(n)
		case name == "REV" && len(value) == 2:
			d.Revision = uint8(n)
		case name == "CC" && len(value) == 4:
			d.SubClass = uint16(n)
		case name == "CC" && len(value) == 6:
			d.SubClass, d.Interface = uint16(n>>8), uint8(n)
		default:
			return d, false
		}
	}
	return d, true
}

func TestIDs(t *testing.T) {
	for _, tt := range []struct {
		d    Device
		want []string
	}{
		// As Enum\PCI of the real 10 hive has them, without the "&DT_" ones.
		{Device{Vendor: 0x8086, Device: 0x2922, SubVendor: 0x1AF4, SubDevice: 0x1100, Revision: 2, SubClass: 0x0106, Interface: 1}, []string{
			`PCI\VEN_8086&DEV_2922&SUBSYS_11001AF4&REV_02`, `PCI\VEN_8086&DEV_2922&SUBSYS_11001AF4`,
			`PCI\VEN_8086&DEV_2922&CC_010601`, `PCI\VEN_8086&DEV_2922&CC_0106`,
			`PCI\VEN_8086&DEV_2922&REV_02`, `PCI\VEN_8086&DEV_2922`,
			`PCI\VEN_8086&CC_010601`, `PCI\VEN_8086&CC_0106`, `PCI\VEN_8086`, `PCI\CC_010601`, `PCI\CC_0106`}},
		{Device{Vendor: 0x8086, Device: 0x7111, Revision: 1}, []string{
			`PCI\VEN_8086&DEV_7111&SUBSYS_00000000&REV_01`, `PCI\VEN_8086&DEV_7111&SUBSYS_00000000`,
			`PCI\VEN_8086&DEV_7111&REV_01`, `PCI\VEN_8086&DEV_7111`, `PCI\VEN_8086`}},
		{Device{VMBus: "{BA6163D9-04a1-4d29-b605-72e2ffb1dc7f}"}, []string{`VMBUS\{ba6163d9-04a1-4d29-b605-72e2ffb1dc7f}`}},
		{Device{USB: true, Vendor: 0x8086}, []string{usbDisk}},
	} {
		if diff := cmp.Diff(tt.want, tt.d.IDs()); diff != "" {
			t.Errorf("%+v: %s", tt.d, diff)
		}
	}
}
