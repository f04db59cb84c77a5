package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
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
