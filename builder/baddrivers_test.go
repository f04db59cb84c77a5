package builder

import (
	"errors"
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
