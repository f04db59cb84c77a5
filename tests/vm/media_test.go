package vm

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// virtio unpacks a folder of the drivers of the collection.
func virtio(t *testing.T, below string) string {
	t.Helper()
	tool.Need(t, "tar")
	dir := t.TempDir()
	tool.Must(t, "tar", "-xf", realdata.File(t, "drivers/virtio-win-0.1.240-storage-shared.tar.xz"), "-C", dir)
	return filepath.Join(dir, "win10/drv/virtio-win-0.1.240", below)
}

// withDrivers is the rescue image with driver packages built in.
func withDrivers(t *testing.T, dir string, more ...string) string {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "drivers.iso")
	args := append([]string{"run", "./cmds/mkrescue", "iso", "--from", rescueImage(t), "--append", Unattended, "-o", out, "--drivers", dir}, more...)
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return out
}

// TestDriversFromMedia: nobody names a driver; the repair finds it on the rescue
// medium itself, in the initramfs, on a floppy, and on a CD.
func TestDriversFromMedia(t *testing.T) {
	needQEMU(t)
	editions, err := guests.Editions()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, edition, driver, from string
		bus                         Bus
		attach                      func(c *Config)
		ordinary                    bool
	}{
		{"built in", "2016", `viostor`, "/dev/sr0", VirtioBlk, func(c *Config) { c.Drivers = withDrivers(t, virtio(t, "")) }, true},
		{"in memory", "2003-x86", `viostor`, "/drivers", VirtioBlk, func(c *Config) {
			var err error
			iso := withDrivers(t, virtio(t, "viostor"), "--drivers-in-memory")
			if c.Kernel, c.Initrd, err = ExtractKernel(iso, t.TempDir()); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"floppy", "xp-x86", `viostor`, "/dev/fd0", VirtioBlk, func(c *Config) {
			tool.Need(t, "mcopy")
			c.Floppy = volume.FAT(t, 1440<<10)
			tool.Env{tool.Mtools}.Must(t, "mcopy", "-s", "-i", c.Floppy, virtio(t, "viostor/xp/x86"), "::/XP")
		}, false},
		{"another CD", "7-x64", `vioscsi`, "/dev/sr0", VirtioSCSI, func(c *Config) {
			tool.Need(t, "genisoimage")
			c.Drivers = filepath.Join(t.TempDir(), "virtio.iso")
			tool.Must(t, "genisoimage", "-quiet", "-J", "-o", c.Drivers, virtio(t, ""))
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !c.ordinary {
				campaign(t)
			}
			for _, e := range editions {
				if e.Name != c.edition {
					continue
				}
				g, err := e.Guest()
				if err != nil {
					t.Fatal(err)
				}
				config := direct(t, Unattended)
				config.Disks = []Disk{{g.Build(t), c.bus}}
				c.attach(&config)
				log := run(t, config)
				says(t, log, c.driver, c.from, "RESULT repaired and verified")
				again := run(t, config)
				says(t, again, "RESULT healthy, nothing was written")
				return
			}
			t.Fatalf("no edition %s", c.edition)
		})
	}
}
