package crash

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/repair/bundle"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/sparse"
)

// TestCutAfterEveryWrite: power fails after single writes of a journaled
// repair of a real disk image; recovery then gives the disk before or after,
// byte for byte.
func TestCutAfterEveryWrite(t *testing.T) {
	rnd, ends := cutRandom(t), map[string]int{}
	for _, tt := range []struct {
		guest, machine string
		onDisk, fat    bool
	}{{"win7-x64", "qemu-q35", true, false}, {"win10-x64", "qemu-q35", true, false}, {"winxp-logical", "qemu-pc", true, false},
		{"win7-x64", "qemu-q35", false, false}, {"winxp-x86", "qemu-pc", true, true}} {
		t.Run(fmt.Sprintf("%s on disk %v fat %v", tt.guest, tt.onDisk, tt.fat), func(t *testing.T) {
			g := guests.MustLoad(t, tt.guest)
			if tt.fat {
				onFAT(g)
			}
			cutting{guest: g, plan: func(t *testing.T, image string) *repair.Plan {
				return examine(t, image, tt.machine, repair.Homes{OnDisk: tt.onDisk})
			}}.run(t, rnd, ends)
		})
	}
	ended(t, ends, 33)
}

// onFAT makes the guest's first partition one of FAT.
func onFAT(g *guests.Guest) {
	g.Parts[0].FS, g.Parts[0].Type, g.Name = "vfat", "0c", "winxp-fat32"
}

func copyOf(t *testing.T, image, name string) string {
	t.Helper()
	dst := filepath.Join(t.TempDir(), name)
	if err := sparse.CopyFile(dst, image); err != nil {
		t.Fatal(err)
	}
	return dst
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
