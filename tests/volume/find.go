package volume

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/tests/tool"
)

// Untar unpacks an archive of one image, holes included.
func Untar(tb testing.TB, archive string) string {
	tb.Helper()
	tool.Need(tb, "tar")
	dir := tb.TempDir()
	tool.Must(tb, "tar", "-xSzf", archive, "-C", dir)
	var found string
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			found = path
		}
		return err
	})
	if err != nil || found == "" {
		tb.Fatalf("%s: no file in it, %v", archive, err)
	}
	return found
}

// FindNTFS is the offset of the first NTFS boot sector in the first 256 MiB of
// a disk whose partition table is not the test's job.
func FindNTFS(tb testing.TB, d *Device) int64 {
	tb.Helper()
	var b [11]byte
	for off := int64(0); off < min(d.Size(), 256<<20); off += 512 {
		if _, err := d.ReadAt(b[:], off); err == nil && string(b[3:]) == "NTFS    " {
			return off
		}
	}
	tb.Fatal("no NTFS boot sector on the disk")
	return 0
}
