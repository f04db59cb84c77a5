package bcdtest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/tests/oracle"
)

// TestForeignReader: a boot loader that is not ours reads the name of Windows out of
// every store that we build, through the objects of boot manager and entry, before
// and after the store is edited.
func TestForeignReader(t *testing.T) {
	oracle.NeedStoreReader(t)
	n := 0
	for name, v := range versions {
		for _, firmware := range []bcd.Firmware{bcd.BIOS, bcd.UEFI} {
			for _, recovery := range []bool{false, true} {
				n++
				what := fmt.Sprintf("%s %s recovery=%v", name, firmware, recovery)
				b, err := bcd.Build(options(firmware, v, recovery))
				if err != nil {
					t.Fatal(err)
				}
				path := oracle.HiveFile(t, b.Hive)
				if title, err := oracle.StoreTitle(path); title != describe(t, openBytes(t, b.Hive), b.Loader) {
					t.Errorf("%s: %q, %v", what, title, err)
				}
				refs, _ := openBytes(t, b.Hive).References()
				to := map[bcd.Identity]bcd.Identity{}
				for i, r := range refs {
					if _, ok := to[r.Identity]; !ok {
						to[r.Identity] = another(r.Identity, byte(i+1))
					}
				}
				changed := edit(t, path, func(e *bcd.Editor) error {
					r, err := openBytes(t, b.Hive).Rewrite(to)
					return errors.Join(err, e.Apply(r.Changes), e.Set(b.Loader, bcd.ElementDescription, bcd.String("Заново")))
				})
				if title, err := oracle.StoreTitle(changed); title != "Заново" {
					t.Errorf("%s, edited: %q, %v", what, title, err)
				}
			}
		}
	}
	t.Logf("%d stores read by systemd's boot loader", n)
}

// TestForeignReaderOfRealStores: of Windows' own stores it says what we say, so that its
// word on ours means something.
func TestForeignReaderOfRealStores(t *testing.T) {
	oracle.NeedStoreReader(t)
	named := 0
	for _, tt := range stores {
		t.Run(tt.file, func(t *testing.T) {
			path := real(t, tt.file)
			s := open(t, path)
			title, err := oracle.StoreTitle(path)
			want, ok := "", false
			if m := s.Object(bcd.BootManager); m != nil && m.Element(bcd.ElementDisplayOrder) != nil {
				if menu, _ := m.Element(bcd.ElementDisplayOrder).Objects(); len(menu) == 1 {
					want, ok = describe(t, s, menu[0]), true
				}
			}
			if ok != (err == nil) || title != want {
				t.Errorf("systemd says %q, %v; we %q", title, err, want)
			}
			if err == nil {
				named++
			}
		})
	}
	t.Logf("%d of %d real stores have one entry in their menu", named, len(stores))
}

// describe is the description of an object.
func describe(t *testing.T, s *bcd.Store, id bcd.GUID) string {
	t.Helper()
	o := s.Object(id)
	if o == nil || o.Element(bcd.ElementDescription) == nil {
		return ""
	}
	text, err := o.Element(bcd.ElementDescription).Text()
	if err != nil {
		t.Error(err)
	}
	return text
}
