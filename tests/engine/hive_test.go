package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/realdata"
)

// importText has new keys, values of all lengths, and deletions: the hive has
// to grow.
func importText() string {
	var b strings.Builder
	b.WriteString("Windows Registry Editor Version 5.00\n\n")
	for i := range 40 {
		fmt.Fprintf(&b, "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\new%d\\Parameters]\n\"Start\"=dword:%08x\n\"Text\"=%q\n\"Long\"=hex:00%s\n\n",
			i, i%5, strings.Repeat("x", i*7), strings.Repeat(",ab", i*100))
	}
	b.WriteString("[-HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\disk]\n")
	return b.String()
}

// TestHiveOnDisk: a .reg file is imported into the hive of an installation, with
// keys created and deleted and the file grown, and all of it is taken back; a
// foreign reader compares.
func TestHiveOnDisk(t *testing.T) {
	fat := func(g *guests.Guest) {
		g.Parts[0].FS, g.Parts[0].Type, g.Name = "vfat", "0c", "winxp-fat32"
	}
	for _, tt := range []struct {
		guest, home string
		change      func(*guests.Guest)
	}{
		{"win7-x64", "--journal-on-disk=false", nil},
		{"win7-x64", "--journal-on-disk", nil},
		{"win10-x64", "--journal-on-disk", nil},
		{"winxp-x86", "--journal-on-disk", fat},
	} {
		t.Run(tt.guest+tt.home, func(t *testing.T) {
			t.Parallel()
			g := guests.MustLoad(t, tt.guest)
			if tt.change != nil {
				tt.change(g)
			}
			image := g.Build(t)
			reg := filepath.Join(t.TempDir(), "import.reg")
			if err := os.WriteFile(reg, []byte(importText()), 0o600); err != nil {
				t.Fatal(err)
			}
			number, hive := g.SystemHive()
			place := fmt.Sprintf("%s:%d:%s", image, number, hive.Path)
			before := hiveOf(t, g, image)
			r := bootmend(t, "hive", "import", "--yes", tt.home, place, reg)
			if r.Code != command.ExitOK || !strings.Contains(r.Stdout, "bootmend undo ") {
				t.Fatal(r)
			}
			gone, added := oracle.RegChanges(before, hiveOf(t, g, image))
			sets := strings.Count(strings.Join(added, "\n"), `new39\Parameters\"Start"`)
			if len(gone) == 0 || sets == 0 || len(added) < 40*4*sets {
				t.Fatalf("%d lines gone, %d added, in %d control sets", len(gone), len(added), sets)
			}
			if r := bootmend(t, "undo", "--yes", tt.home, image); r.Code != command.ExitOK {
				t.Fatal(r)
			}
			if gone, added := oracle.RegChanges(before, hiveOf(t, g, image)); len(gone)+len(added) > 0 {
				t.Errorf("taken back: gone %v, added %v", gone, added)
			}
		})
	}
}

// dumpOf is what reglookup says of keys below a path: class and security, too,
// but not the time.
func dumpOf(t *testing.T, g *guests.Guest, image, below string) []string {
	t.Helper()
	number, hive := g.SystemHive()
	volume := oracle.Volume(t, image, g.Partition(number))
	defer os.Remove(volume)
	data, err := oracle.NTFSFile(volume, hive.Path)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := oracle.RegDump(oracle.HiveFile(t, data))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, l := range lines {
		fields := strings.Split(l, ",")
		if (strings.HasPrefix(l, below+"/") || strings.HasPrefix(l, below+",")) && len(fields) > 4 {
			all = append(all, strings.Join(append(fields[:3:3], fields[4:]...), ","))
		}
	}
	slices.Sort(all)
	return all
}

// TestUndoOfDeletedKeys: keys that come back have their class names, which hold
// the boot key of Windows, and their own security.
func TestUndoOfDeletedKeys(t *testing.T) {
	p := around(t, "win7-x86", realdata.File(t, "hives/win7-sp1-x86-vmware.SYSTEM.xz"))
	number, hive := p.guest.SystemHive()
	place := fmt.Sprintf("%s:%d:%s", p.image, number, hive.Path)
	const below = "/ControlSet001/Control/Lsa"
	before := dumpOf(t, p.guest, p.image, below)
	if r := bootmend(t, "hive", "rm", "--yes", "--recursive", place, `ControlSet001\Control\Lsa`); r.Code != command.ExitOK {
		t.Fatal(r)
	}
	if left := dumpOf(t, p.guest, p.image, below); len(left) > 0 {
		t.Fatalf("%d lines left", len(left))
	}
	if r := bootmend(t, "undo", "--yes", p.image); r.Code != command.ExitOK {
		t.Fatal(r)
	}
	after := dumpOf(t, p.guest, p.image, below)
	if !slices.Equal(before, after) || len(before) < 40 {
		gone, added := oracle.RegChanges(before, after)
		t.Errorf("%d lines before, %d after: gone %v, added %v", len(before), len(after), gone, added)
	}
}

// TestUndoBesideWindows: Windows put something of its own below a key that the
// repair created, and changed one of its values: these stay and are named, the
// rest is taken back.
func TestUndoBesideWindows(t *testing.T) {
	g := guests.MustLoad(t, "win7-x64")
	image := g.Build(t)
	number, hive := g.SystemHive()
	place := fmt.Sprintf("%s:%d:%s", image, number, hive.Path)
	reg := filepath.Join(t.TempDir(), "a.reg")
	text := "REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\ours]\n\"Start\"=dword:0\n\"Type\"=dword:1\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\disk]\n\"Start\"=dword:3\n"
	if err := os.WriteFile(reg, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	before := hiveOf(t, g, image)
	if r := bootmend(t, "hive", "import", "--yes", place, reg); r.Code != command.ExitOK {
		t.Fatal(r)
	}
	id := undoList(t, image)[0]
	text = "REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\ours]\n\"Start\"=dword:2\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\ours\\Enum]\n\"Count\"=dword:1\n"
	if err := os.WriteFile(reg, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := bootmend(t, "hive", "import", "--yes", place, reg); r.Code != command.ExitOK {
		t.Fatal(r)
	}
	r := bootmend(t, "undo", "--yes", id, image)
	if r.Code != command.ExitPerson || !strings.Contains(r.Stdout, "LEFT") || !slices.Contains(undoList(t, image), id) {
		t.Fatal(r) // and the bundle is kept
	}
	gone, added := oracle.RegChanges(before, hiveOf(t, g, image))
	want := []string{`ours\`, `ours\"Start"=dword:00000002`, `ours\Enum\`, `ours\Enum\"Count"=dword:00000001`}
	if len(gone) > 0 || len(added) != len(want) {
		t.Errorf("gone %v, added %v", gone, added)
	}
	for _, w := range want {
		if !slices.ContainsFunc(added, func(l string) bool { return strings.HasSuffix(l, w) }) {
			t.Errorf("%s is not among %v", w, added)
		}
	}
}
