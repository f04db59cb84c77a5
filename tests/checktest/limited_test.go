package checktest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
	"github.com/bootmend/bootmend/tests/volume"
)

// counting counts what is read.
type counting struct {
	raw
	calls int
	bytes int64
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	c.calls++
	c.bytes += int64(len(p))
	return c.raw.ReadAt(p, off)
}

// TestTouchedReadsLittle: what the limited check reads does not grow with the
// number of files.
func TestTouchedReadsLittle(t *testing.T) {
	path := volume.NTFS(t, 64<<20, cluster, 512)
	write := func(dir string, i int) {
		d := filepath.Join(dir, fmt.Sprint("directory ", i/100))
		if i%100 == 0 {
			if err := os.Mkdir(d, 0o777); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(d, fmt.Sprint("file ", i)), []byte("x"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var read [2]int64
	n := 0
	for round, files := range []int{1000, 8000} {
		volume.Fill(t, path, func(dir string) {
			for ; n < files; n++ {
				write(dir, n)
			}
		})
		clean, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r := &raw{t, slices.Clone(clean)}
		r.record(r.named("file 500"), func(b []byte) { b[0x12]++ })
		before, after := &counting{raw: raw{t, clean}}, &counting{raw: raw{t, r.b}}
		rep, err := check.Touched(before, after, changed(clean, r.b))
		wants(t, "Touched", rep, err, check.LinkCount)
		within, err := check.Within(before, after, changed(clean, r.b), scope.Scope{Changes: []scope.Change{{Path: `\directory 5\file 501`}}})
		wants(t, "Within", within, err, check.ForeignRecord)
		read[round] = before.bytes + after.bytes
		whole := &counting{raw: raw{t, clean}}
		if _, err := check.Volume(whole); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d files: the limited checks read %d KiB, that of the whole volume %d KiB", files, read[round]>>10, whole.bytes>>10)
	}
	// A bit for each new record, in both volumes, and some for its directory; for
	// each of two checks.
	if more := read[1] - read[0]; more > 2*(7000/8*2+16<<10) {
		t.Errorf("7000 files more, %d bytes read more", more)
	}
}
