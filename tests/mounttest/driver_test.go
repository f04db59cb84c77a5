package mounttest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/mounts"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// TestDriver: with our options ntfs-3g reads what Plan lets be read and changes
// nothing; and it does not write where Plan forbids it either, should we have missed
// that.
func TestDriver(t *testing.T) {
	for i, name := range []string{"hibernated/upper-case", "ntfs-log-unclean", "ntfs-log-unclean/version-2"} {
		if i > 0 && os.Getenv("BOOTMEND_CAMPAIGN") == "" {
			break
		}
		t.Run(name, func(t *testing.T) { driver(t, name) })
	}
}

func driver(t *testing.T, name string) {
	d, ok := damage.Find(name)
	if !ok {
		t.Fatalf("no damage %s", name)
	}
	disk, g := d.Build(t)
	n, _ := g.SystemHive()
	image := oracle.Volume(t, disk, g.Partition(n))
	before := hash(t, image)
	volume.Mount(t, image, mounts.NTFSOptions(false), func(dir string) {
		if list, err := os.ReadDir(dir); err != nil || len(list) == 0 {
			t.Errorf("%d files, %v", len(list), err)
		}
		if err := os.WriteFile(filepath.Join(dir, "x"), nil, 0o644); err == nil {
			t.Error("written to")
		}
	})
	dir := t.TempDir()
	if out, err := exec.Command("ntfs-3g", "-o", mounts.NTFSOptions(true), image, dir).CombinedOutput(); err == nil {
		// It falls back to reading for a hibernated Windows.
		mounted := string(tool.Must(t, "mount"))
		tool.Must(t, "umount", dir)
		if !strings.Contains(mounted, dir+" type fuse (ro") && !strings.Contains(mounted, dir+" type fuseblk (ro") {
			t.Errorf("mounted for writing: %s", out)
		}
	}
	if hash(t, image) != before {
		t.Error("the volume was changed")
	}
}

func hash(t *testing.T, path string) string {
	t.Helper()
	sum, err := sparse.Hash(path)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}
