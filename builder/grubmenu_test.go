package builder

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestStarterMemory: tar reads the archive that GRUB has as its disk, the same twice; GRUB's
// own checker finds nothing wrong with the menus; a driver that is not there is an error.
func TestStarterMemory(t *testing.T) {
	for _, name := range []string{"tar", "grub-script-check"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("SKIP-TOOL %s: not installed", name)
		}
	}
	dir, out := t.TempDir(), t.TempDir()
	drivers := strings.Fields(starterDrivers)
	for _, name := range drivers {
		put(t, filepath.Join(dir, name+".mod"), []byte("driver "+name))
	}
	at := time.Unix(1e9, 0)
	memory, err := starterMemory(dir, at)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := starterMemory(dir, at); err != nil || !bytes.Equal(memory, again) {
		t.Errorf("the second archive differs (%v)", err)
	}
	archive := put(t, filepath.Join(out, "memory.tar"), memory)
	if said, err := exec.Command("tar", "-xf", archive, "-C", out).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	look, err := os.ReadFile(filepath.Join(out, "look.cfg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range drivers {
		if got, err := os.ReadFile(filepath.Join(out, "i386-pc", name+".mod")); err != nil || string(got) != "driver "+name {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if !bytes.Contains(look, []byte("\ninsmod "+name+"\n")) {
			t.Errorf("%s is there and not loaded", name)
		}
	}
	for _, name := range []string{"menu.cfg", "look.cfg"} {
		if said, err := exec.Command("grub-script-check", filepath.Join(out, name)).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", name, err, said)
		}
	}
	if err := os.Remove(filepath.Join(dir, drivers[0]+".mod")); err != nil {
		t.Fatal(err)
	}
	if _, err := starterMemory(dir, at); err == nil {
		t.Error("a driver is not there, and that is no error")
	}
}
