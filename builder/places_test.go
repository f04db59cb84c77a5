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
	put(t, filepath.Join(net, iso.NetScript), nil)
	put(t, filepath.Join(net, ManifestName), []byte(`{"files":[{"path":"a.yaml"},{"path":"bootmend.ipxe"}]}`))
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

// TestNetDir: a folder with what a person put there is not replaced, also when it is one
// that an earlier build made.
func TestNetDir(t *testing.T) {
	for name, tt := range map[string]struct {
		files map[string]string
		says  string
	}{
		"none":       {},
		"foreign":    {map[string]string{"thesis.doc": ""}, "something else"},
		"script":     {map[string]string{iso.NetScript: ""}, "something else"},
		"ours":       {map[string]string{iso.NetScript: "", ManifestName: `{"files":[{"path":"bootmend.ipxe"},{"path":"grub/grub.cfg"}]}`, SBOMName: "", "grub/grub.cfg": ""}, ""},
		"one more":   {map[string]string{iso.NetScript: "", ManifestName: `{"files":[{"path":"bootmend.ipxe"}]}`, "grub/mine.cfg": ""}, "mine.cfg is not of"},
		"no list":    {map[string]string{iso.NetScript: "", ManifestName: "{", "vmlinuz": ""}, "something else"},
		"other list": {map[string]string{ManifestName: `{"files":[{"path":"a"}]}`, "a": ""}, "something else"},
	} {
		dir := t.TempDir()
		for path, text := range tt.files {
			put(t, filepath.Join(dir, path), []byte(text))
		}
		err := checkNetDir(dir)
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", name, err)
		}
		if tt.says == "" {
			continue
		}
		cache := filepath.Join(t.TempDir(), "cache")
		if _, err := PXE(Options{Out: dir, Cache: cache, Offline: true, Epoch: time.Unix(1e9, 0)}); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: PXE: %v", name, err)
		}
		if _, err := os.Stat(cache); err == nil {
			t.Errorf("%s: something was begun", name)
		}
	}
	if err := checkNetDir(filepath.Join(t.TempDir(), "new")); err != nil {
		t.Error(err)
	}
}
