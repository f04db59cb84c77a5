package crash

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/repair/bundle"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
)

// TestCutAfterEveryWrite: power fails after each single write of a journaled
// repair of a real disk image; recovery then gives the disk before or after,
// byte for byte.
func TestCutAfterEveryWrite(t *testing.T) {
	cuts, ends, step := 0, map[string]int{}, 3
	if os.Getenv("BOOTMEND_CAMPAIGN") == "1" {
		step = 1
	}
	for _, tt := range []struct {
		guest, machine string
		onDisk, fat    bool
	}{{"win7-x64", "qemu-q35", true, false}, {"win10-x64", "qemu-q35", true, false}, {"winxp-logical", "qemu-pc", true, false},
		{"win7-x64", "qemu-q35", false, false}, {"winxp-x86", "qemu-pc", true, true}} {
		t.Run(fmt.Sprintf("%s on disk %v fat %v", tt.guest, tt.onDisk, tt.fat), func(t *testing.T) {
			g := guests.MustLoad(t, tt.guest)
			if tt.fat {
				g.Parts[0].FS, g.Parts[0].Type, g.Name = "vfat", "0c", "winxp-fat32"
			}
			before := g.Build(t)
			homes := repair.Homes{OnDisk: tt.onDisk}
			after := repaired(t, before, tt.machine, homes)
			for n := 0; ; n += step {
				image := copyOf(t, before, "cut.img")
				if !cutAfter(t, image, tt.machine, n, homes) {
					break // the repair needs fewer writes
				}
				recoverImage(t, image)
				if n%5 == 0 || step == 1 {
					judge(t, g, image) // slow, and the hash says as much
				}
				ends[compare(t, image, before, after)]++
				cuts++
				os.Remove(image)
			}
		})
	}
	t.Logf("%d cuts tried, after recovery %v", cuts, ends)
	if cuts < 100/step || ends["before"] == 0 || ends["after"] == 0 {
		t.Error("too few, or never one of the two")
	}
}

func copyOf(t *testing.T, image, name string) string {
	t.Helper()
	dst := filepath.Join(t.TempDir(), name)
	if err := sparse.CopyFile(dst, image); err != nil {
		t.Fatal(err)
	}
	return dst
}

// repaired is a copy of the image after an uncut repair.
func repaired(t *testing.T, image, profile string, homes repair.Homes) string {
	t.Helper()
	dst := copyOf(t, image, "cut.img")
	if _, err := examine(t, dst, profile, homes).Commit(t.Context(), repair.OpenDisk); err != nil {
		t.Fatal(err)
	}
	return dst
}

// cutAfter repairs with power for n writes to the disk (reordering within a
// flush is tried in package journal). It reports whether the power failed.
func cutAfter(t *testing.T, image, profile string, n int, homes repair.Homes) bool {
	t.Helper()
	_, err := examine(t, image, profile, homes).Commit(t.Context(), damage.OpenWithPower(n))
	if err != nil && !errors.Is(err, damage.ErrPower) {
		t.Fatalf("cut after %d writes: %v", n, err)
	}
	return err != nil
}

// recoverImage recovers twice: the second time there is nothing to do.
func recoverImage(t *testing.T, image string) {
	t.Helper()
	for range 2 {
		if _, err := repair.Recover(nil, []string{image}, repair.OpenDisk, t.TempDir()); err != nil {
			t.Fatal(err)
		}
	}
	left, err := filepath.Glob(image + ".*")
	if err != nil || len(left) > 0 && left[0] != bundle.Beside(image) {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func compare(t *testing.T, image, before, after string) string {
	t.Helper()
	var hash [3]string
	for i, path := range []string{image, before, after} {
		var err error
		if hash[i], err = oracle.HashDisk(path); err != nil {
			t.Fatal(err)
		}
	}
	switch hash[0] {
	case hash[1]:
		return "before"
	case hash[2]:
		return "after"
	}
	diff, err := sparse.Diff(image, before, 20)
	t.Errorf("after recovery the disk is neither as before nor as after: %#x, %v", diff, err)
	return "neither"
}
