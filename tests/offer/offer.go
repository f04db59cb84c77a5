package offer

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/tool"
)

// Files are contents by path, with slashes.
type Files map[string][]byte

// Folder writes the files to a folder of the host.
func (f Files) Folder(tb testing.TB) string {
	tb.Helper()
	dir := tb.TempDir()
	for name, data := range f {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

// Floppy is an image of that many KiB with the files in its root, by mtools.
func (f Files) Floppy(tb testing.TB, kib int) string {
	tb.Helper()
	tool.Need(tb, "mformat", "mcopy")
	image := filepath.Join(tb.TempDir(), "floppy.img")
	mtools := tool.Env{tool.Mtools}
	mtools.Must(tb, "mformat", "-C", "-i", image, "-f", fmt.Sprint(kib), "-v", "DRIVERS", "::")
	dir := f.Folder(tb)
	for name := range f {
		mtools.Must(tb, "mcopy", "-i", image, filepath.Join(dir, name), "::"+name)
	}
	return image
}

// Disc is a CD with Joliet and Rock Ridge, by genisoimage.
func (f Files) Disc(tb testing.TB) string {
	tb.Helper()
	tool.Need(tb, "genisoimage")
	image := filepath.Join(tb.TempDir(), "disc.iso")
	tool.Must(tb, "genisoimage", "-quiet", "-J", "-R", "-o", image, f.Folder(tb))
	return image
}

// Cabinet is packed by gcab as MSZIP.
func (f Files) Cabinet(tb testing.TB) []byte {
	tb.Helper()
	tool.Need(tb, "gcab")
	dir, path := f.Folder(tb), filepath.Join(tb.TempDir(), "x.cab")
	args := []string{"--create", "--zip", "--nopath", path}
	for name := range f {
		args = append(args, filepath.Join(dir, name))
	}
	tool.Must(tb, "gcab", args...)
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// Program is a program with a cabinet behind it, as hotfixes of Windows 2000 are.
func (f Files) Program(tb testing.TB) []byte {
	tb.Helper()
	program, err := guests.StandIn("x86", "6.3.13.0")
	if err != nil {
		tb.Fatal(err)
	}
	return append(program, f.Cabinet(tb)...)
}
