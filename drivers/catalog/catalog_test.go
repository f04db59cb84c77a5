package catalog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/drivers/inf"
)

func load(t *testing.T) *Catalog {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFind(t *testing.T) {
	c := load(t)
	piix3 := Device{Vendor: 0x8086, Device: 0x7010, SubClass: 0x0101, Interface: 0x80}
	ich9 := Device{Vendor: 0x8086, Device: 0x2922, SubClass: 0x0106, Interface: 1}
	for _, tt := range []struct {
		name string
		dev  Device
		w    Windows
		want []string
	}{
		{"PIIX3 XP", piix3, Windows{NT: 501}, []string{"intelide", "atapi"}},
		{"foreign IDE XP", Device{Vendor: 0x1095, Device: 0x3999, SubClass: 0x0101}, Windows{NT: 501}, []string{"pciide", "atapi"}},
		{"AHCI XP has none", ich9, Windows{NT: 501}, nil},
		{"AHCI 7", ich9, Windows{NT: 601}, []string{"msahci", "atapi"}},
		{"AHCI 10", ich9, Windows{NT: 1000, Build: 19045, Arch: inf.AMD64}, []string{"storahci"}},
		{"NVMe 7 has none", Device{Vendor: 0x15AD, Device: 0x07F0, SubClass: 0x0108, Interface: 2}, Windows{NT: 601}, nil},
		{"Hyper-V 10", Device{VMBus: "BA6163D9-04a1-4d29-b605-72e2ffb1dc7f"}, Windows{NT: 1000, Build: 10240}, []string{"storvsc", "vmbus"}},
		{"virtio has none", Device{Vendor: 0x1AF4, Device: 0x1001, SubClass: 0x0100}, Windows{NT: 1000, Build: 10240}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, ok := c.Find(tt.dev, tt.w)
			if ok != (tt.want != nil) {
				t.Fatalf("Find = %+v, %v", e, ok)
			}
			if diff := cmp.Diff(tt.want, e.Names()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestExactBeforeClass: the most specific id decides, whatever the order of the
// files.
func TestExactBeforeClass(t *testing.T) {
	c := load(t)
	w := Windows{NT: 601, Build: 7601, Arch: inf.AMD64}
	for _, tt := range []struct {
		dev   Device
		id    string
		exact bool
	}{
		{Device{Vendor: 0x8086, Device: 0x7111, SubClass: 0x0101, Interface: 0x80}, `PCI\VEN_8086&DEV_7111`, true},
		{Device{Vendor: 0x8086, Device: 0x9999, SubClass: 0x0101, Interface: 0x80}, `PCI\CC_0101`, false},
		{Device{Vendor: 0x1095, Device: 0x0646, Revision: 7, SubClass: 0x0101}, `PCI\VEN_1095&DEV_0646&REV_07`, true},
		{Device{Vendor: 0x1000, Device: 0x0060, SubVendor: 0x1000, SubDevice: 0x1013, SubClass: 0x0104}, `PCI\VEN_1000&DEV_0060&SUBSYS_10131000`, true},
		{Device{Vendor: 0x1022, Device: 0x4394, SubClass: 0x0106, Interface: 1}, `PCI\CC_010601`, false},
		{Device{Vendor: 0x1002, Device: 0x4394, SubClass: 0x0106, Interface: 1}, `PCI\VEN_1002&DEV_4394&CC_0106`, true},
	} {
		e, ok := c.Find(tt.dev, w)
		if !ok || e.Controller != tt.id || e.Exact() != tt.exact {
			t.Errorf("Find(%+v) = %q, %v, exact %v; want %q, exact %v", tt.dev, e.Controller, ok, e.Exact(), tt.id, tt.exact)
		}
	}
}

// TestDeviceLeftOut: an inbox package may name devices that it does not take.
func TestDeviceLeftOut(t *testing.T) {
	c := load(t)
	toshiba := Device{Vendor: 0x8086, Device: 0x2829, SubVendor: 0x1179, SubDevice: 0xFF01, SubClass: 0x0106, Interface: 1}
	if e, ok := c.Find(toshiba, Windows{NT: 603, Build: 9600}); ok {
		t.Errorf("found %v for a device that mshdc.inf excludes", e.Names())
	}
	if e, ok := c.Find(toshiba, Windows{NT: 601, Build: 7601}); !ok {
		t.Errorf("nothing for Windows 7, which excludes none: %v", e.Names())
	}
}

func TestCompanions(t *testing.T) {
	c := load(t)
	if diff := cmp.Diff([]string{"pciide", "atapi"}, c.Companions("PciIde")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"nosuch"}, c.Companions("nosuch")); diff != "" {
		t.Error(diff)
	}
}

// TestEntryIsComplete looks at one entry in full: everything that injection
// writes.
func TestEntryIsComplete(t *testing.T) {
	c := load(t)
	e, ok := c.Find(Device{Vendor: 0x1000, Device: 0x0030, SubVendor: 0x15AD, SubDevice: 0x1976, Revision: 1, SubClass: 0x0100}, Windows{NT: 502, Build: 3790, Arch: inf.X86})
	if !ok || len(e.Services) != 1 || e.Unproved {
		t.Fatalf("%+v, %v", e, ok)
	}
	got := e.Services[0]
	want := Service{
		Name: "symmpi", Type: 1, Start: 0, ErrorControl: 1, Tag: 33, HasTag: true, Group: "SCSI miniport",
		ImagePath: `system32\drivers\symmpi.sys`, Files: []string{"symmpi.sys"}, INF: "scsi.inf", ClassGUID: ClassSCSIAdapter,
		Params: []Value{
			{`Parameters`, "BusType", 4, []byte{1, 0, 0, 0}},
			{`Parameters\PnpInterface`, "5", 4, []byte{1, 0, 0, 0}},
		},
		CriticalDevices: []string{"PCI#VEN_1000&DEV_0030"},
		Notes:           got.Notes, Source: got.Source,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCriticalDevices(t *testing.T) {
	c := load(t)
	xp := map[string]string{}
	for _, d := range c.CriticalDevices(Windows{NT: 501, Build: 2600, Arch: inf.X86}) {
		if old, twice := xp[d.ID]; twice {
			t.Errorf("%s: %s and %s", d.ID, old, d.Service)
		}
		xp[d.ID] = d.Service + " " + d.ClassGUID
	}
	for id, want := range map[string]string{
		"primary_ide_channel": "atapi " + ClassHDC, "secondary_ide_channel": "atapi " + ClassHDC,
		"*pnp0600": "atapi " + ClassHDC, "*azt0502": "atapi " + ClassHDC, "gendisk": "disk " + ClassDiskDrive,
		"PCI#CC_0101": "pciide " + ClassHDC, "PCI#VEN_8086&DEV_7010": "intelide " + ClassHDC,
		"PCI#VEN_1095&DEV_0646&REV_07": "pciide " + ClassHDC, "PCI#VEN_1106&DEV_0571": "pciide " + ClassHDC,
	} {
		if xp[id] != want {
			t.Errorf("%s is %q, want %q", id, xp[id], want)
		}
	}
	// 4 and gendisk, the class, 7 of Intel, 18 of others: the whole of MergeIDE.
	if len(xp) != 5+1+7+18 {
		t.Errorf("%d entries for Windows XP", len(xp))
	}
	for _, w := range []Windows{{NT: 400}, {NT: 602}, {NT: 1000, Build: 19045}} {
		if got := c.CriticalDevices(w); got != nil {
			t.Errorf("%s has no such database, got %d entries", w.Name(), len(got))
		}
	}
}

func TestNeeds(t *testing.T) {
	c := load(t)
	a, ok := c.Needs(Device{Vendor: 0x1AF4, Device: 0x1001, SubVendor: 0x1AF4, SubDevice: 2, SubClass: 0x0100}, Windows{NT: 601, Build: 7601, Arch: inf.AMD64})
	if !ok || !cmp.Equal(a.Services, []string{"viostor"}) || a.Unproved {
		t.Errorf("%+v, %v", a, ok)
	}
	if want := `viostor of virtio-win, folder viostor\w7\amd64 (Server 2008 R2: viostor\2k8R2\amd64)`; a.Package != want {
		t.Errorf("package %q, want %q", a.Package, want)
	}
	// A device that nobody has heard of is answered by its class.
	if a, ok := c.Needs(Device{Vendor: 0x1234, Device: 0x5678, SubClass: 0x0104}, Windows{NT: 1000, Build: 26100, Arch: inf.AMD64}); !ok || a.Services != nil {
		t.Errorf("%+v, %v", a, ok)
	}
	if a, ok := c.Needs(Device{Vendor: 0x1AF4, Device: 0x1001, SubClass: 0x0100}, Windows{NT: 500, Build: 2195, Arch: inf.X86}); !ok || !a.None || strings.Contains(a.Package, "!") {
		t.Errorf("%+v, %v", a, ok)
	}
	// Hyper-V's IDE disks are the emulated controller's.
	e, ok := c.Find(Device{VMBus: "{32412632-86CB-44A2-9B5C-50D1417354F5}"}, Windows{NT: 501, Build: 2600, Arch: inf.X86})
	if !ok || !cmp.Equal(e.Names(), []string{"intelide", "atapi"}) {
		t.Errorf("%v, %v", e.Names(), ok)
	}
}
