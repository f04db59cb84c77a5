package vm

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/tool"
)

// isoWith is the rescue image with these kernel arguments and no others.
func isoWith(t *testing.T, args string) string {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "with.iso")
	cmd := exec.Command("go", "run", "./cmds/mkrescue", "iso", "--from", rescueImage(t), "--append", args, "-o", out)
	cmd.Dir = root
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return out
}

// chainLoads puts an MBR code that starts the active partition into the image;
// that of the guests only stops.
func chainLoads(t *testing.T, image string) {
	t.Helper()
	const mbr = "/usr/lib/syslinux/mbr/mbr.bin"
	code, err := os.ReadFile(mbr)
	if err != nil {
		t.Skipf("SKIP-TOOL %s: not installed", mbr)
	}
	f, err := os.OpenFile(image, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(code[:min(len(code), 440)], 0); err != nil {
		t.Fatal(err)
	}
}

// waitGreeting waits until a boot sector has said its greeting.
func waitGreeting(h *Handle, debug, greeting string, limit time.Duration) bool {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		said, _ := os.ReadFile(debug)
		if strings.Contains(string(said), greeting) {
			return true
		}
		select {
		case <-h.done:
			return false
		default:
		}
	}
	return false
}

// TestUntouched: from power-on nobody presses a key. The image repairs case C,
// ejects its CD, or says that its stick has to be taken out, which a person does, and
// restarts; then the firmware starts the disk and not the rescue again.
func TestUntouched(t *testing.T) {
	needQEMU(t)
	tool.Need(t, "xorriso")
	for _, medium := range []string{"CD", "stick"} {
		t.Run(medium, func(t *testing.T) {
			if medium != "CD" {
				campaign(t)
			}
			image, g := smallC("win2003-lsi-fat16", 1)(t)
			chainLoads(t, image)
			c := Config{Machine: "pc", Firmware: BIOS, Disks: []Disk{{image, IDE}}, Debug: filepath.Join(t.TempDir(), "e9"), Restarts: true, Timeout: 10 * time.Minute}
			if iso := isoWith(t, lsiLogic+" "+busyHost); medium == "CD" {
				c.CD = iso
			} else {
				c.Stick = iso
			}
			h := start(t, c)
			m, err := h.Monitor()
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			if medium == "stick" {
				takeOut(t, h, m)
			}
			if !waitGreeting(h, c.Debug, guests.GreetingOf(1), 10*time.Minute) {
				t.Error("the boot sector of the disk was not started")
			}
			h.Kill()
			if err := h.Wait(); err != nil {
				t.Error(err)
			}
			log := h.Serial()
			says(t, log, "Automatic repair starts in", "FINDING storage-driver-missing", "SUMMARY Repaired and verified.", "Reboot in 30 s")
			if n := strings.Count(log, "bootmend: init: started"); n != 1 {
				t.Errorf("the rescue was started %d times", n)
			}
			if medium == "CD" {
				says(t, log, "ejected /dev/sr0", "the machine should start from its disk now")
				if !m.Saw("DEVICE_TRAY_MOVED", "tray-open=true") {
					t.Errorf("the tray was not opened: %q", m.Events())
				}
			}
			bootsFromLSI(t, image, g)
		})
	}
}

// takeOut takes the stick out when the person is told to.
func takeOut(t *testing.T, h *Handle, m *Monitor) {
	t.Helper()
	if err := h.WaitFor("take out the USB stick with bootmend now"); err != nil {
		t.Error(err)
		return
	}
	if err := m.Do("device_del", map[string]any{"id": "stick-port"}); err != nil {
		t.Error(err)
	}
}

// TestUntouchedUEFI: the same by UEFI, from a CD and from a stick: the firmware starts
// the boot manager on the disk next.
func TestUntouchedUEFI(t *testing.T) {
	needQEMU(t)
	tool.Need(t, "mcopy")
	for _, medium := range []string{"CD", "stick"} {
		t.Run(medium, func(t *testing.T) {
			campaign(t)
			g := guests.MustLoad(t, "win10-x64")
			image := g.Build(t)
			arm(t, image, g)
			c := Config{Machine: "q35", Firmware: UEFI, Disks: []Disk{{image, IDE}}, Debug: filepath.Join(t.TempDir(), "e9"), Restarts: true, Timeout: 12 * time.Minute}
			if iso := isoWith(t, busyHost); medium == "CD" {
				c.CD = iso
			} else {
				c.Stick = iso
			}
			h := start(t, c)
			if !waitGreeting(h, c.Debug, guests.EFIGreeting, 12*time.Minute) {
				t.Error("the loader on the disk was not started")
			}
			h.Kill()
			if err := h.Wait(); err != nil {
				t.Error(err)
			}
			log := h.Serial()
			says(t, log, "FINDING storage-driver-disabled", "SUMMARY Repaired and verified.", "the firmware starts Boot", "bootmend: init: reboot")
			if n := strings.Count(log, "bootmend: init: started"); n != 1 {
				t.Errorf("the rescue was started %d times", n)
			}
		})
	}
}

// TestStartedAgain: the rescue is on a medium that cannot be ejected, so the
// machine starts it again after the repair. The second start says so, writes
// nothing, and ends it.
func TestStartedAgain(t *testing.T) {
	needQEMU(t)
	campaign(t)
	disk := guests.MustLoad(t, "winxp-x86").Build(t)
	c := Config{Machine: "pc", Firmware: BIOS, Stick: isoWith(t, "bootmend.mode=auto bootmend.after=reboot "+busyHost), Disks: []Disk{{disk, IDE}}, Restarts: true, Timeout: 10 * time.Minute}
	h := start(t, c)
	if err := h.WaitFor("take out the USB stick with bootmend now"); err != nil {
		t.Fatal(err)
	}
	repaired := hash(t, disk)
	if err := h.Wait(); err != nil {
		t.Error(err)
	}
	log := h.Serial()
	says(t, log, "the machine has started the rescue medium again", "switched off instead of restarted", "bootmend: init: power off")
	if n := strings.Count(log, "bootmend: init: started"); n != 2 {
		t.Errorf("the rescue was started %d times; want 2", n)
	}
	if hash(t, disk) != repaired {
		t.Error("the second start wrote to the disk")
	}
}
