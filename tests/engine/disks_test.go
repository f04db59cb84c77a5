package engine

import (
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/sparse"
)

// TestTwoWindows: each is judged by itself, and only the broken one is changed.
func TestTwoWindows(t *testing.T) {
	g := guests.MustLoad(t, "two-windows")
	image := g.Build(t)
	original := image + ".before"
	if err := sparse.CopyFile(original, image); err != nil {
		t.Fatal(err)
	}
	d := want(t, command.ExitRepairable, "scan", "--machine", "qemu-pc", image)
	if len(d.Windows) != 2 {
		t.Fatalf("%d Windows; want 2", len(d.Windows))
	}
	found := d.find("storage-driver-disabled")
	if len(found) != 1 {
		t.Fatalf("want one finding, for XP:\n%s", d.ids())
	}
	for _, w := range d.Windows {
		if w.ID == found[0].Windows && w.Version != "5.1" {
			t.Errorf("the finding is about %+v; want XP", w)
		}
	}
	want(t, command.ExitOK, "repair", "--yes", "--machine", "qemu-pc", image)
	xp := g.Partition(1)
	changed, err := sparse.Diff(original, image, 1000)
	if err != nil || len(changed) == 0 {
		t.Fatalf("nothing changed: %v", err)
	}
	for _, at := range changed {
		if at < xp.Start || at >= xp.Start+xp.Size {
			t.Errorf("byte %#x changed, outside the partition of XP", at)
		}
	}
}

// TestTwoDisks: Windows on one of them is enough, and the other stays as it is.
func TestTwoDisks(t *testing.T) {
	data, win := guests.MustLoad(t, "data-disk").Build(t), guests.MustLoad(t, "win7-x86").Build(t)
	before := hash(t, data)
	d := want(t, command.ExitRepairable, "scan", "--machine", "qemu-q35", data, win)
	if len(d.Disks) != 2 || len(d.Windows) != 1 || d.Windows[0].Disk != win {
		t.Errorf("%d disks, Windows %+v; want two disks and one Windows on the second", len(d.Disks), d.Windows)
	}
	if len(d.find("windows-not-found")) > 0 {
		t.Error("windows-not-found, though one disk has it")
	}
	want(t, command.ExitOK, "repair", "--yes", "--machine", "qemu-q35", data, win)
	untouched(t, data, before, "repair of the other disk")
	healthy := hash(t, win)
	want(t, command.ExitOK, "scan", "--machine", "qemu-q35", win)
	untouched(t, win, healthy, "scan")
}
