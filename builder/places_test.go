package builder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/builder/iso"
)

// TestKeepInputs: what a medium is made of is never replaced by it, whatever the medium;
// a link or another way to write the path makes no difference.
func TestKeepInputs(t *testing.T) {
	from := smallImage(t)
	dir := t.TempDir()
	sys := put(t, filepath.Join(dir, "drivers", "scsiport.sys"), []byte("driver"))
	link := filepath.Join(dir, "link.iso")
	if err := os.Symlink(from, link); err != nil {
		t.Fatal(err)
	}
	listed := put(t, filepath.Join(dir, "x.iso.manifest.json"), []byte("mode: auto\n"))
	put(t, filepath.Join(dir, "x.iso"), nil)
	net := filepath.Join(dir, "net")
	inNet := put(t, filepath.Join(net, "a.yaml"), []byte("mode: auto\n"))
	for path, content := range netDir(t, map[string]string{"a.yaml": "mode: auto\n", iso.NetScript: ""}) {
		put(t, filepath.Join(net, path), content)
	}
	epoch := time.Unix(1e9, 0)
	for what, make := range map[string]func() error{
		"iso":  func() error { _, err := ISO(Options{From: from, Out: from, Cache: dir}); return err },
		"link": func() error { _, err := ISO(Options{From: link, Out: from, Cache: dir}); return err },
		"usb": func() error {
			_, err := USB(Options{From: from, Out: filepath.Join(filepath.Dir(from), ".", filepath.Base(from)), Cache: dir}, Stick{DataSize: 34 << 20})
			return err
		},
		"list": func() error {
			_, err := ISO(Options{From: from, Answers: listed, Out: filepath.Join(dir, "x.iso"), Cache: dir})
			return err
		},
		"netboot": func() error { _, err := PXE(Options{From: from, Answers: inNet, Out: net, Cache: dir}); return err },
		"lite": func() error {
			_, err := LiteISO(Options{Drivers: []string{sys}, Out: sys, Cache: dir, Epoch: epoch})
			return err
		},
		"floppy": func() error {
			_, err := DriverFloppy(FloppyOptions{Out: sys, Size: 1440 << 10, Paths: []string{sys}, Epoch: epoch})
			return err
		},
		"in folder": func() error {
			_, err := DriverFloppy(FloppyOptions{Out: sys, Size: 1440 << 10, Paths: []string{filepath.Dir(sys)}, Epoch: epoch})
			return err
		},
	} {
		if err := make(); err == nil || !strings.Contains(err.Error(), "in the place of") {
			t.Errorf("%s: %v", what, err)
		}
	}
	for name, want := range map[string]string{sys: "driver", listed: "mode: auto\n", inNet: "mode: auto\n"} {
		if b, err := os.ReadFile(name); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	// A new file in the folder that drivers are from replaces nothing.
	if _, err := DriverFloppy(FloppyOptions{Out: filepath.Join(filepath.Dir(sys), "new.img"), Size: 1440 << 10, Paths: []string{sys}, Epoch: epoch}); err != nil {
		t.Error(err)
	}
}
