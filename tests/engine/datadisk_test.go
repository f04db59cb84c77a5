package engine

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
)

// oldXP is a disk with an XP from which nothing starts any more, and which was
// built in for its data.
func oldXP(t *testing.T, active bool) string {
	t.Helper()
	g := guests.MustLoad(t, "winxp-sources").Without(`\ntldr`).Without(`\boot.ini`).Without(`\ntdetect.com`)
	image := g.Build(t)
	if !active {
		patch(t, image, 0x1BE, []byte{0})
	}
	return image
}

// TestOldWindowsOnDataDisk: the machine starts from the other disk, and nothing is
// written to either; what is asked for by name is done.
func TestOldWindowsOnDataDisk(t *testing.T) {
	for name, tt := range map[string]struct{ first, active bool }{
		"behind": {false, false}, "first": {true, false}, "behind, active": {false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			xp, seven := oldXP(t, tt.active), guests.MustLoad(t, "win7-x64").Build(t)
			disks := []string{seven, xp}
			if tt.first {
				disks = []string{xp, seven}
			}
			was := [2]string{hash(t, xp), hash(t, seven)}
			doc := want(t, command.ExitOK, append([]string{"repair", "--yes", "--machine", "qemu-pc"}, disks...)...)
			untouched(t, xp, was[0], "repair")
			untouched(t, seven, was[1], "repair")
			for _, id := range []string{"ntldr-missing", "ntdetect-missing", "bootini-missing", "storage-driver-disabled"} {
				if found := doc.find(id); len(found) != 1 || found[0].Severity != "info" || found[0].Confidence != "low" || !found[0].Fixable {
					t.Errorf("want %s as a note that can be mended:\n%+v\n%s", id, found, doc.ids())
				}
			}
			bootmend(t, append([]string{"repair", "--yes", "--only", "ntldr-missing", "--machine", "qemu-pc"}, disks...)...)
			if hash(t, xp) == was[0] {
				t.Error("what was asked for was not done")
			}
			untouched(t, seven, was[1], "repair of the other disk")
		})
	}
}

// TestBrokenFirstDisk: the disk that the BIOS comes to first and starts is
// repaired, though another one could start.
func TestBrokenFirstDisk(t *testing.T) {
	xp, seven := oldXP(t, true), guests.MustLoad(t, "win7-x64").Build(t)
	was := hash(t, seven)
	want(t, command.ExitOK, "repair", "--yes", "--machine", "qemu-pc", xp, seven)
	untouched(t, seven, was, "repair of the other disk")
	for _, disks := range [][]string{{xp}, {xp, seven}} {
		if doc := decode(t, bootmend(t, append([]string{"scan", "--json", "--machine", "qemu-pc"}, disks...)...)); len(aboutStart(doc)) > 0 {
			t.Errorf("after the repair:\n%s", doc.ids())
		}
	}
}

// TestWindowsThatAnotherDiskStarts: the menu on the first disk decides whether the
// Windows on the second is one that the machine starts.
func TestWindowsThatAnotherDiskStarts(t *testing.T) {
	second := strings.Replace(second, `\WINDOWS`, `\WINNT.0`, 1)
	for name, tt := range map[string]struct {
		menu []string
		want string
	}{"named": {[]string{first, second}, "high"}, "not named": {[]string{first}, "low"}, "leads nowhere": {[]string{first, strings.Replace(second, "partition(1)", "partition(2)", 1)}, "high"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, _ := loaderDisk(t, `\WINDOWS`, tt.menu...)
			b := windowsDisk(t, `\WINNT.0`)
			for _, disks := range [][]string{{a, b}, {b, a}} {
				doc := decode(t, bootmend(t, append([]string{"scan", "--json", "--machine", "qemu-pc"}, disks...)...))
				found := doc.find("storage-driver-disabled")
				if len(doc.Windows) != 2 || len(found) != 2 {
					t.Fatalf("%d Windows:\n%s", len(doc.Windows), doc.ids())
				}
				for _, f := range found {
					expected := "high"
					for _, w := range doc.Windows {
						if w.ID == f.Windows && w.Disk == b {
							expected = tt.want
						}
					}
					if f.Confidence != expected {
						t.Errorf("%+v; want confidence %s", f, expected)
					}
				}
			}
		})
	}
}
