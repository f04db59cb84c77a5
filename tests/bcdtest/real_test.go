package bcdtest

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/tests/realdata"
)

// stores are the real ones, with what the collection's manifest counts in them.
var stores = []struct {
	file     string
	objects  int
	types    map[bcd.ObjectType]int
	boot     int // devices: of the boot manager's, partitions of MBR and GPT disks, files and ramdisks, locate
	mbr, gpt int
	files    int
	locate   int
	dangling int // names that lead nowhere: ntloader's template has no settings for loaders
}{
	{"win81preview-bios-mbr.BCD", 13, map[bcd.ObjectType]int{bcd.TypeLoader: 2, bcd.TypeDevice: 1, bcd.TypeResume: 1}, 0, 7, 0, 2, 0, 0},
	{"win7-bios-mbr-vm.BCD", 15, map[bcd.ObjectType]int{bcd.TypeLoader: 3, bcd.TypeDevice: 2, bcd.TypeResume: 1}, 1, 7, 0, 4, 0, 0},
	{"device-variety.BCD", 8, map[bcd.ObjectType]int{bcd.TypeLoader: 7, bcd.TypeDevice: 1}, 1, 3, 1, 4, 2, 0},
	{"win10-uefi.BCD", 17, map[bcd.ObjectType]int{bcd.TypeFirmwareEntry: 3, bcd.TypeLoader: 2, bcd.TypeFirmwareManager: 1}, 0, 0, 10, 2, 0, 0},
	{"BCD-Template-win10", 16, map[bcd.ObjectType]int{bcd.TypeLoader: 4, bcd.TypeResume: 2, bcd.TypeLegacyLoader: 1}, 0, 0, 0, 0, 0, 0},
	{"win7-setup-media-bios.bcd", 9, map[bcd.ObjectType]int{bcd.TypeLoader: 1, bcd.TypeDevice: 1}, 2, 0, 0, 2, 0, 0},
	{"win10-zhcn-uefi-surfacepro3.BCD", 15, map[bcd.ObjectType]int{bcd.TypeFirmwareEntry: 3, bcd.TypeLoader: 1}, 0, 0, 6, 0, 0, 0},
	{"win10-zhcn-bios-store-on-gpt-x470.BCD", 11, map[bcd.ObjectType]int{bcd.TypeLoader: 1, bcd.TypeResume: 1}, 0, 0, 5, 0, 0, 0},
	{"ntloader-bcdvhd", 3, map[bcd.ObjectType]int{bcd.TypeLoader: 1}, 0, 0, 0, 0, 2, 0},
	{"ntloader-bcdwim", 3, map[bcd.ObjectType]int{bcd.TypeLoader: 1, bcd.TypeDevice: 1}, 1, 0, 0, 2, 0, 0},
	{"ntloader-bcdwin", 5, map[bcd.ObjectType]int{bcd.TypeLoader: 1, bcd.TypeResume: 1}, 0, 0, 4, 0, 0, 2},
}

// real is a private copy of a store.
func real(t *testing.T, file string) string {
	t.Helper()
	return realdata.File(t, "bcd/"+file+".xz")
}

func open(t *testing.T, path string) *bcd.Store {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return openBytes(t, b)
}

func openBytes(t *testing.T, b []byte) *bcd.Store {
	t.Helper()
	s, err := bcd.Open(hive(t, b))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Damage) > 0 {
		t.Errorf("damage: %q", s.Damage)
	}
	return s
}

func hive(t *testing.T, b []byte) *regf.Hive {
	t.Helper()
	h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestRealStores: every object, element and device is understood, and a device
// is written back as it was.
func TestRealStores(t *testing.T) {
	devices, elements := 0, 0
	for _, tt := range stores {
		t.Run(tt.file, func(t *testing.T) {
			s := open(t, real(t, tt.file))
			if len(s.Objects) != tt.objects {
				t.Errorf("%d objects, want %d", len(s.Objects), tt.objects)
			}
			types, kinds := map[bcd.ObjectType]int{}, map[string]int{}
			for _, o := range s.Objects {
				types[o.Type]++
				for _, e := range o.Elements {
					elements++
					if e.Type.Format() == bcd.FormatDevice {
						devices++
						kinds[checkDevice(t, e)]++
					}
					if shown := s.Show(o, e, bcd.TextOptions{}); len(shown) > 0 && bytes.HasPrefix([]byte(shown[0]), []byte("hex:")) {
						t.Errorf("%s %s is not what its type promises: %q", o.ID, e.Key, shown)
					}
				}
				checkVariable(t, o)
			}
			for typ, n := range tt.types {
				if types[typ] != n {
					t.Errorf("%d of %v, want %d", types[typ], typ, n)
				}
			}
			for kind, n := range map[string]int{"boot": tt.boot, "mbr": tt.mbr, "gpt": tt.gpt, "file": tt.files, "locate": tt.locate} {
				if kinds[kind] != n {
					t.Errorf("%d %s devices, want %d", kinds[kind], kind, n)
				}
			}
			if d := s.Dangling(); len(d) != tt.dangling {
				t.Errorf("%d names lead nowhere, want %d: %+v", len(d), tt.dangling, d)
			}
			if _, opaque := s.References(); len(opaque) > 0 {
				t.Errorf("not understood: %+v", opaque)
			}
		})
	}
	t.Logf("%d stores, %d elements, %d devices", len(stores), elements, devices)
}

func checkDevice(t *testing.T, e *bcd.Element) string {
	d, err := e.Device()
	if err != nil {
		t.Error(err)
		return ""
	}
	if !bytes.Equal(d.Encode(), e.Data) {
		t.Errorf("%s: %x became %x", e.Key, e.Data, d.Encode())
	}
	checkText(t, d, e.Data)
	switch {
	case d.Kind == bcd.KindBoot:
		return "boot"
	case d.Locate != nil:
		return "locate"
	case d.Disk != nil && d.Disk.File != nil:
		return "file"
	case d.Partition != nil && d.Partition.Disk.ID.Style == bcd.StyleMBR:
		return "mbr"
	case d.Partition != nil:
		return "gpt"
	}
	t.Errorf("%s: %s", e.Key, d)
	return ""
}

// checkText: what we make of the text of a device is what Windows made, byte for
// byte. ntloader's templates have other bytes in place of paths.
func checkText(t *testing.T, d bcd.Device, data []byte) {
	text := d.String()
	if strings.Contains(text, "[gpt:20554e47-") {
		return
	}
	made, err := bcd.ParseDeviceText(text)
	if err != nil || !bytes.Equal(made.Encode(), data) {
		t.Errorf("%s, %v: made\n%x, Windows\n%x", text, err, made.Encode(), data)
	}
}

// checkVariable: the copies of boot entries of the firmware.
func checkVariable(t *testing.T, o *bcd.Object) {
	if o.Variable == nil {
		return
	}
	v, err := bcd.ParseVariable(o.Variable)
	if err != nil {
		t.Errorf("%s: %v", o.ID, err)
		return
	}
	text, err := o.Element(bcd.ElementDescription).Text()
	if err != nil || v.Name != text {
		t.Errorf("%s: the boot entry is called %q, the object %q, %v", o.ID, v.Name, text, err)
	}
	if e := o.Element(bcd.ElementDevice); e != nil {
		d, err := e.Device()
		if err != nil {
			t.Error(err)
			return
		}
		if ids, entry := d.Identities(), v.Partitions(); len(ids) != 1 || len(entry) != 1 || ids[0].Partition != entry[0].Partition {
			t.Errorf("%s: the boot entry leads to %v, the device is %v", o.ID, entry, ids)
		}
	}
}
