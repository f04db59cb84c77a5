package catalog

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFind(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	piix3 := Device{Vendor: 0x8086, Device: 0x7010, SubClass: 0x0101}
	ich9 := Device{Vendor: 0x8086, Device: 0x2922, SubClass: 0x0106}
	for _, tt := range []struct {
		name string
		dev  Device
		nt   NT
		want []string
	}{
		{"PIIX3 XP", piix3, NTVersion(5, 1), []string{"intelide", "atapi"}},
		{"foreign IDE XP", Device{Vendor: 0x1095, Device: 0x0646, SubClass: 0x0101}, NTVersion(5, 1), []string{"pciide", "atapi"}},
		{"AHCI XP has none", ich9, NTVersion(5, 1), nil},
		{"AHCI 7", ich9, NTVersion(6, 1), []string{"msahci"}},
		{"AHCI 10", ich9, NTVersion(10, 0), []string{"storahci"}},
		{"NVMe 7 has none", Device{Vendor: 0x15AD, Device: 0x07F0, SubClass: 0x0108}, NTVersion(6, 1), nil},
		{"Hyper-V 10", Device{VMBus: "BA6163D9-04a1-4d29-b605-72e2ffb1dc7f"}, NTVersion(10, 0), []string{"vmbus", "storvsc"}},
		{"virtio has none", Device{Vendor: 0x1AF4, Device: 0x1001, SubClass: 0x0100}, NTVersion(10, 0), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, ok := c.Find(tt.dev, tt.nt)
			if ok != (tt.want != nil) {
				t.Fatalf("Find = %+v, %v", e, ok)
			}
			if diff := cmp.Diff(tt.want, e.Services); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEveryLineHasASource(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(c.entries) == 0 {
		t.Fatal("empty catalog")
	}
	for _, e := range c.entries {
		if e.Source == "" || len(e.Services) == 0 || e.From > e.To {
			t.Errorf("entry %+v", e)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, line := range []string{"pci:1:2 5.0-5.1 x", "pci:1:2 5.0 x source", "pci:1:2 five-5.1 x source", "pci:1:2 5.0-x y source"} {
		if _, err := parse(line); err == nil {
			t.Errorf("parse(%q) accepted", line)
		}
	}
}

func TestCompanions(t *testing.T) {
	c, _ := Load()
	if diff := cmp.Diff([]string{"pciide", "atapi"}, c.Companions("PciIde")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"nosuch"}, c.Companions("nosuch")); diff != "" {
		t.Error(diff)
	}
}
