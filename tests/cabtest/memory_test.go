package cabtest

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/cab"
	"github.com/bootmend/bootmend/tests/realdata"
)

// TestMemory: three files of 2 GiB, as MSZIP, LZX with the smallest and with the
// largest window, in a cabinet of 15 MB in one of 20 KB. Ordinary runs read the
// first 48 MiB of each.
func TestMemory(t *testing.T) {
	path := filepath.Join(realdata.Untar(t, "cab/libmspack-tests.tar.xz"), "cabextract", "test", "cabs", "large-files-cab.cab")
	outer := extractOne(t, path)
	inner := filepath.Join(t.TempDir(), "inner.cab")
	if err := os.WriteFile(inner, outer, 0o666); err != nil {
		t.Fatal(err)
	}
	outer = nil
	r, size, err := openFile(t, inner)
	if err != nil {
		t.Fatal(err)
	}
	c, err := cab.Open(r, size, cab.Options{})
	if err != nil || len(c.Files) != 3 {
		t.Fatalf("%v, %v", c, err)
	}
	limit := int64(48 << 20)
	if os.Getenv("BOOTMEND_CAMPAIGN") != "" {
		limit = 1 << 40
	}
	text := bytes.Repeat([]byte("Fabulous secret powers were revealed to me the day I held aloft\n"), 512)
	for _, f := range c.Files {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := c.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, len(text))
		var n int64
		for n < limit && n < f.Size {
			if _, err := io.ReadFull(r, buf); err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			if !bytes.Equal(buf, text) {
				t.Fatalf("%s: wrong in the 32 KiB from %#x", f.Name, n)
			}
			n += int64(len(buf))
		}
		runtime.ReadMemStats(&after)
		used := after.TotalAlloc - before.TotalAlloc
		t.Logf("%s: %s, %d of %d bytes, %d KiB of memory", f.Name, f.Method(), n, f.Size, used>>10)
		// All allocations, freed or not.
		if used > 24<<20 {
			t.Errorf("%s: %d MiB of memory", f.Name, used>>20)
		}
	}
}

// extractOne is the only file of a cabinet.
func extractOne(t *testing.T, path string) []byte {
	t.Helper()
	r, size, err := openFile(t, path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := cab.Open(r, size, cab.Options{})
	if err != nil || len(c.Files) != 1 || !strings.HasSuffix(c.Files[0].Base(), ".cab") {
		t.Fatalf("%v, %v", c, err)
	}
	f, err := c.Open(c.Files[0])
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
