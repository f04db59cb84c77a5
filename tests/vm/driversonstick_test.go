package vm

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/tool"
)

// TestDriversOnStick: what a person put onto the writable partition of the stick
// is found, also where it is a disk of a hypervisor; so is a driver floppy.
func TestDriversOnStick(t *testing.T) {
	needQEMU(t)
	tool.Need(t, "mcopy")
	realdata.Dir(t)
	stick := usbImage(t)
	info, err := os.Stat(rescueImage(t))
	if err != nil {
		t.Fatal(err)
	}
	tool.Env{tool.Mtools}.Must(t, "mcopy", "-s", "-i", stick+"@@"+strconv.FormatInt(info.Size(), 10), virtio(t, "viostor/xp/x86"), "::/drivers")
	floppy := filepath.Join(t.TempDir(), "drivers.img")
	mkrescue(t, "driver-floppy", "-o", floppy, virtio(t, "viostor/xp/x86"))
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
			"disk":   {"/dev/vda", Config{Machine: "pc", Firmware: BIOS, Disks: []Disk{{stick, VirtioBlk}}}},
			"floppy": {"/dev/fd0", Config{Machine: "pc", Firmware: BIOS, CD: rescueImage(t), Floppy: floppy}},
		} {
			t.Run(name, func(t *testing.T) {
				campaign(t)
				c.config.Disks = append(c.config.Disks, Disk{g.Build(t), VirtioBlk})
				log := run(t, c.config)
				says(t, log, "viostor", c.from, "RESULT repaired and verified")
				if strings.Contains(log, "panic") {
					t.Error("it panics")
				}
			})
		}
	}
}
