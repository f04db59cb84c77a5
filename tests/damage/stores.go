package damage

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/sparse"
)

// The BCD store is damaged as text, by hivexregedit when the guest is made, or as a
// file, by shell commands through ntfs-3g or mtools.

// inStore merges .reg text into the store of the guest.
func inStore(reg ...string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest { return g.WithReg(g.StorePath(), strings.Join(reg, "\n")) }
}

// noStore takes the store away.
func noStore(g *guests.Guest) *guests.Guest { return g.Without(g.StorePath()) }

// emptyStore leaves the file without content.
func emptyStore(g *guests.Guest) *guests.Guest { return hollow(g.StorePath())(g) }

func noElement(id, number string) string {
	return fmt.Sprintf("[-%s\\Objects\\%s\\Elements\\%s]\n", guests.StoreRoot, id, number)
}

func noObject(id string) string { return fmt.Sprintf("[-%s\\Objects\\%s]\n", guests.StoreRoot, id) }

// stale lets the store name disk and partitions of a guest that was changed: what
// they were before.
func stale(change func(*guests.Guest)) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		old := *g
		old.Parts = slices.Clone(g.Parts)
		change(&old)
		return g.WithStoreOf(&old)
	}
}

func windowsPartition(g *guests.Guest) int {
	for _, name := range []string{"ntoskrnl.exe", "winload.exe"} { // one of which may be what is missing
		if n, e := g.Find(0, `\Windows\System32\`+name); e != nil {
			return n
		}
	}
	return 0
}

// storePartition is the one whose store is read: the active one, or the ESP.
func storePartition(g *guests.Guest) guests.Partition {
	for _, p := range g.Parts {
		if p.Active || p.FS == "vfat" {
			return p
		}
	}
	return g.Parts[0]
}

func otherSignature(g *guests.Guest) { g.ID = "0badcafe" }

// otherStart: the partition of Windows was somewhere else.
func otherStart(g *guests.Guest) { g.Partition(windowsPartition(g)).Start += 1 << 20 }

// otherGUIDs are what a copy to another disk leaves behind.
func otherGUIDs(g *guests.Guest) {
	g.ID = "11111111-2222-4333-8444-555555555555"
	for i := range g.Parts {
		g.Parts[i].GUID = fmt.Sprintf("11111111-2222-4333-8444-66666666666%d", i)
	}
}

func otherDiskGUID(g *guests.Guest) { g.ID = "11111111-2222-4333-8444-555555555555" }

// ramdiskLoader is the object that starts a Windows PE.
const ramdiskLoader = "{5d5b1a39-2c3b-11e0-9c1c-806e6f6e6963}"

// ramdisk is the loader object of a Windows PE in an image on the partition of
// Windows, which the boot manager starts by default.
func ramdisk(path string, more ...string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		device := guests.StoreRamdisk(g.Device(windowsPartition(g)), path)
		ext := ".exe"
		if g.GPT {
			ext = ".efi"
		}
		reg := []string{guests.StoreObject(ramdiskLoader, "10200003"),
			guests.StoreElement(ramdiskLoader, "11000001", device), guests.StoreElement(ramdiskLoader, "21000001", device),
			guests.StoreElement(ramdiskLoader, "12000002", `"\\windows\\system32\\winload`+ext+`"`),
			guests.StoreElement(ramdiskLoader, "22000002", `"\\windows"`), guests.StoreElement(ramdiskLoader, "26000022", "hex:01"),
			guests.StoreElement(guests.BootManager, "23000003", `"`+ramdiskLoader+`"`)}
		return inStore(append(reg, more...)...)(g)
	}
}

// storeFile runs a script on the store, the file $1.
func storeFile(script string) func(target) error {
	return func(t target) error {
		p := storePartition(t.guest)
		path := strings.ReplaceAll(t.guest.StorePath()[1:], `\`, "/")
		if p.FS == "ntfs" {
			return InNTFS(t.image, p, script, path)
		}
		return onFAT(t.image, p, script, path)
	}
}

// onFAT takes a file out of a FAT volume by mtools, runs the script on it and puts
// it back.
func onFAT(image string, p guests.Partition, script, path string) error {
	dir, err := os.MkdirTemp("", "bootmend-damage")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	volume := dir + "/volume"
	if err := sparse.Extract(volume, image, p.Start, p.Size); err != nil {
		return err
	}
	cmd := exec.Command("sh", "-e", "-c", `cd "$1"; mcopy -i volume "::/$2" file; set -- file "$2"; path=$2; `+script+"\n"+`mcopy -o -i volume file "::/$path"`, "sh", dir, path)
	cmd.Env = append(os.Environ(), "MTOOLS_SKIP_CHECK=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", path, err, out)
	}
	return sparse.Replace(image, p.Start, volume)
}

// newSignature gives the disk another signature, by sfdisk.
func newSignature(t target) error {
	out, err := exec.Command("sfdisk", "--quiet", "--disk-id", t.image, "0x0badcafe").CombinedOutput()
	if err != nil {
		return fmt.Errorf("sfdisk --disk-id: %w: %s", err, out)
	}
	return nil
}
