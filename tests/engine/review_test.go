package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
)

// TestHibernatedElsewhere: Windows before Vista keeps its memory on the system
// partition, here a FAT volume of its own. It holds all volumes of the machine.
func TestHibernatedElsewhere(t *testing.T) {
	g := guests.MustLoad(t, "win2003-system-c")
	image := g.Build(t)
	p := g.Partition(1)
	volume, file := filepath.Join(t.TempDir(), "volume"), filepath.Join(t.TempDir(), "hiberfil.sys")
	if err := os.WriteFile(file, append([]byte("hibr"), make([]byte, 5000)...), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sparse.Extract(volume, image, p.Start, p.Size); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mcopy", "-i", volume, file, "::hiberfil.sys").CombinedOutput(); err != nil {
		t.Fatalf("mcopy: %v: %s", err, out)
	}
	if err := sparse.Replace(image, p.Start, volume); err != nil {
		t.Fatal(err)
	}
	before := hash(t, image)
	d := want(t, command.ExitPerson, "repair", "--yes", "--machine", "qemu-pc", image)
	untouched(t, image, before, "repair")
	if len(d.find("hibernated")) != 1 {
		t.Errorf("want hibernated:\n%s", d.ids())
	}
}

// TestTruncatedGPT: the backup table is gone, so the image is not whole.
func TestTruncatedGPT(t *testing.T) {
	for _, cut := range []int64{512, 1 << 20} {
		image := guests.MustLoad(t, "win10-x64").Build(t)
		st, err := os.Stat(image)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(image, st.Size()-cut); err != nil {
			t.Fatal(err)
		}
		before := hash(t, image)
		want(t, command.ExitPerson, "repair", "--yes", "--machine", "qemu-q35", image)
		if hash(t, image) != before {
			t.Errorf("%d bytes cut off: the image changed", cut)
		}
	}
}

// TestOverrideIsForWindows8: Windows 7 does not read StartOverride.
func TestOverrideIsForWindows8(t *testing.T) {
	g := guests.MustLoad(t, "win7-x64").WithReg(`\Windows\System32\config\SYSTEM`, `
[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\atapi\StartOverride]
"0"=dword:00000003
`)
	image := g.Build(t)
	before := hash(t, image)
	want(t, command.ExitOK, "repair", "--yes", "--machine", g.Healthy[0].Machine, image)
	untouched(t, image, before, "repair")
}

// TestUnknownClass: a controller of which only the ids are given, and that
// nothing names, is unknown and not without a driver.
func TestUnknownClass(t *testing.T) {
	image := guests.MustLoad(t, "win7-x64").Build(t)
	d := want(t, command.ExitPerson, "scan", "--machine", "pci:8086:a102", image)
	if len(d.find("storage-driver-missing")) != 0 || len(d.find("storage-driver-disabled")) != 1 {
		t.Errorf("want unknown:\n%s", d.ids())
	}
	want(t, command.ExitRepairable, "scan", "--machine", "pci:8086:a102:010601", image)
}

// TestFAT32: a Windows on FAT32 is repaired like one on NTFS.
func TestFAT32(t *testing.T) {
	g := guests.MustLoad(t, "winxp-x86")
	g.Parts[0].FS, g.Parts[0].Type, g.Name = "vfat", "0c", "winxp-fat32"
	image := g.Build(t)
	b := g.Broken[0]
	want(t, command.ExitRepairable, "scan", "--machine", b.Machine, image)
	want(t, command.ExitOK, "repair", "--yes", "--machine", b.Machine, image)
	healthy := hash(t, image)
	want(t, command.ExitOK, "repair", "--yes", "--machine", b.Machine, image)
	untouched(t, image, healthy, "second repair")
}

// TestDirtyFAT: a FAT volume that was not dismounted is for Windows to check.
func TestDirtyFAT(t *testing.T) {
	g := guests.MustLoad(t, "winxp-x86")
	g.Parts[0].FS, g.Parts[0].Type, g.Name = "vfat", "0c", "winxp-fat32"
	image := g.Build(t)
	patch(t, image, g.Parts[0].Start+0x41, []byte{1}) // BS_Reserved1 of FAT32: bit 0 is dirty
	before := hash(t, image)
	d := want(t, command.ExitPerson, "repair", "--yes", "--machine", g.Broken[0].Machine, image)
	untouched(t, image, before, "repair")
	if len(d.find("ntfs-dirty")) != 1 {
		t.Errorf("want ntfs-dirty:\n%s", d.ids())
	}
}

// TestHiveDamagedElsewhere: damage that no repair of a driver would meet is mended
// first, alone; the driver's turn comes with the next repair.
func TestHiveDamagedElsewhere(t *testing.T) {
	g := guests.MustLoad(t, "win7-x64")
	image := g.Build(t)
	p := patient{image: image, guest: g}
	data, err := os.ReadFile(p.hive(t))
	if err != nil {
		t.Fatal(err)
	}
	at := strings.LastIndex(string(data), "lh")
	if at < 0 {
		t.Fatal("no lh list in the hive")
	}
	raw, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	place := strings.Index(string(raw), string(data[at-64:at+64]))
	patch(t, image, int64(place+64), []byte("xx"))
	machine := g.Broken[0].Machine
	d := want(t, command.ExitRepairable, "repair", "--yes", "--machine", machine, image)
	if d.Result == nil || !d.Result.Committed || len(d.find("hive-damaged")) != 1 {
		t.Fatalf("%+v: want the hive mended:\n%s", d.Result, d.ids())
	}
	gone, added := oracle.RegChanges(systemLines(t, g, g.Build(t)), systemLines(t, g, image))
	if len(gone)+len(added) > 0 {
		t.Errorf("the mended hive lost %v and got %v", gone, added)
	}
	want(t, command.ExitOK, "repair", "--yes", "--machine", machine, image)
	want(t, command.ExitOK, "scan", "--machine", machine, image)
}

// TestControlCharacters: what a disk calls itself must not steer the terminal.
func TestControlCharacters(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a\x1b[31mb")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	image := filepath.Join(dir, "disk.raw")
	if err := guests.MustLoad(t, "win7-x64").Write(image); err != nil {
		t.Fatal(err)
	}
	if r := bootmend(t, "scan", "--machine", "qemu-q35", image); strings.Contains(r.Stdout, "\x1b") {
		t.Errorf("escape character in the report: %q", r.Stdout)
	}
}
