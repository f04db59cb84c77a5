package bitlockertest

import (
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/volume"
)

// TestBlockDevice: as in the rescue image, on a block device; nothing of the volume is
// left in the state directory.
func TestBlockDevice(t *testing.T) {
	image, g := encrypted(t)
	untouched := image + ".before"
	if err := sparse.CopyFile(untouched, image); err != nil {
		t.Fatal(err)
	}
	loop, state := volume.Loop(t, image), t.TempDir()
	args := []string{"--bitlocker-key", Password, "--state-dir", state, "--machine", g.Broken[0].Machine, loop}
	for _, on := range []string{"--journal-on-disk=true", "--journal-on-disk=false"} {
		r := bootmend.Run(t, append([]string{"repair", "--yes", on}, args...)...)
		if r.Code != command.ExitOK || !strings.Contains(r.Stdout, "RESULT repaired and verified") {
			t.Fatalf("%s: %v", on, r)
		}
		if left, err := os.ReadDir(state); err != nil || len(left) > 0 {
			t.Errorf("%s: in the state directory: %v, %v", on, left, err)
		}
		now := decrypted(t, image, g)
		if err := oracle.NTFSStructure(now); err != nil {
			t.Error(err)
		}
		startsAHCI(t, now, g)
		onlyInside(t, image, untouched, g)
		if r := bootmend.Run(t, "undo", "--yes", "--bitlocker-key", Password, "--state-dir", state, loop); r.Code != command.ExitOK {
			t.Errorf("undo: %v", r)
		}
	}
}
