package engine

import (
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
)

// TestFullLog: a log that was written all over is replayed and emptied like one
// that hardly was. In the long form it has the 64 MiB of a large volume.
func TestFullLog(t *testing.T) {
	d, homes := damage.FullLog(), []string{"--journal-on-disk"}
	if os.Getenv("BOOTMEND_CAMPAIGN") == "1" {
		d, homes = damage.LargeLog(), append(homes, "--journal-on-disk=false")
	}
	f := buildFailed(t, d)
	before := hash(t, f.image)
	f.looks(t, d)
	untouched(t, f.image, before, "looking")
	for _, home := range homes {
		t.Run(home, func(t *testing.T) {
			again := f
			again.image = copied(t, f.image)
			again.repairs(t, home)
		})
	}
}

// TestNoRoomForTheJournal: what the journal has no room for is refused before
// anything is written, and a file of the host is a way out.
func TestNoRoomForTheJournal(t *testing.T) {
	image, g := damage.TightLog().Build(t)
	before, machine := hash(t, image), g.Broken[0].Machine
	r := bootmend(t, "repair", "--yes", "--machine", machine, "--journal-on-disk", image)
	if r.Code != command.ExitNotWritten || !strings.Contains(r.Stdout, "space") {
		t.Errorf("%v", r)
	}
	untouched(t, image, before, "a repair without room")
	want(t, command.ExitOK, "repair", "--yes", "--machine", machine, "--journal-on-disk=false", image)
	if !mountable(t, g, image) {
		t.Error("ntfs-3g does not mount the repaired volume")
	}
	hiveOf(t, g, image)
}
