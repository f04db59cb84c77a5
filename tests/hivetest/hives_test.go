package hivetest

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/tool"
)

// hiveFile is a hive on disk and opened.
type hiveFile struct {
	path string
	*regf.Hive
}

func openHive(tb testing.TB, path string) hiveFile {
	tb.Helper()
	h, err := tryOpen(tb, path)
	if err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
	return hiveFile{path, h}
}

func tryOpen(tb testing.TB, path string) (*regf.Hive, error) {
	tb.Helper()
	f := fileOf(tb, path)
	st, err := f.Stat()
	if err != nil {
		tb.Fatal(err)
	}
	return regf.Open(f, st.Size())
}

func fileOf(tb testing.TB, path string) *os.File {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	return f
}

// untar unpacks the regular files of an archive and returns their paths.
func untar(tb testing.TB, archive string) []string {
	tb.Helper()
	f, err := os.Open(archive)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	dir := tb.TempDir()
	var files []string
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			tb.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		name := filepath.Join(dir, filepath.FromSlash(path.Clean("/"+h.Name)))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			tb.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(name, b, 0o644); err != nil {
			tb.Fatal(err)
		}
		files = append(files, name)
	}
}

// perl are the programs that read hives; the one in Perl needs to be told of
// UTF-8.
var perl = tool.Env{tool.Perl, tool.UTF8}

// systemHives are the real SYSTEM and SOFTWARE hives with what is known of
// them from other readers.
func systemHives() []knownHive {
	return []knownHive{
		{"hives/xp-sp3-x86-vmware.SYSTEM.xz", 11057, 31304, true},
		{"hives/win7-sp1-x86-vmware.SYSTEM.xz", 30756, 73456, true},
		{"hives/win81-x64-dirty-nolog.SYSTEM.xz", 20015, 49779, false},
		{"hives/win10-1709-x64-dirty.SYSTEM.xz", 33123, 74957, false},
		{"hives/xp-sp3-x86-vmware.SOFTWARE.xz", 44446, 72335, true},
		{"hives/amcache-win10.hve.xz", 207, 4188, true},
		{"hives/qthivex-rigorous.xz", 7, 33, true},
		{"hives/rlenvalue_test_hive.xz", 2, 6, true},
	}
}

type knownHive struct {
	name         string
	keys, values int
	clean        bool
}

func asFormatError(err error) *regf.FormatError {
	var fe *regf.FormatError
	errors.As(err, &fe)
	return fe
}

func realHive(tb testing.TB, name string) hiveFile {
	tb.Helper()
	return openHive(tb, realdata.File(tb, name))
}
