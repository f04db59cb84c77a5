package bcdtest

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/tests/oracle"
)

// edit changes a copy of a store and returns its path.
func edit(t *testing.T, path string, do func(e *bcd.Editor) error) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := regf.NewEditor(hive(t, b), regf.EditorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := bcd.NewEditor(h)
	if err != nil {
		t.Fatal(err)
	}
	if err := do(e); err != nil {
		t.Fatal(err)
	}
	r, err := h.Finish()
	if err != nil {
		t.Fatal(err)
	}
	now := make([]byte, max(r.Size, int64(len(b))))
	copy(now, b)
	for _, p := range r.Patches {
		copy(now[p.Off:], p.New)
	}
	return oracle.HiveFile(t, now)
}

// campaign: the long form, in which hivexregedit, which takes a second, sees every store.
var campaign = os.Getenv("BOOTMEND_CAMPAIGN") != ""

// export is a hive as hivexregedit reads it.
func export(t *testing.T, path string) []string {
	t.Helper()
	lines, err := oracle.RegExport(path)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// changes compares two hives as hivexregedit reads them.
func changes(t *testing.T, before, after string) (gone, added []string) {
	t.Helper()
	return oracle.RegChanges(export(t, before), export(t, after))
}

// TestIdentities gives every partition in every real store a new identity: MBR
// partitions another disk and start, GPT ones other GUIDs. Every reference follows,
// nothing else changes, and the way back leads to the same store.
func TestIdentities(t *testing.T) {
	references := 0
	for _, tt := range stores {
		t.Run(tt.file, func(t *testing.T) {
			path := real(t, tt.file)
			before := open(t, path)
			refs, _ := before.References()
			there, back := map[bcd.Identity]bcd.Identity{}, map[bcd.Identity]bcd.Identity{}
			for _, r := range refs {
				if _, ok := there[r.Identity]; !ok {
					to := another(r.Identity, byte(len(there)+1))
					there[r.Identity], back[to] = to, r.Identity
				}
			}
			r, err := before.Rewrite(there)
			if err != nil {
				t.Fatal(err)
			}
			after := edit(t, path, func(e *bcd.Editor) error { return e.Apply(r.Changes) })
			now, _ := open(t, after).References()
			if len(now) != len(refs) {
				t.Fatalf("%d references became %d", len(refs), len(now))
			}
			for i := range refs {
				if want := there[refs[i].Identity]; now[i].Identity != want {
					t.Errorf("%v became %v, want %v", refs[i], now[i].Identity, want)
				}
			}
			references += len(now)
			was := export(t, path)
			gone, added := oracle.RegChanges(was, export(t, after))
			if len(gone) != len(r.Changes) || len(added) != len(r.Changes) {
				t.Errorf("hivexregedit sees %d values changed, want %d", len(added), len(r.Changes))
			}
			for _, line := range added {
				key, _, _ := strings.Cut(line, "=")
				if !strings.HasSuffix(key, `\"Element"`) && !strings.HasSuffix(key, `\"FirmwareVariable"`) {
					t.Errorf("changed: %.100s", line)
				}
			}
			again, err := open(t, after).Rewrite(back)
			if err != nil {
				t.Fatal(err)
			}
			undone := edit(t, after, func(e *bcd.Editor) error { return e.Apply(again.Changes) })
			if gone, added := oracle.RegChanges(was, export(t, undone)); len(gone)+len(added) != 0 {
				t.Errorf("the way back leads elsewhere: %.300q", added)
			}
		})
	}
	t.Logf("%d references", references)
}

// another makes up an identity of the same style.
func another(id bcd.Identity, n byte) bcd.Identity {
	if id.Style == bcd.StyleMBR {
		return bcd.MBRIdentity(^id.Signature, id.Offset+uint64(n)<<30)
	}
	id.Partition[15] ^= n
	for i := range id.Disk {
		id.Disk[i] = ^id.Disk[i]
	}
	return id
}

// TestEditReal: what an edit of a real store changes is what was asked for, as others
// see it.
func TestEditReal(t *testing.T) {
	for i, tt := range stores {
		if i%3 != 0 && !campaign {
			continue // the others pass through the same code in TestIdentities
		}
		t.Run(tt.file, func(t *testing.T) {
			path := real(t, tt.file)
			s := open(t, path)
			var loader *bcd.Object
			for _, o := range s.Objects {
				if o.Type == bcd.TypeLoader {
					loader = o
				}
			}
			safe := edit(t, path, func(e *bcd.Editor) error { return e.Set(loader.ID, bcd.ElementSafeBoot, bcd.Integer(1)) })
			was := export(t, path)
			gone, added := oracle.RegChanges(was, export(t, safe))
			key := `\Objects\` + loader.Key + `\Elements\25000080\`
			if want := []string{key, key + `"Element"=hex(3):01,00,00,00,00,00,00,00`}; len(gone) != 0 || !slices.Equal(added, want) {
				t.Errorf("gone %.300q, added %.300q, want %q", gone, added, want)
			}
			if _, err := oracle.RegDump(safe); err != nil {
				t.Error(err)
			}
			back := edit(t, safe, func(e *bcd.Editor) error { return e.Remove(loader.ID, bcd.ElementSafeBoot) })
			if gone, added := oracle.RegChanges(was, export(t, back)); len(gone)+len(added) != 0 {
				t.Errorf("not taken back: %.300q, %.300q", gone, added)
			}
			less := edit(t, path, func(e *bcd.Editor) error { return e.Delete(loader.ID) })
			if gone, added := oracle.RegChanges(was, export(t, less)); len(gone) == 0 || len(added) > 1 {
				t.Errorf("deleted: gone %.300q, added %.300q", gone, added)
			}
		})
	}
}
