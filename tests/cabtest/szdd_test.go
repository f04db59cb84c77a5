package cabtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/cab"
	"github.com/bootmend/bootmend/drivers/szdd"
	"github.com/bootmend/bootmend/tests/realdata"
)

// TestMscompress: what mscompress packs; msexpand has to agree. Of files that are
// shorter than the longest match mscompress packs bytes that are not there: these
// are compared with msexpand only, and an empty one is refused.
func TestMscompress(t *testing.T) {
	need(t, "mscompress", "msexpand")
	dir := t.TempDir()
	whole, short, empty := 0, 0, 0
	for _, name := range fill(t, dir, 6, 20) {
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if len(want) > 100_000 { // mscompress is slow
			continue
		}
		must(t, dir, "mscompress", name)
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		must(t, dir, "msexpand", name+"_")
		theirs, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := expand(t, filepath.Join(dir, name+"_"))
		switch {
		case len(want) == 0:
			empty++
			if !errors.Is(err, szdd.ErrDamaged) || len(theirs) == 0 {
				t.Errorf("%s: %d bytes of nothing, %v; msexpand gives %d", name, len(got), err, len(theirs))
			}
		case err != nil || !bytes.Equal(got, theirs):
			t.Errorf("%s: %d bytes of %d, msexpand gives %d; %v", name, len(got), len(want), len(theirs), err)
		case len(want) < 18:
			short++
		default:
			whole++
			if !bytes.Equal(got, want) {
				t.Errorf("%s: not what was packed", name)
			}
		}
	}
	t.Logf("%d files as packed, %d short ones as msexpand, %d empty ones refused", whole, short, empty)
}

func expand(t *testing.T, path string) ([]byte, error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := szdd.Open(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// TestKWAJ: the headers of libmspack: fAB has a name of A characters and an
// extension of B, and then one byte. Of nine and of four letters is too long.
// Where their data starts they count without the NULs.
func TestKWAJ(t *testing.T) {
	dir := filepath.Join(realdata.Untar(t, "cab/libmspack-tests.tar.xz"), "libmspack", "test", "test_files", "kwajd")
	good := 0
	for a := range 10 {
		for b := range 5 {
			f, err := os.Open(filepath.Join(dir, fmt.Sprintf("f%d%d.kwj", a, b)))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			r, err := szdd.Open(f)
			if a == 9 || b == 4 {
				if !errors.Is(err, szdd.ErrDamaged) {
					t.Errorf("%s: %v", filepath.Base(f.Name()), err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", filepath.Base(f.Name()), err)
				continue
			}
			want := "stem"
			if a > 0 {
				want = "123456789"[:a]
			}
			if b > 0 {
				want += "." + "1234"[:b]
			} else if a == 0 {
				want = "stem.ex"
			}
			var fields string
			for _, f := range []string{"123456789"[:a], "1234"[:b]} {
				if f != "" {
					fields += f + "\x00"
				}
			}
			data := (fields + "\xff")[a+b:]
			content, err := io.ReadAll(r)
			if name := r.Name("stem.ex_"); name != want || string(content) != data || err != nil {
				t.Errorf("%s: name %q, want %q; % x, %v", filepath.Base(f.Name()), name, want, content, err)
			}
			good++
		}
	}
	t.Logf("%d headers read", good)
}

// TestNested: a signed MSU of MSZIP, and the cabinet of LZX in it.
func TestNested(t *testing.T) {
	need(t, "cabextract")
	path := realdata.File(t, "cab/wdf01011_amd64_a.cab")
	dir := t.TempDir()
	must(t, dir, "cabextract", "-q", "-d", dir, path)
	r, size, err := openFile(t, path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := cab.Open(r, size, cab.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range c.Files {
		if !strings.HasSuffix(f.Name, ".cab") {
			continue
		}
		inner, err := c.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(inner)
		if err != nil {
			t.Fatal(err)
		}
		here := filepath.Join(t.TempDir(), "inner.cab")
		if err := os.WriteFile(here, b, 0o666); err != nil {
			t.Fatal(err)
		}
		got := extract(t, here, cab.Options{})
		if len(got.errs) > 0 || got.pipe != output(t, "cabextract", "-q", "-p", filepath.Join(dir, f.Name)) {
			t.Errorf("%s: %d files, %v", f.Name, len(got.names), got.errs)
		}
		n += len(got.names)
	}
	t.Logf("%d files in cabinets in a cabinet", n)
	if n == 0 {
		t.Error("none")
	}
}
