package cabtest

import (
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"

	"github.com/bootmend/bootmend/drivers/cab"
	"github.com/bootmend/bootmend/tests/realdata"
)

// TestBasicSet: a set of five whose files bear other names than the headers
// say, opened at each of its parts; a single file goes through all of them.
func TestBasicSet(t *testing.T) {
	dir := filepath.Join(realdata.Untar(t, "cab/libmspack-tests.tar.xz"), "libmspack", "test", "test_files", "cabd")
	asked := 0
	part := func(name string) (io.ReaderAt, int64, error) {
		asked++
		return neighbours(t, dir)(strings.TrimPrefix(name, "cabd_"))
	}
	var first found
	for i := 1; i <= 5; i++ {
		got := extract(t, filepath.Join(dir, "multi_basic_pt"+string(rune('0'+i))+".cab"), cab.Options{Part: part})
		if len(got.errs) > 0 || len(got.names) == 0 {
			t.Fatalf("from part %d: %v, %v", i, got.names, got.errs)
		}
		if i == 1 {
			first = got
		}
		if got.pipe != first.pipe {
			t.Errorf("from part %d: other content than from part 1", i)
		}
	}
	t.Logf("%v; %d parts asked for", first.names, asked)
}

// TestBrokenSet: without one of its parts, files that lie in others are read
// and the errors name the part.
func TestBrokenSet(t *testing.T) {
	dir := filepath.Join(realdata.Untar(t, "cab/libmspack-tests.tar.xz"), "cabextract", "test", "cabs")
	path := filepath.Join(dir, "split-1.cab")
	whole := extract(t, path, cab.Options{Part: neighbours(t, dir)})
	if len(whole.errs) > 0 {
		t.Fatal(whole.errs)
	}
	for i := 2; i <= 5; i++ {
		gone := "split-" + string(rune('0'+i)) + ".cab"
		got := extract(t, path, cab.Options{Part: func(name string) (io.ReaderAt, int64, error) {
			if strings.EqualFold(filepath.Base(name), gone) {
				return nil, 0, errors.New("no such floppy")
			}
			return neighbours(t, dir)(name)
		}})
		if len(got.errs) == 0 || len(subtract(got.contents, whole.contents)) > 0 {
			t.Errorf("without %s: %v, %v", gone, got.names, got.errs)
		}
		for _, err := range got.errs {
			var missing *cab.PartError
			if !errors.As(err, &missing) || !strings.EqualFold(filepath.Base(missing.Name), gone) || !strings.Contains(err.Error(), "no such floppy") {
				t.Errorf("without %s: %v", gone, err)
			}
		}
		t.Logf("without %s: %d of %d files", gone, len(got.names), len(whole.names))
	}
}

func TestCodePages(t *testing.T) {
	libmspack := filepath.Join(realdata.Untar(t, "cab/libmspack-tests.tar.xz"), "cabextract", "test", "cabs")
	for _, c := range []struct {
		path  string
		names encoding.Encoding
		want  string // is in one of the names
	}{
		{filepath.Join(libmspack, "encoding-koi8.cab"), charmap.KOI8R, "\u043a"},
		{filepath.Join(libmspack, "encoding-latin1.cab"), nil, "\u00e9"},
		{filepath.Join(libmspack, "encoding-sjis.cab"), japanese.ShiftJIS, "\u30a2"},
		{filepath.Join(libmspack, "case-utf8.cab"), nil, "\u0416"},
		{filepath.Join(realdata.Dir(t), "cab", "libarchive_filename_cp932.cab"), japanese.ShiftJIS, "\u8868"},
	} {
		got := extract(t, c.path, cab.Options{Names: c.names})
		if len(got.errs) > 0 || !strings.Contains(strings.Join(got.names, "/"), c.want) {
			t.Errorf("%s: no %q in %q, %v", filepath.Base(c.path), c.want, got.names, got.errs)
		}
	}
}
