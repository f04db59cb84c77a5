package vm

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// bootFloppy is the self-contained floppy. BOOTMEND_FLOPPY (for i386) and
// BOOTMEND_FLOPPY_AMD64 name one that is built already, with FloppyUnattended as its
// kernel arguments; building one builds a kernel, which is for "make campaign" only.
func bootFloppy(t *testing.T, arch string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "floppy.img")
	if built := os.Getenv(map[string]string{"i386": "BOOTMEND_FLOPPY", "amd64": "BOOTMEND_FLOPPY_AMD64"}[arch]); built != "" {
		if err := sparse.CopyFile(out, built); err != nil {
			t.Fatal(err)
		}
		return out
	}
	campaign(t)
	mkrescue(t, "floppy", "--arch", arch, "--append", FloppyUnattended, "-o", out)
	return out
}

// runFloppy runs the machine until the engine is done. After a repair it restarts,
// which is its end here; otherwise it halts, and the plug is pulled.
func runFloppy(t *testing.T, c Config) string {
	t.Helper()
	h := start(t, c)
	err := h.WaitFor("bootmend: engine exit code")
	if err == nil {
		err = h.WaitFor("bootmend: init: ") // the line that follows is written by then
	}
	log := h.Serial()
	h.Kill()
	_ = h.Wait()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("engine done after %.0f s", h.Elapsed().Seconds())
	return log
}

// onSecondFloppy puts XP's driver for virtio into the second drive.
func onSecondFloppy(t *testing.T, c *Config) {
	t.Helper()
	tool.Need(t, "mcopy")
	second := volume.FAT(t, 1440<<10)
	tool.Env{tool.Mtools}.Must(t, "mcopy", "-s", "-i", second, virtio(t, "viostor/xp/x86"), "::/XP")
	c.More = append(c.More, "-drive", "if=floppy,index=1,format=raw,readonly=on,file="+second)
}

// onCD puts the drivers for virtio of all Windows into a CD drive, XP's among them.
func onCD(t *testing.T, c *Config) {
	t.Helper()
	tool.Need(t, "genisoimage")
	c.Drivers = filepath.Join(t.TempDir(), "virtio.iso")
	tool.Must(t, "genisoimage", "-quiet", "-J", "-o", c.Drivers, virtio(t, ""))
}

// TestBootFloppy: the floppy starts in little memory without any other medium, repairs
// a Windows, and finds it healthy the next time; drivers come from a second floppy or a CD.
func TestBootFloppy(t *testing.T) {
	needQEMU(t)
	for _, s := range []struct {
		name, row   string
		arch, guest string
		bus         Bus
		memory      int
		drivers     func(t *testing.T, c *Config)
		says        []string
		judge       story
	}{
		{name: "XP on IDE in 40 MiB", row: "floppy of 2.88 MB", arch: "i386", guest: "winxp-x86", bus: IDE, memory: 40, says: []string{"FINDING storage-driver-disabled", "8086:7010", "0x0000007B", "IntelIde"},
			judge: story{driver: "IntelIde", sets: []string{"ControlSet001", "ControlSet003"}}},
		{name: "XP on IDE by a kernel of 64 bits", row: "floppy of 2.88 MB, amd64", arch: "amd64", guest: "winxp-x86", bus: IDE, memory: 64, says: []string{"FINDING storage-driver-disabled", "8086:7010", "0x0000007B", "IntelIde"},
			judge: story{driver: "IntelIde", sets: []string{"ControlSet001", "ControlSet003"}}},
		{name: "XP on virtio with drivers from a second floppy", row: "floppy of 2.88 MB, drivers on a second one", arch: "i386", guest: "winxp-x86", bus: VirtioBlk, memory: 64, drivers: onSecondFloppy,
			says: []string{"FINDING storage-driver-missing", "viostor", "/dev/fd1"}, judge: story{driver: "viostor", sets: []string{"ControlSet001", "ControlSet003"}}},
		{name: "XP on virtio with drivers from a CD", row: "floppy of 2.88 MB, drivers on a CD", arch: "i386", guest: "winxp-x86", bus: VirtioBlk, memory: 64, drivers: onCD,
			says: []string{"FINDING storage-driver-missing", "viostor", "/dev/sr0"}, judge: story{driver: "viostor", sets: []string{"ControlSet001", "ControlSet003"}}},
	} {
		t.Run(s.name, func(t *testing.T) {
			defer noteSmall(t, s.row, fmt.Sprintf("BIOS, %d MiB", s.memory))
			floppy := bootFloppy(t, s.arch)
			g := guests.MustLoad(t, s.guest)
			c := Config{Machine: "pc", Firmware: BIOS, Memory: s.memory, Floppy: floppy, Disks: []Disk{{g.Build(t), s.bus}}, Unlisted: true,
				More: []string{"-boot", "a"}}
			if s.drivers != nil {
				s.drivers(t, &c)
			}
			before, medium := hash(t, c.Disks[0].Path), hash(t, floppy)
			log := runFloppy(t, c)
			says(t, log, append(s.says, "RESULT repaired and verified", "through an independent reader")...)
			repaired := hash(t, c.Disks[0].Path)
			if repaired == before {
				t.Fatal("the disk was not changed")
			}
			judgeDisk(t, s.judge, g, c.Disks[0].Path)

			log = runFloppy(t, c)
			says(t, log, "RESULT healthy, nothing was written")
			if strings.Contains(log, "FINDING") {
				t.Error("the second start finds something")
			}
			if hash(t, c.Disks[0].Path) != repaired || hash(t, floppy) != medium {
				t.Error("the second start wrote to the healthy disk, or to the floppy")
			}
		})
	}
}
