package engine

import (
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
)

// TestCopyOfFAT32: the copy of the boot sector that was overwritten with zeros comes back
// when a person asks for it, to the byte, and not unasked; what is no zeros stays.
func TestCopyOfFAT32(t *testing.T) {
	for name, mended := range map[string]bool{"vbr-damaged/fat32-copy": true, "vbr-damaged/fat32-copy-of-another": false} {
		d, ok := damage.Find(name)
		if !ok {
			t.Fatal("no such damage")
		}
		image, g := d.Build(t)
		machine, damaged := g.Healthy[0].Machine, hash(t, image)
		want(t, command.ExitOK, "repair", "--yes", "--machine", machine, image)
		untouched(t, image, damaged, "repair without being asked")
		bootmend(t, "repair", "--yes", "--machine", machine, "--only", "vbr-damaged", image)
		if !mended {
			untouched(t, image, damaged, "repair of a copy that is another's")
			continue
		}
		if hash(t, image) != hash(t, d.Sound(t).Build(t)) {
			t.Error("the disk is not the sound one")
		}
		want(t, command.ExitOK, "undo", "--yes", image)
		if hash(t, image) != damaged {
			t.Error("taken back, the disk is not what it was")
		}
	}
}
