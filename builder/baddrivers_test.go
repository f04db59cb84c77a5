package builder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/builder/drivers"
)

// TestDriverPathWithoutINF: the medium is not made, and the error names what was looked
// for; nothing was compiled or downloaded before that.
func TestDriverPathWithoutINF(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file("viostor.sys", "MZ")
	file("readme.txt", "no driver")
	from := smallImage(t)
	t.Setenv("PATH", t.TempDir()) // no go, no apt: not even tried
	for name, make := range map[string]func(o Options) error{
		"iso": func(o Options) error { _, err := ISO(o); return err },
		"usb": func(o Options) error { _, err := USB(o, Stick{DataSize: 64 << 20}); return err },
		"pxe": func(o Options) error { _, err := PXE(o); return err },
	} {
		for _, image := range []string{"", from} {
			out := filepath.Join(t.TempDir(), "medium")
			err := make(Options{From: image, Out: out, Cache: t.TempDir(), Drivers: []string{dir}, Epoch: firstEpoch})
			if !errors.Is(err, drivers.ErrNoPackage) || !strings.Contains(err.Error(), "INF") || !strings.Contains(err.Error(), "--drivers") {
				t.Errorf("%s: %v; want %v", name, err, drivers.ErrNoPackage)
			}
			if _, err := os.Stat(out); err == nil {
				t.Errorf("%s: made all the same", name)
			}
		}
	}
}

// TestManyBadFiles: of a large folder, not all files that could not be read are named, and
// it is said that there are more.
func TestManyBadFiles(t *testing.T) {
	for n, more := range map[int]string{10: "", 31: "and 21 more"} {
		dir := t.TempDir()
		for i := range n {
			put(t, filepath.Join(dir, fmt.Sprintf("file%d.cab", i)), []byte("MSCF, and nothing"))
		}
		_, err := drivers.Collect([]string{dir})
		if !errors.Is(err, drivers.ErrNoPackage) {
			t.Fatalf("%d: %v; want %v", n, err, drivers.ErrNoPackage)
		}
		if told := strings.Count(err.Error(), ".cab"); told != 10 || !strings.Contains(err.Error(), more) || more == "" && strings.Contains(err.Error(), "... and") {
			t.Errorf("%d: %d are told; want 10 and %q:\n%v", n, told, more, err)
		}
	}
}
