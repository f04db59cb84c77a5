package fstest

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/secondopinion"
	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// resizeSound is the verdict of "ntfsresize -i -f" on the structure.
func resizeSound(image string) error {
	_, err := tool.Run("ntfsresize", "-i", "-f", "-P", image)
	return err
}

// TestNTFSOverwrite overwrites files in place and lets ntfsprogs judge. Only
// bytes of the clusters of the file may change in the image.
func TestNTFSOverwrite(t *testing.T) {
	tool.Need(t, "ntfsresize", "ntfscat")
	for _, g := range []geometry{{96 << 20, 512, 512}, {128 << 20, 4096, 512}, {128 << 20, 4096, 4096}, {256 << 20, 65536, 512}} {
		t.Run(g.String(), func(t *testing.T) {
			image := mkntfs(t, g)
			c := newContent(t)
			volume.Fill(t, image, func(dir string) {
				c.fill(t, dir, g.cluster, 50, 20)
				if g.cluster <= 4096 {
					c.fragmented(t, dir, g.cluster, 100)
				}
				makeRefused(t, dir)
			})
			oracleRejects(t, image)
			before := filepath.Join(t.TempDir(), "before")
			if err := sparse.CopyFile(before, image); err != nil {
				t.Fatal(err)
			}
			dev := volume.OpenFile(t, image, os.O_RDWR, g.sector)
			v := openNTFS(t, dev)
			allowed := overwriteSome(t, v, c)
			refused(t, v, g.cluster <= 4096)
			if err := resizeSound(image); err != nil {
				t.Error(err)
			}
			for name, want := range c.files {
				if got := tool.Must(t, "ntfscat", "-f", image, "/"+name); !bytes.Equal(got, want) {
					t.Errorf("ntfscat %s: differs", name)
				}
				if got, err := secondopinion.ReadFile(dev, name, 1<<30); err != nil || !bytes.Equal(got, want) {
					t.Errorf("go-ntfs %s: differs, %v", name, err)
				}
			}
			changedOnly(t, before, dev, allowed)
		})
	}
}

// oracleRejects makes sure that ntfsresize would see a damaged structure: it
// must accept the volume and reject one whose $Bitmap is zeroed.
func oracleRejects(t *testing.T, image string) {
	t.Helper()
	if err := resizeSound(image); err != nil {
		t.Fatalf("before anything was written: %v", err)
	}
	bad := filepath.Join(t.TempDir(), "bad")
	if err := sparse.CopyFile(bad, image); err != nil {
		t.Fatal(err)
	}
	dev := volume.OpenFile(t, bad, os.O_RDWR, 512)
	f, err := openNTFS(t, dev).Open(`\$Bitmap`)
	if err != nil {
		t.Fatal(err)
	}
	list, err := f.Extents()
	if err != nil || len(list) == 0 {
		t.Fatalf("%v, %v", list, err)
	}
	for _, e := range list {
		if _, err := dev.WriteAt(make([]byte, e.Vol.Len), e.Vol.Off); err != nil {
			t.Fatal(err)
		}
	}
	var exit *exec.ExitError
	if err := resizeSound(bad); !errors.As(err, &exit) {
		t.Fatalf("ntfsresize accepts a zeroed $Bitmap: %v", err)
	}
}

// overwriteSome writes ranges of several files, over cluster and run ends, and
// returns where.
func overwriteSome(t *testing.T, v *ntfs.Volume, c *content) (allowed []fs.Extent) {
	t.Helper()
	for _, name := range []string{"Windows/System32/config/SYSTEM", "one-cluster", "fragmented"} {
		if c.files[name] == nil {
			continue
		}
		f, err := v.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		w, want := f.(fs.Overwriter), c.files[name]
		size := len(want)
		for _, r := range [][2]int{{0, 1}, {size - 1, 1}, {size / 3, min(size/2, 100_000)}, {511, 2}, {0, 0}, {size, 0}} {
			p := c.bytes(r[1])
			if n, err := w.WriteAt(p, int64(r[0])); n != len(p) || err != nil {
				t.Fatalf("%s: write of %d at %d: %d, %v", name, r[1], r[0], n, err)
			}
			copy(want[r[0]:], p)
		}
		list, err := f.Extents()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d extents", name, len(list))
		allowed = append(allowed, list...)
		if n, err := w.WriteAt([]byte{1, 2}, int64(size-1)); n != 0 || !errors.Is(err, fs.ErrUnsupported) {
			t.Errorf("%s: write behind the end: %d, %v", name, n, err)
		}
	}
	return allowed
}

// makeRefused puts files into the volume whose data must not be overwritten.
func makeRefused(t *testing.T, dir string) {
	t.Helper()
	packed := filepath.Join(dir, "packed")
	if err := os.Mkdir(packed, 0o777); err != nil {
		t.Fatal(err)
	}
	volume.SetAttributes(t, packed, uint32(fs.AttrCompressed))
	if err := os.WriteFile(filepath.Join(packed, "text"), bytes.Repeat([]byte("compress me "), 20_000), 0o666); err != nil {
		t.Fatal(err)
	}
}

// refused tries what must not be written. NTFS compresses only with clusters
// up to 4 KiB.
func refused(t *testing.T, v *ntfs.Volume, compressed bool) {
	t.Helper()
	f, err := v.Open(`\packed\text`)
	if err != nil {
		t.Fatal(err)
	}
	list, err := f.Extents()
	if plain := len(list) > 0; plain == compressed || err != nil {
		t.Errorf("compressed %t: extents %v, %v", compressed, list, err)
	}
	if compressed {
		if n, err := f.(fs.Overwriter).WriteAt([]byte{1}, 0); n != 0 || !errors.Is(err, fs.ErrUnsupported) {
			t.Errorf("write into compressed data was not refused: %d, %v", n, err)
		}
	}
	for name, off := range map[string]int64{`\resident`: 0, `\sparse`: 3 << 20, `\$Bitmap`: 0, `\$MFT`: 0, `\backwards`: 0} {
		f, err := v.Open(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		p := make([]byte, min(f.Info().Size, 200_000))
		if n, err := f.(fs.Overwriter).WriteAt(p, off); n != 0 || !errors.Is(err, fs.ErrUnsupported) {
			t.Errorf("%s: write was not refused: %d, %v", name, n, err)
		} else {
			t.Logf("refused: %v", err)
		}
	}
}

// changedOnly compares the images: outside allowed nothing may differ.
func changedOnly(t *testing.T, before string, after *volume.Device, allowed []fs.Extent) {
	t.Helper()
	old := volume.OpenFile(t, before, os.O_RDONLY, 512)
	inside := func(off int64) bool {
		for _, e := range allowed {
			if off >= e.Vol.Off && off < e.Vol.End() {
				return true
			}
		}
		return false
	}
	a, b := make([]byte, 1<<20), make([]byte, 1<<20)
	changed := 0
	for off := int64(0); off < old.Size(); off += int64(len(a)) {
		n, _ := old.ReadAt(a, off)
		m, _ := after.ReadAt(b, off)
		if n != m {
			t.Fatalf("at %#x: %d and %d bytes", off, n, m)
		}
		if bytes.Equal(a[:n], b[:n]) {
			continue
		}
		for i := range n {
			if a[i] != b[i] {
				if changed++; !inside(off + int64(i)) {
					t.Fatalf("byte %#x changed, which is not in the files", off+int64(i))
				}
			}
		}
	}
	if changed == 0 {
		t.Error("nothing changed")
	}
	t.Logf("%d bytes changed, all of them in the clusters of the files", changed)
}
