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

// TestLite: the lite image repairs in little memory, from a CD and from a stick, by BIOS
// and by UEFI, and finds the disk healthy the next time.
func TestLite(t *testing.T) {
	needQEMU(t)
	bios, uefi := Config{Machine: "pc", Firmware: BIOS, Memory: 64}, Config{Machine: "q35", Firmware: UEFI, Memory: 256}
	xp, ten := story{driver: "IntelIde", sets: []string{"ControlSet001", "ControlSet003"}}, story{driver: "storahci", sets: []string{"ControlSet001"}}
	for _, s := range []struct {
		name, medium string
		guest        string
		config       Config
		attach       func(func(*testing.T) string) func(*testing.T, *Config)
		judge        story
	}{
		{"BIOS XP in 64 MiB", "lite ISO on CD", "winxp-x86", bios, fromCD, xp},
		{"UEFI 10", "lite ISO on CD", "win10-x64", uefi, fromCD, ten},
		{"BIOS XP in 64 MiB by a stick", "lite ISO on a stick", "winxp-x86", bios, fromStick, xp},
		{"UEFI 10 by a stick", "lite ISO on a stick", "win10-x64", uefi, fromStick, ten},
	} {
		t.Run(s.name, func(t *testing.T) {
			machine := "UEFI"
			if s.config.Firmware == BIOS {
				machine = fmt.Sprintf("BIOS, %d MiB", s.config.Memory)
			}
			defer noteSmall(t, s.medium, machine)
			c, image := s.config, liteISO(t)
			s.attach(func(*testing.T) string { return image })(t, &c)
			if info, err := os.Stat(image); err != nil || info.Size() > 8<<20 {
				t.Errorf("the image has %d bytes, at most 8 MiB are wanted: %v", info.Size(), err)
			}
			before := hash(t, image)
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
			if hash(t, image) != before {
				t.Error("the medium was written to")
			}
		})
	}
}

// starterFloppy is the floppy of 1,440 KiB. BOOTMEND_STARTER names one that is built
// already.
func starterFloppy(t *testing.T) string {
	t.Helper()
	if built := os.Getenv("BOOTMEND_STARTER"); built != "" {
		return built
	}
	floppy := filepath.Join(t.TempDir(), "starter.img")
	mkrescue(t, "floppy", "--size", "1440", "-o", floppy)
	return floppy
}

// TestStarterFloppy: the floppy of 1,440 KiB starts the rescue from a CD, a stick or a disk
// behind it, and finds the disk of the patient healthy the next time.
func TestStarterFloppy(t *testing.T) {
	needQEMU(t)
	campaign(t)
	floppy := starterFloppy(t)
	// The firmware starts from the floppy only; the rest is there, but not for it.
	for _, s := range []struct {
		medium, row string
		image       func(t *testing.T) string
		attach      func(c *Config, image string)
	}{
		{"CD", "ISO on CD", rescueImage, func(c *Config, image string) { c.Drivers = image }},
		{"a stick", "ISO on a stick", rescueImage, func(c *Config, image string) {
			c.More = append(c.More, "-device", "usb-ehci,id=ehci", "-drive", "if=none,id=iso,format=raw,readonly=on,file="+image,
				"-device", "usb-storage,bus=ehci.0,drive=iso,removable=on")
		}},
		{"IDE disk", "USB image as IDE disk", usbImage, func(c *Config, image string) { c.Disks = append(c.Disks, Disk{image, IDE}) }},
		{"SATA disk", "USB image as SATA disk", usbImage, func(c *Config, image string) {
			c.More = append(c.More, "-device", "ahci,id=sata", "-drive", "if=none,id=rescue,format=raw,file="+image, "-device", "ide-hd,bus=sata.0,drive=rescue")
		}},
	} {
		t.Run(s.medium, func(t *testing.T) {
			defer noteSmall(t, "starter floppy of 1.44 MB, "+s.row, "BIOS")
			g := guests.MustLoad(t, "winxp-x86")
			c := Config{Machine: "pc", Firmware: BIOS, Floppy: floppy, Disks: []Disk{{g.Build(t), IDE}}, Unlisted: true, More: []string{"-boot", "a"}}
			image := s.image(t)
			before := hash(t, image)
			s.attach(&c, image)
			says(t, run(t, c), "bootmend: looking for its CD", "FINDING storage-driver-disabled", "IntelIde", "RESULT repaired and verified")
			judgeDisk(t, story{driver: "IntelIde", sets: []string{"ControlSet001", "ControlSet003"}}, g, c.Disks[0].Path)
			says(t, run(t, c), "RESULT healthy, nothing was written")
			if hash(t, image) != before {
				t.Error("the medium of the rescue was written to")
			}
		})
	}
}
