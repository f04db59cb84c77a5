package checktest

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
	"github.com/bootmend/bootmend/tests/tool"
)

// readable mounts a volume by ntfs-3g and counts the files that can be read,
// and those that are listed and cannot. -1: the volume cannot be mounted.
func readable(t *testing.T, b []byte) (good, bad int) {
	t.Helper()
	tool.Need(t, "ntfs-3g", "umount")
	path := filepath.Join(t.TempDir(), "judged.img")
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := tool.Run("ntfs-3g", "-o", "ro", path, dir); err != nil {
		return -1, -1
	}
	defer tool.Must(t, "umount", dir)
	_ = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			bad++
			return nil
		}
		if d.IsDir() {
			return nil
		}
		if _, err := os.ReadFile(p); err != nil {
			bad++
		} else {
			good++
		}
		return nil
	})
	return good, bad
}

// TestMendSeenByNTFS3G: what ntfs-3g cannot read because of the damage it can
// read again when the volume is mended.
func TestMendSeenByNTFS3G(t *testing.T) {
	if _, err := os.Stat("/dev/fuse"); err != nil || os.Geteuid() != 0 {
		t.Skip("SKIP-FUSE mounting needs root and /dev/fuse")
	}
	clean := mendSample(t)
	paths := append(slices.Clone(wantedPaths), (&raw{t, clean}).leafPath())
	want, bad := readable(t, clean)
	if want < 1000 || bad != 0 {
		t.Fatalf("a sound volume: %d files, %d unreadable", want, bad)
	}
	for _, d := range mendable {
		if !strings.Contains(d.name, "order") && !strings.Contains(d.name, "zeroed") {
			continue
		}
		r := &raw{t, slices.Clone(clean)}
		d.do(r)
		good, bad := readable(t, r.b)
		patches, err := check.Mend(r, paths)
		if err != nil {
			t.Fatal(err)
		}
		if err := patch(r.b, patches); err != nil {
			t.Fatal(err)
		}
		again, badAgain := readable(t, r.b)
		t.Logf("%s: %d files can be read, %d cannot; mended: %d", d.name, good, bad, again)
		if again != want || badAgain != 0 {
			t.Errorf("%s: %d files can be read of %d, %d cannot", d.name, again, want, badAgain)
		}
		if d.kind != check.BackupBoot && good == want {
			t.Errorf("%s: ntfs-3g does not mind the damage", d.name)
		}
	}
}
