package engine

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
)

// TestTablesAndBootSectors: found, repaired, judged by foreign tools, clean, taken
// back.
func TestTablesAndBootSectors(t *testing.T) {
	n := 0
	for _, d := range damage.All() {
		if !d.Table {
			continue
		}
		n++
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			image, g := d.Build(t)
			machine := g.Healthy[0].Machine
			if d.Machine != "" {
				machine = d.Machine
			}
			damaged := hash(t, image)
			doc := decode(t, bootmend(t, "scan", "--machine", machine, image, "--json"))
			found := doc.find(d.Finding)
			if len(found) != 1 || !found[0].Fixable || found[0].Symptom == "" || len(found[0].Evidence) == 0 {
				t.Fatalf("want %s, with symptom and evidence:\n%s", d.Finding, doc.ids())
			}
			if !d.OnRequest && len(doc.find("boot-chain-broken")) > 0 {
				t.Errorf("the fault is named twice:\n%s", doc.ids())
			}
			untouched(t, image, damaged, "scan")
			args := []string{"repair", "--yes", "--machine", machine, image}
			if d.OnRequest {
				want(t, command.ExitPerson, args...)
				untouched(t, image, damaged, "repair without being asked")
				args = append(args, "--only", d.Finding)
			}
			want(t, command.ExitOK, args...)
			judged(t, image, g)
			after := want(t, command.ExitOK, "scan", "--machine", machine, image)
			if len(after.Findings) > 0 {
				t.Errorf("after the repair:\n%s", after.ids())
			}
			want(t, command.ExitOK, "undo", "--yes", image)
			if again := decode(t, bootmend(t, "scan", "--machine", machine, image, "--json")); len(again.find(d.Finding)) != 1 {
				t.Errorf("taken back, it is not there again:\n%s", again.ids())
			}
			// Where the machine needs another driver, too, a hive was changed, and that
			// is undone value by value.
			if len(doc.find("storage-driver-disabled")) == 0 && hash(t, image) != damaged {
				t.Error("taken back, the disk is not what it was before the repair")
			}
		})
	}
	t.Logf("%d damages", n)
}

// judged asks foreign tools about a disk: table, file systems, and that of the
// table and the disk's identity nothing else than the damage is different.
func judged(t *testing.T, image string, g *guests.Guest) {
	t.Helper()
	sound := g.Build(t)
	before, err1 := oracle.Partitions(sound)
	after, err2 := oracle.Partitions(image)
	if err1 != nil || err2 != nil || strings.Join(before, "\n") != strings.Join(after, "\n") {
		t.Errorf("sfdisk --dump: %v, %v; the sound disk: %v, %v", after, err2, before, err1)
	}
	if g.GPT {
		if err := oracle.GPT(image); err != nil {
			t.Error(err)
		}
	} else {
		if err := oracle.MBR(image); err != nil {
			t.Error(err)
		}
		if a, b := bytesAt(t, sound, 0x1B8, 0x48), bytesAt(t, image, 0x1B8, 0x48); !bytes.Equal(a, b) {
			t.Errorf("disk signature and table % x, were % x", b, a)
		}
	}
	for _, p := range g.Parts {
		volume := ""
		if p.FS != "" {
			volume = oracle.Volume(t, image, &p)
		}
		var err error
		switch p.FS {
		case "ntfs":
			err = oracle.NTFSStructure(volume)
		case "vfat":
			err = oracle.FATStructure(volume)
		}
		if err != nil {
			t.Errorf("partition %d: %v", p.Number, err)
		}
	}
}

func bytesAt(t *testing.T, image string, off int64, n int) []byte {
	t.Helper()
	f, err := os.Open(image)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, n)
	if _, err := f.ReadAt(b, off); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestNotedStates are shown, are no fault, and get no write.
func TestNotedStates(t *testing.T) {
	for _, d := range damage.All() {
		if !d.Noted {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			image, g := d.Build(t)
			before := hash(t, image)
			for _, args := range [][]string{{"scan"}, {"plan"}, {"repair", "--yes"}} {
				doc := want(t, command.ExitOK, append(args, "--machine", g.Healthy[0].Machine, image)...)
				if found := doc.find(d.Finding); len(found) != 1 || found[0].Severity != "info" || found[0].Advice == "" {
					t.Errorf("want %s:\n%s", d.Finding, doc.ids())
				}
				untouched(t, image, before, args[0])
			}
		})
	}
}

// TestClonedDisk: two disks of one identity. What nothing starts from gets
// another when asked; of two machines neither.
func TestClonedDisk(t *testing.T) {
	const id = "disk-signature-collision"
	for _, name := range []string{"data-disk", "win10-x64", "win7-x64"} {
		t.Run(name, func(t *testing.T) {
			windows, clone := guests.MustLoad(t, "win7-x64").Build(t), guests.MustLoad(t, name).Build(t)
			if name == "data-disk" {
				patch(t, clone, 0x1B8, bytesAt(t, windows, 0x1B8, 4))
			}
			if name == "win10-x64" {
				windows = t.TempDir() + "/original.img"
				if err := sparse.CopyFile(windows, clone); err != nil {
					t.Fatal(err)
				}
			}
			was := [2]string{hash(t, windows), hash(t, clone)}
			doc := want(t, command.ExitPerson, "repair", "--yes", "--machine", "qemu-pc", windows, clone)
			if found := doc.find(id); len(found) != 1 || found[0].Advice == "" {
				t.Fatalf("want one %s:\n%s", id, doc.ids())
			}
			if hash(t, windows) != was[0] || hash(t, clone) != was[1] {
				t.Fatal("something was written without being asked for")
			}
			code := command.ExitPerson
			if name == "data-disk" {
				code = command.ExitOK
			}
			want(t, code, "repair", "--yes", "--only", id, "--machine", "qemu-pc", windows, clone)
			if name != "data-disk" {
				return
			}
			if hash(t, windows) != was[0] {
				t.Error("the disk with Windows was changed")
			}
			diff, err := sparse.Diff(clone, guests.MustLoad(t, name).Build(t), 10)
			if err != nil || len(diff) != 1 || diff[0] != 0 {
				t.Errorf("changed sectors %v, %v; want the MBR alone", diff, err)
			}
			if err := oracle.MBR(clone); err != nil {
				t.Error(err)
			}
			want(t, command.ExitOK, "scan", "--machine", "qemu-pc", windows, clone)
		})
	}
}

// TestNothingOnBitLockerDisk: what could be repaired is not, on a disk with an
// encrypted volume.
func TestNothingOnBitLockerDisk(t *testing.T) {
	locked, _ := damage.Find("bitlocker-locked")
	for name, guest := range map[string]string{"active-missing": "win7-x64", "mbr-code-missing": "win7-x64", "vbr-hidden-sectors": "win81-x64",
		"gpt-primary-damaged/header": "win10-x64", "gpt-backup-damaged/header": "win10-x64", "esp-type-wrong": "win10-x64"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, ok := damage.Find(name)
			if !ok || !d.Fits(guest) {
				t.Fatalf("no damage %s for %s", name, guest)
			}
			image, _ := damage.Build(t, guest, locked, d)
			before := hash(t, image)
			doc := want(t, command.ExitPerson, "repair", "--yes", "--machine", "qemu-pc", image)
			if len(doc.find(d.Finding)) != 1 {
				t.Errorf("want %s:\n%s", d.Finding, doc.ids())
			}
			untouched(t, image, before, "repair")
		})
	}
}

// TestOtherDiskStarts: a disk from which nothing starts is an ordinary state
// beside one that does.
func TestOtherDiskStarts(t *testing.T) {
	d, _ := damage.Find("active-missing")
	broken, _ := damage.Build(t, "win81-x64", d)
	working := guests.MustLoad(t, "win7-x64").Build(t)
	was := [2]string{hash(t, broken), hash(t, working)}
	doc := want(t, command.ExitOK, "repair", "--yes", "--machine", "qemu-pc", working, broken)
	if found := doc.find("active-missing"); len(found) != 1 || found[0].Severity != "info" {
		t.Errorf("want active-missing as a note:\n%s", doc.ids())
	}
	if hash(t, broken) != was[0] || hash(t, working) != was[1] {
		t.Error("something was written")
	}
}

// TestTablesFromTheImage is the same as in the rescue image, which keeps journal
// and undo bundle on the disk. Where no volume is seen the report says what was
// there, and only that.
func TestTablesFromTheImage(t *testing.T) {
	all := []string{"mbr-code-missing", "mbr-signature-missing", "active-wrong/extended", "partition-hidden", "vbr-code-missing/donor", "vbr-code-missing/copy",
		"vbr-hidden-sectors", "vbr-damaged/fat32", "gpt-primary-damaged/header", "gpt-backup-damaged/entries", "protective-mbr-wrong", "esp-type-wrong"}
	for _, name := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, ok := damage.Find(name)
			if !ok {
				t.Fatal("no such damage")
			}
			image, g := d.Build(t)
			machine := g.Healthy[0].Machine
			doc := want(t, command.ExitOK, "repair", "--yes", "--journal-on-disk", "--machine", machine, image)
			judged(t, image, g)
			want(t, command.ExitOK, "scan", "--machine", machine, image)
			if unseen := name == "mbr-signature-missing" || name == "protective-mbr-wrong"; unseen {
				if doc.Plan == nil || len(doc.Plan.Final) == 0 || doc.Result.UndoID != "" {
					t.Errorf("plan %+v, result %+v; want what was there in words", doc.Plan, doc.Result)
				}
				return
			}
			want(t, command.ExitOK, "undo", "--yes", "--journal-on-disk", image)
			if again := decode(t, bootmend(t, "scan", "--json", "--machine", machine, image)); len(again.find(d.Finding)) != 1 {
				t.Errorf("taken back, it is not there again:\n%s", again.ids())
			}
		})
	}
}
