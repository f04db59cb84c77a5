package checktest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
)

// counting counts what is read.
type counting struct {
	raw
	bytes int64
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	c.bytes += int64(len(p))
	return c.raw.ReadAt(p, off)
}

// TestTouchedReadsLittle: what the limited check reads does not grow with the
// number of files.
func TestTouchedReadsLittle(t *testing.T) {
	path := mkntfs(t, 64<<20, cluster, 512)
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
		mounted(t, path, func(dir string) {
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
		read[round] = before.bytes + after.bytes
		whole := &counting{raw: raw{t, clean}}
		if _, err := check.Volume(whole); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d files: the limited check reads %d KiB, that of the whole volume %d KiB", files, read[round]>>10, whole.bytes>>10)
	}
	// A bit for each new record, in both volumes, and some for its directory.
	if more := read[1] - read[0]; more > 7000/8*2+16<<10 {
		t.Errorf("7000 files more, %d bytes read more", more)
	}
}

// TestMend: patches make the mirror and the copy of the boot sector right, and
// nothing else.
func TestMend(t *testing.T) {
	path := mkntfs(t, 16<<20, cluster, 512)
	clean, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := check.Mend(&raw{t, clean}); err != nil || len(p) > 0 {
		t.Fatalf("a sound volume: %d patches, %v", len(p), err)
	}
	r := &raw{t, slices.Clone(clean)}
	r.b[r.mirror()+2*recordSize+0x80] ^= 1
	r.b[len(r.b)-512+3] ^= 1
	patches, err := check.Mend(r)
	if err != nil || len(patches) != 2 {
		t.Fatalf("%d patches, %v", len(patches), err)
	}
	for _, p := range patches {
		if !slices.Equal(r.b[p.Off:p.Off+int64(len(p.Before))], p.Before) {
			t.Errorf("%s at %#x: not what is there", p.Kind, p.Off)
		}
		copy(r.b[p.Off:], p.After)
	}
	if !slices.Equal(r.b, clean) {
		t.Error("not as it was")
	}
	// A damaged original is not copied over a sound copy.
	r.b[r.recordAt(1)+510] ^= 1
	r.b[510] = 0
	if p, err := check.Mend(r); err != nil || len(p) > 0 {
		t.Errorf("damaged originals: %d patches, %v", len(p), err)
	}
}
