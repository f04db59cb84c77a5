package iso

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// withDrivers is a medium with driver packages whose names ISO 9660 alone could not
// tell apart.
func withDrivers() Medium {
	m := medium()
	for _, folder := range []string{"drivers/virtio-win-0.1.240.iso/viostor/w10/amd64", "drivers/a/b/c/d/e/f", "drivers/a", "drivers/Two words.cab"} {
		for i := range 12 {
			name := fmt.Sprintf("%s/averylongname_%02d.inf", folder, i)
			m.Files[name] = []byte(strings.Repeat(name, 1+i*300))
		}
	}
	m.Files["drivers/a/B.SYS"] = []byte("upper")
	return m
}

// TestDriversSurvive: what Write puts below drivers, Read finds, and an image made of
// it is the same.
func TestDriversSurvive(t *testing.T) {
	out := filepath.Join(t.TempDir(), "x.iso")
	m := withDrivers()
	if err := Write(out, m, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	got, err := Read(out)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for name, b := range got.Files {
		if strings.HasPrefix(name, "drivers/") {
			if !bytes.Equal(b, m.Files[name]) {
				t.Errorf("%s: %d bytes, want %d", name, len(b), len(m.Files[name]))
			}
			n++
		}
	}
	if n != 49 {
		t.Errorf("%d files", n)
	}
	again := filepath.Join(t.TempDir(), "y.iso")
	if err := Write(again, *got, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	a, _ := os.ReadFile(out)
	b, _ := os.ReadFile(again)
	if !bytes.Equal(a, b) || len(a) == 0 {
		t.Error("the image made of it is another")
	}
}

// TestDriversForOthers: xorriso reads the same files.
func TestDriversForOthers(t *testing.T) {
	if _, err := exec.LookPath("xorriso"); err != nil {
		t.Skip("SKIP-TOOL xorriso: not installed")
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "x.iso")
	m := withDrivers()
	if err := Write(out, m, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if b, err := exec.Command("xorriso", "-osirrox", "on", "-indev", out, "-extract", "/drivers", filepath.Join(dir, "drivers")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	n := 0
	for name, want := range m.Files {
		if !strings.HasPrefix(name, "drivers/") {
			continue
		}
		if got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name))); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		n++
	}
	t.Logf("%d files", n)
}
