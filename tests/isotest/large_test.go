package isotest

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/tests/sparse"
)

// TestLargeFile: a file of more than 4 GiB lies in two extents. It is made of
// nothing but a few marks; the image is written with holes.
func TestLargeFile(t *testing.T) {
	if os.Getenv("BOOTMEND_CAMPAIGN") == "" {
		t.Skip("SKIP-CAMPAIGN: a disc of 4.3 GiB takes half a minute; set BOOTMEND_CAMPAIGN=1")
	}
	const size, border = 4400<<20 - 3, 1<<32 - 2048
	dir := t.TempDir()
	source, err := os.Create(filepath.Join(dir, "large.bin"))
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	if err := source.Truncate(size); err != nil {
		t.Fatal(err)
	}
	marks := []int64{0, 1<<31 - 3, border - 5, border, 1<<32 - 2, size - 9}
	for _, at := range marks {
		if _, err := source.WriteAt([]byte("a mark!!!"), at); err != nil {
			t.Fatal(err)
		}
	}
	image := filepath.Join(t.TempDir(), "cd.iso")
	writeSparse(t, image, "xorriso", "-as", "mkisofs", "-quiet", "-iso-level", "3", "-J", "-R", "-o", "-", dir)
	f, err := openDisc(t, image).Open(`\large.bin`)
	if err != nil {
		t.Fatal(err)
	}
	extents, err := f.Extents()
	if err != nil || f.Info().Size != size || len(extents) != 2 || extents[1].FileOff != border {
		t.Fatalf("%d bytes in %v, %v", f.Info().Size, extents, err)
	}
	raw := openRaw(t, image)
	for _, at := range marks {
		got, want := make([]byte, 9), make([]byte, 9)
		if _, err := source.ReadAt(want, at); err != nil {
			t.Fatal(err)
		}
		if n, err := f.ReadAt(got, at); n != 9 || err != nil && err != io.EOF || !bytes.Equal(got, want) {
			t.Errorf("at %#x: %q, %v; want %q", at, got[:n], err, want)
		}
		if !bytes.Equal(fromExtents(t, raw, extents, at), want) {
			t.Errorf("at %#x: the extents lead elsewhere", at)
		}
	}
	if out := run(t, "7z", "l", "-slt", image); !strings.Contains(out, "Size = 4613734397") {
		t.Errorf("7z sees another size:\n%.2000s", out)
	}
}

func fromExtents(t *testing.T, raw *os.File, extents []fs.Extent, at int64) []byte {
	t.Helper()
	b := make([]byte, 9)
	for i := range b {
		for _, e := range extents {
			if in := at + int64(i) - e.FileOff; in >= 0 && in < e.Vol.Len {
				if _, err := raw.ReadAt(b[i:i+1], e.Vol.Off+in); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return b
}

// writeSparse writes what a tool prints to a file, zeros as holes.
func writeSparse(t *testing.T, dst, tool string, args ...string) {
	t.Helper()
	cmd := exec.Command(tool, args...)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	err = sparse.Write(dst, pipe)
	if werr := cmd.Wait(); err != nil || werr != nil {
		t.Fatal(err, werr)
	}
}
