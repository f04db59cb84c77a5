package engine

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// TestStoreNamesAnotherDisk: the disk got a new signature, and another disk has the old
// one and a partition where the system partition is. The store names it then for the
// boot manager, and has to follow there, too. A store of which nothing else is stale
// may be a copy, and is left as it is.
func TestStoreNamesAnotherDisk(t *testing.T) {
	for _, guest := range []string{"win7-x64", "win81-x64", "win10-x64-bios"} {
		t.Run(guest, func(t *testing.T) {
			t.Parallel()
			g, other := guests.MustLoad(t, guest), guests.MustLoad(t, guest)
			other.ID = "0badcafe"
			data := guests.MustLoad(t, "data-disk")
			data.ID = other.ID
			image, beside := g.WithStoreOf(other).Build(t), data.Build(t)
			was := hash(t, beside)
			args := []string{"--machine", "qemu-pc", image, beside}
			d := want(t, command.ExitRepairable, append([]string{"scan"}, args...)...)
			found := d.find("bcd-device-stale")
			if len(found) != 1 || len(d.Findings) != 1 {
				t.Fatalf("want bcd-device-stale alone:\n%s", d.ids())
			}
			said := false
			for _, e := range found[0].Evidence {
				said = said || strings.Contains(string(e), "which is one of another disk")
			}
			if !said {
				t.Errorf("evidence %+v", found[0].Evidence)
			}
			want(t, command.ExitOK, append([]string{"repair", "--yes"}, args...)...)
			if d := want(t, command.ExitOK, append([]string{"scan"}, args...)...); len(d.Findings) > 0 {
				t.Errorf("after the repair:\n%s", d.ids())
			}
			if gone, added := oracle.RegChanges(storeLines(t, g.Build(t), g), storeLines(t, image, g)); len(gone)+len(added) > 0 {
				t.Errorf("the sound store has besides\n%s\nthis one has besides\n%s", strings.Join(gone, "\n"), strings.Join(added, "\n"))
			}
			if hash(t, beside) != was {
				t.Error("the other disk was written")
			}
		})
	}
}
