package vm

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// direct starts the kernel of the image without firmware and medium, which is
// quicker and lets the test choose the kernel arguments.
func direct(t *testing.T, kernelArgs string) Config {
	t.Helper()
	iso, err := image()
	if err != nil {
		t.Fatal(err)
	}
	kernel, initrd, err := ExtractKernel(iso, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return Config{Machine: "pc", Firmware: BIOS, Kernel: kernel, Initrd: initrd,
		Append: "console=tty0 console=ttyS0,115200 " + busyHost + " " + kernelArgs}
}

// TestScanMode: a broken disk is diagnosed and not touched.
func TestScanMode(t *testing.T) {
	needQEMU(t)
	c := direct(t, "bootmend.mode=scan bootmend.after=poweroff")
	c.Disks = []Disk{{guests.MustLoad(t, "winxp-x86").Build(t), IDE}}
	before := hash(t, c.Disks[0].Path)
	log := run(t, c)
	says(t, log, "FINDING storage-driver-disabled", "RESULT")
	if hash(t, c.Disks[0].Path) != before {
		t.Error("scan mode wrote to the disk")
	}
}

// TestBlockersInAutomaticMode: what a person has to deal with first is said,
// and nothing is written, although a repair would be known.
func TestBlockersInAutomaticMode(t *testing.T) {
	needQEMU(t)
	for _, name := range []string{"hibernated/upper-case", "ntfs-dirty", "bitlocker-locked", "hive-log-pending", "partition-beyond-disk"} {
		t.Run(name, func(t *testing.T) {
			campaign(t)
			d, ok := damage.Find(name)
			if !ok {
				t.Fatalf("no damage %s", name)
			}
			c := direct(t, Unattended)
			if d.Guest != "winxp-x86" {
				c.Machine = "q35"
			}
			disk, _ := d.Build(t)
			c.Disks = []Disk{{disk, IDE}}
			before := hash(t, disk)
			log := run(t, c)
			says(t, log, "FINDING "+d.Finding, "RESULT")
			if hash(t, disk) != before {
				t.Error("automatic mode wrote to the disk")
			}
		})
	}
}

// TestMenu: without a mode on the kernel command line there is a menu with a
// countdown, and its default is the automatic repair.
func TestMenu(t *testing.T) {
	needQEMU(t)
	campaign(t)
	c := direct(t, "bootmend.after=poweroff")
	c.Disks = []Disk{{guests.MustLoad(t, "winxp-x86").Build(t), IDE}}
	log := run(t, c)
	says(t, log, "Automatic repair starts in", "Shell", "Restart the machine", "Power off", "PLAN for storage-driver-disabled", "RESULT repaired and verified")
}

// TestNoDisk: a machine without disks is told so, and PID 1 lives on to power
// off.
func TestNoDisk(t *testing.T) {
	needQEMU(t)
	campaign(t)
	log := run(t, direct(t, Unattended))
	says(t, log, "windows-not-found")
	if strings.Contains(log, "Kernel panic") {
		t.Error("the kernel panicked")
	}
}

// TestDisksOnEveryController: each bus of the machine profiles that QEMU has
// shows its disk to the rescue system, by the modules that it loads itself.
func TestDisksOnEveryController(t *testing.T) {
	needQEMU(t)
	for _, bus := range []Bus{IDE, NVMe, VirtioBlk, VirtioSCSI, LSI, MegaSAS, PVSCSI, USB} {
		for _, machine := range []string{"pc", "q35"} {
			t.Run(machine+" "+string(bus), func(t *testing.T) {
				campaign(t)
				c := direct(t, "bootmend.mode=scan bootmend.after=poweroff")
				c.Machine = machine
				c.Disks = []Disk{{guests.MustLoad(t, "win7-x86").Build(t), bus}}
				log := run(t, c)
				says(t, log, "Windows 7 Professional", "RESULT")
			})
		}
	}
}

// TestHarness: a machine that does not end is ended, and says so; one that is
// stopped on purpose is no failure; the screen can be had.
func TestHarness(t *testing.T) {
	needQEMU(t)
	dir := t.TempDir()
	for _, kill := range []bool{true, false} {
		c := Config{Machine: "pc", Firmware: BIOS, Memory: 64, Timeout: 3e9}
		h := start(t, c)
		if kill {
			if err := h.Screendump(filepath.Join(dir, "screen.ppm")); err != nil {
				t.Errorf("Screendump: %v", err)
			}
			h.Kill()
		}
		if err := h.Wait(); (err == nil) != kill {
			t.Errorf("killed %v: Wait = %v", kill, err)
		}
		if err := exec.Command("kill", "-0", pid(h)).Run(); err == nil {
			t.Error("the machine still runs")
		}
	}
}
