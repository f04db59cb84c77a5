package vm

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/tool"
)

// mkrescue builds a medium of the rescue image of all tests.
func mkrescue(t *testing.T, kind, out, kernelArgs string) {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", "./cmds/mkrescue", kind, "--from", rescueImage(t), "--append", kernelArgs, "-o", out)
	cmd.Dir = root
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
}

// TestOtherStarts: the rescue starts from the network and from the image of a
// stick, and repairs.
func TestOtherStarts(t *testing.T) {
	needQEMU(t)
	net := filepath.Join(t.TempDir(), "netboot")
	stick := filepath.Join(t.TempDir(), "stick.img")
	mkrescue(t, "pxe", net, Unattended)
	mkrescue(t, "usb", stick, Unattended)
	for _, c := range []struct {
		name, guest, driver string
		config              Config
		ordinary            bool
	}{
		{"PXE BIOS PXELINUX", "winxp-x86", "IntelIde", Config{Machine: "pc", Firmware: BIOS, TFTP: net, BootFile: "pxelinux.0"}, true},
		{"PXE BIOS iPXE script", "winxp-x86", "IntelIde", Config{Machine: "pc", Firmware: BIOS, TFTP: net, BootFile: "bootmend.ipxe"}, false},
		{"PXE UEFI", "win10-x64", "storahci", Config{Machine: "q35", Firmware: UEFI, TFTP: net, BootFile: "bootx64.efi"}, false},
		{"PXE UEFI Secure Boot", "win10-x64", "storahci", Config{Machine: "q35", Firmware: SecureUEFI, TFTP: net, BootFile: "bootx64.efi"}, false},
		{"stick BIOS", "winxp-x86", "IntelIde", Config{Machine: "pc", Firmware: BIOS, Stick: stick}, false},
		{"stick UEFI", "win10-x64", "storahci", Config{Machine: "q35", Firmware: UEFI, Stick: stick}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !c.ordinary {
				campaign(t)
			}
			config := c.config
			config.Memory = 1024 // OVMF keeps what it loaded
			config.Disks = []Disk{{guests.MustLoad(t, c.guest).Build(t), IDE}}
			says(t, run(t, config), "FINDING storage-driver-disabled", c.driver, "RESULT repaired and verified")
			repaired := hash(t, config.Disks[0].Path)
			says(t, run(t, config), "RESULT healthy, nothing was written")
			if hash(t, config.Disks[0].Path) != repaired {
				t.Error("the second start wrote to the healthy disk")
			}
		})
	}
}

// TestDriversOnStick: what a person put onto the writable partition of the stick
// is found; so is a driver floppy.
func TestDriversOnStick(t *testing.T) {
	needQEMU(t)
	tool.Need(t, "mcopy")
	realdata.Dir(t)
	stick := filepath.Join(t.TempDir(), "stick.img")
	mkrescue(t, "usb", stick, Unattended)
	info, err := os.Stat(rescueImage(t))
	if err != nil {
		t.Fatal(err)
	}
	tool.Env{tool.Mtools}.Must(t, "mcopy", "-s", "-i", stick+"@@"+strconv.FormatInt(info.Size(), 10), virtio(t, "viostor/xp/x86"), "::/drivers")
	floppy := filepath.Join(t.TempDir(), "drivers.img")
	root, _ := moduleRoot()
	cmd := exec.Command("go", "run", "./cmds/mkrescue", "driver-floppy", "-o", floppy, virtio(t, "viostor/xp/x86"))
	cmd.Dir = root
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	editions, err := guests.Editions()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range editions {
		if e.Name != "xp-x86" {
			continue
		}
		g, err := e.Guest()
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			from   string
			config Config
		}{
			"stick":  {"/dev/sda", Config{Machine: "pc", Firmware: BIOS, Stick: stick}},
			"floppy": {"/dev/fd0", Config{Machine: "pc", Firmware: BIOS, CD: rescueImage(t), Floppy: floppy}},
		} {
			t.Run(name, func(t *testing.T) {
				campaign(t)
				c.config.Disks = []Disk{{g.Build(t), VirtioBlk}}
				log := run(t, c.config)
				says(t, log, "viostor", c.from, "RESULT repaired and verified")
				if strings.Contains(log, "panic") {
					t.Error("it panics")
				}
			})
		}
	}
}
