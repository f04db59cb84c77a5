package registrytest

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/realdata"
)

// open opens a real hive as it lies there.
func open(t *testing.T, name string) (*hivefile.File, string) {
	t.Helper()
	path := realdata.File(t, name)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := hivefile.Open(hivefile.Source{Name: name, Hive: bytes.NewReader(b), Size: int64(len(b))})
	if err != nil {
		t.Fatal(err)
	}
	return f, path
}

func system(t *testing.T, h *regf.Hive) *registry.System {
	t.Helper()
	s, err := registry.OpenSystem(h)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// known is what hivexsh and the analysis of the collection say of a hive.
type known struct {
	name           string
	mbr, gpt, path int      // entries of MountedDevices by kind
	disk, volume   []string // upper filters of the classes, in the set that the loader starts
}

func systems() []known {
	return []known{
		{"hives/xp-sp3-x86-vmware.SYSTEM.xz", 2, 0, 5, []string{"PartMgr"}, []string{"VolSnap"}},
		{"hives/win7-sp1-x86-vmware.SYSTEM.xz", 2, 0, 9, []string{"partmgr"}, nil},
		{"hives/win81-x64-dirty-nolog.SYSTEM.xz", 3, 0, 2, []string{"partmgr"}, nil},
		{"hives/win10-1709-x64-dirty.SYSTEM.xz", 0, 1, 5, []string{"partmgr"}, []string{"volsnap"}},
	}
}

func TestViews(t *testing.T) {
	for _, k := range systems() {
		t.Run(filepath.Base(k.name), func(t *testing.T) {
			f, _ := open(t, k.name)
			if f.Kind != registry.KindSystem {
				t.Errorf("kind %q", f.Kind)
			}
			s := system(t, f.Hive)
			list, err := s.MountedDevices()
			if err != nil {
				t.Fatal(err)
			}
			count := map[registry.MountedKind]int{}
			for _, m := range list {
				count[m.Kind]++
				if m.Kind == registry.MountedMBR && (m.Signature == 0 || m.Offset <= 0 || m.Offset%512 != 0) {
					t.Errorf("%v", m)
				}
			}
			if count[registry.MountedMBR] != k.mbr || count[registry.MountedGPT] != k.gpt || count[registry.MountedPath] != k.path || count[registry.MountedData] != 0 {
				t.Errorf("%v", list)
			}
			sets, problems, err := s.Bootable()
			if err != nil || len(sets) == 0 || len(problems) > 0 {
				t.Fatalf("%v %v %v", sets, problems, err)
			}
			for class, want := range map[string][]string{registry.ClassDisk: k.disk, registry.ClassVolume: k.volume} {
				c, err := sets[0].ClassFilter(class)
				if err != nil || !slices.EqualFunc(c.Upper, want, regf.EqualFold) {
					t.Errorf("%s: %+v, %v; want %v", class, c, err, want)
				}
			}
			all, err := sets[0].ClassFilters()
			if err != nil || len(all) < 2 {
				t.Errorf("%d classes with filters, %v", len(all), err)
			}
		})
	}
	for name, kind := range map[string]registry.Kind{"hives/xp-sp3-x86-vmware.SOFTWARE.xz": registry.KindSoftware, "bcd/win7-bios-mbr-vm.BCD.xz": registry.KindBCD,
		"hives/amcache-win10.hve.xz": registry.KindUnknown} {
		if f, _ := open(t, name); f.Kind != kind {
			t.Errorf("%s: kind %q, want %q", name, f.Kind, kind)
		}
	}
}

// TestEdits: what the typed edits write is read by hivexsh in every control
// set, and the hives have no faults that they did not have before.
func TestEdits(t *testing.T) {
	for _, name := range []string{"hives/xp-sp3-x86-vmware.SYSTEM.xz", "hives/win7-sp1-x86-vmware.SYSTEM.xz"} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			f, path := open(t, name)
			var sets []string
			c, err := f.Edit(hivefile.EditOptions{}, func(e *regf.Editor) error {
				return registry.EveryControlSet(e, func(set *registry.ControlSet) error {
					sets = append(sets, set.Path)
					filters, err := set.ClassFilter(registry.ClassDisk)
					if err != nil {
						return err
					}
					filters.Upper = append(filters.Upper, "deadfilter")
					for _, step := range []func() error{
						func() error { return set.SetStart(e, "pciide", registry.StartBoot) },
						func() error {
							return set.PutService(e, &registry.Service{Name: "viostor", HasStart: true, Type: 1, ErrorControl: 1, Tag: 0x21, HasTag: true,
								Group: "SCSI miniport", ImagePath: `system32\drivers\viostor.sys`, StartOverride: []registry.NamedDWORD{{Name: "0"}}})
						},
						func() error {
							return set.PutCriticalDevice(e, `PCI\VEN_1AF4&DEV_1001`, "viostor", registry.ClassSCSIAdapter)
						},
						func() error { return set.PutClassFilters(e, filters) },
					} {
						if err := step(); err != nil {
							return err
						}
					}
					return nil
				})
			})
			if err != nil || len(sets) < 2 {
				t.Fatalf("%v, %v", sets, err)
			}
			out, err := io.ReadAll(io.NewSectionReader(c.Content(), 0, c.Size))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, out, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, set := range sets {
				for key, want := range map[string]uint32{`services\pciide`: 0, `services\viostor`: 0} {
					if n, err := oracle.RegDWORD(path, `\`+set+`\`+key, "Start"); err != nil || n != want {
						t.Errorf("%s %s: %d, %v", set, key, n, err)
					}
				}
				if n, err := oracle.RegDWORD(path, `\`+set+`\services\viostor`, "Tag"); err != nil || n != 0x21 {
					t.Errorf("%s: %d, %v", set, n, err)
				}
			}
			checked, err := hivefile.Check(hivefile.Source{Name: path, Hive: bytes.NewReader(out), Size: int64(len(out))})
			if err != nil || !checked.Sound() {
				t.Errorf("%+v, %v", checked, err)
			}
			if _, err := oracle.RegDump(path); err != nil {
				t.Error(err)
			}
			t.Logf("%d bytes changed, in %d control sets", c.Bytes(), len(sets))
		})
	}
}
