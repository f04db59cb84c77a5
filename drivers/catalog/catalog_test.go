package catalog

import (
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
		{"AHCI 7", ich9, Windows{NT: 601}, []string{"msahci"}},
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

func TestCompanions(t *testing.T) {
	c := load(t)
	if diff := cmp.Diff([]string{"pciide", "atapi"}, c.Companions("PciIde")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"nosuch"}, c.Companions("nosuch")); diff != "" {
		t.Error(diff)
	}
}
