package vm

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/part/mbrcode"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/tool"
)

// arm makes the disk one that can be started without the rescue medium: an MBR
// that goes on to the active partition, whose boot sector says who it is, or
// loaders for UEFI that do. A loader that is missing stays missing.
func arm(t *testing.T, image string, g *guests.Guest) {
	t.Helper()
	if !g.GPT {
		f, err := os.OpenFile(image, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteAt(mbrcode.Code(), 0); err != nil {
			t.Fatal(err)
		}
		return
	}
	number, kernel := g.Find(0, `\Windows\System32\ntoskrnl.exe`)
	program, err := guests.EFILoader(kernel.Version)
	if err != nil {
		t.Fatal(err)
	}
	loader := filepath.Join(t.TempDir(), "loader.efi")
	if err := os.WriteFile(loader, program, 0o600); err != nil {
		t.Fatal(err)
	}
	esp := g.Parts[0]
	volume := filepath.Join(t.TempDir(), "esp")
	if err := sparse.Extract(volume, image, esp.Start, esp.Size); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"::/EFI/Boot/bootx64.efi", "::/EFI/Microsoft/Boot/bootmgfw.efi"} {
		if _, err := (tool.Env{tool.Mtools}).Run("mdir", "-i", volume, path); err == nil {
			tool.Env{tool.Mtools}.Must(t, "mcopy", "-o", "-i", volume, loader, path)
		}
	}
	if err := sparse.Replace(image, esp.Start, volume); err != nil {
		t.Fatal(err)
	}
	if err := damage.InNTFS(image, *g.Partition(number), `cat "$2" > "$1"`, "Windows/Boot/EFI/bootmgfw.efi", loader); err != nil {
		t.Fatal(err)
	}
}

// greeting is what the armed disk says when it is started, "" when it says nothing
// in that time.
func greeting(t *testing.T, c Config, limit time.Duration) string {
	t.Helper()
	c.CD, c.Drivers, c.Memory, c.Timeout = "", "", 256, limit+time.Minute
	c.Unlisted = false
	c.Debug = filepath.Join(t.TempDir(), "e9")
	h := start(t, c)
	var said []byte
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if said, _ = os.ReadFile(c.Debug); strings.HasSuffix(string(said), "\n") { // not there yet: empty
			break
		}
	}
	h.Kill()
	if err := h.Wait(); err != nil {
		t.Error(err)
	}
	return string(said)
}

// greets fails unless the disk starts without the rescue medium: the firmware of its
// kind comes as far as to the boot sector of that partition, or to a loader.
func greets(t *testing.T, c Config, g *guests.Guest, system int) {
	t.Helper()
	want := guests.GreetingOf(system)
	c.Firmware = BIOS
	if g.GPT {
		c.Firmware, want = UEFI, guests.EFIGreeting
	}
	if said := greeting(t, c, 5*time.Minute); said != want {
		t.Errorf("started without the rescue medium, the disk says %q; want %q", said, want)
	}
}
