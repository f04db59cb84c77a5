package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// mostBlocks is how many blocks of 4 KiB a lookup may read, whatever the
// number of files. 32 of them are $UpCase, which is read once.
const mostBlocks = 64

// TestLookupAmongMany: finding a driver takes few reads, and the check of a
// small repair reads little beside the bitmaps of records. The long form has a
// million files, counted by ntfs-3g.
func TestLookupAmongMany(t *testing.T) {
	for _, tool := range []string{"mkntfs", "ntfsresize", "ntfs-3g"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIP-TOOL %s: not installed", tool)
		}
	}
	campaign := os.Getenv("BOOTMEND_CAMPAIGN") == "1"
	n := 20_000
	if campaign {
		n = 1_000_000
	}
	image := filepath.Join(t.TempDir(), "many.img")
	if err := manyFiles(image, n); err != nil {
		t.Fatal(err)
	}
	if err := run1("ntfsresize", "-i", "-f", "-P", image); err != nil {
		t.Fatal(err)
	}
	r, err := lookup(image)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, open and lookup: %v", n, r)
	if len(r.blocks) >= mostBlocks || r.calls >= mostBlocks {
		t.Errorf("%v; fewer than %d wanted", r, mostBlocks)
	}
	c, err := touchedCheck(image)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("check of a small repair: %v, %v, %d bytes allocated", c.took, c.readCount, c.memory)
	// The volume before is read through the Device, the other one through the
	// overlay: the bitmap of records twice, and what does not grow.
	if most := int64(2*n/8) + 8<<20; c.bytes > most {
		t.Errorf("the check reads %d bytes, at most %d wanted", c.bytes, most)
	}
	q, err := quickCheck(image)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("quick check: %v, %v", q.took, q.readCount)
	if q.calls >= mostBlocks {
		t.Errorf("the quick check makes %d reads, fewer than %d wanted", q.calls, mostBlocks)
	}
	if campaign {
		countFiles(t, image, n)
	}
}

// countFiles lets ntfs-3g list the whole volume.
func countFiles(t *testing.T, image string, want int) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("SKIP-ROOT mounting needs root")
	}
	files := 0
	_, err := mounted(image, func(dir string) error {
		return filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files++
			}
			return err
		})
	})
	if err != nil || files != want {
		t.Errorf("ntfs-3g lists %d files of %d, %v", files, want, err)
	}
}
