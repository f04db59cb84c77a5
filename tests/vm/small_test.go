package vm

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
)

// liteISO is the lite image. BOOTMEND_LITE names one that is built already, with
// Unattended as its kernel arguments; building one builds a kernel, which is for "make
// campaign" only.
func liteISO(t *testing.T) string {
	t.Helper()
	if built := os.Getenv("BOOTMEND_LITE"); built != "" {
		return built
	}
	campaign(t)
	out := filepath.Join(t.TempDir(), "lite.iso")
	mkrescue(t, "iso", "--lite", "--append", Unattended, "-o", out)
	return out
}

// TestLite: the lite image repairs in little memory, by BIOS and by UEFI, and finds the
// disk healthy the next time.
func TestLite(t *testing.T) {
	needQEMU(t)
	for _, s := range []struct {
		name   string
		guest  string
		config Config
		judge  story
	}{
		{"BIOS XP in 64 MiB", "winxp-x86", Config{Machine: "pc", Firmware: BIOS, Memory: 64}, story{driver: "IntelIde", sets: []string{"ControlSet001", "ControlSet003"}}},
		{"UEFI 10", "win10-x64", Config{Machine: "q35", Firmware: UEFI, Memory: 256}, story{driver: "storahci", sets: []string{"ControlSet001"}}},
	} {
		t.Run(s.name, func(t *testing.T) {
			machine := "UEFI"
			if s.config.Firmware == BIOS {
				machine = fmt.Sprintf("BIOS, %d MiB", s.config.Memory)
			}
			defer noteSmall(t, "lite ISO on CD", machine)
			c := s.config
			c.CD = liteISO(t)
			if info, err := os.Stat(c.CD); err != nil || info.Size() > 8<<20 {
				t.Errorf("the image has %d bytes, at most 8 MiB are wanted: %v", info.Size(), err)
			}
			g := guests.MustLoad(t, s.guest)
			c.Disks = []Disk{{g.Build(t), IDE}}
			log := run(t, c)
			says(t, log, "FINDING storage-driver-disabled", s.judge.driver, "RESULT repaired and verified")
			repaired := hash(t, c.Disks[0].Path)
			judgeDisk(t, s.judge, g, c.Disks[0].Path)
			log = run(t, c)
			says(t, log, "RESULT healthy, nothing was written")
			if strings.Contains(log, "FINDING") || hash(t, c.Disks[0].Path) != repaired {
				t.Error("the second start finds something, or wrote")
			}
		})
	}
}

// TestStarterFloppy: the floppy of 1,440 KiB starts the rescue from a CD or a stick behind
// it.
func TestStarterFloppy(t *testing.T) {
	needQEMU(t)
	campaign(t)
	floppy := filepath.Join(t.TempDir(), "starter.img")
	mkrescue(t, "floppy", "--size", "1440", "-o", floppy)
	// The firmware starts from the floppy only; the rest is there, but not for it.
	for medium, attach := range map[string]func(c *Config, image string){
		"CD": func(c *Config, image string) { c.Drivers = image },
		"a stick": func(c *Config, image string) {
			c.More = append(c.More, "-device", "usb-ehci,id=ehci", "-drive", "if=none,id=iso,format=raw,readonly=on,file="+image,
				"-device", "usb-storage,bus=ehci.0,drive=iso,removable=on")
		},
	} {
		t.Run(medium, func(t *testing.T) {
			defer noteSmall(t, "starter floppy of 1.44 MB, ISO on "+medium, "BIOS")
			g := guests.MustLoad(t, "winxp-x86")
			c := Config{Machine: "pc", Firmware: BIOS, Floppy: floppy, Disks: []Disk{{g.Build(t), IDE}}, Unlisted: true, More: []string{"-boot", "a"}}
			attach(&c, rescueImage(t))
			says(t, run(t, c), "bootmend: looking for its CD", "FINDING storage-driver-disabled", "IntelIde", "RESULT repaired and verified")
			judgeDisk(t, story{driver: "IntelIde", sets: []string{"ControlSet001", "ControlSet003"}}, g, c.Disks[0].Path)
			says(t, run(t, c), "RESULT healthy, nothing was written")
		})
	}
}
