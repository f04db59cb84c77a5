package engine

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/volume"
)

// TestBlockDevice: the same repair on a block device.
func TestBlockDevice(t *testing.T) {
	g := guests.MustLoad(t, "winxp-logical")
	image := g.Build(t)
	p := patient{image: image, guest: g, machine: "qemu-pc", drivers: []string{"IntelIde"}, sets: g.Broken[0].ControlSets}
	oldHive := p.hive(t)
	loop := volume.Loop(t, image)
	before := hash(t, image)
	d := want(t, command.ExitRepairable, "scan", "--machine", "qemu-pc", loop)
	if len(d.Disks) != 1 || d.Disks[0].Path != loop || d.Disks[0].Size != g.Size {
		t.Errorf("disks %+v; want %s of %d bytes", d.Disks, loop, g.Size)
	}
	untouched(t, image, before, "scan of the device")
	done := want(t, command.ExitOK, "repair", "--yes", "--machine", "qemu-pc", loop)
	if done.Result == nil || !done.Result.Committed {
		t.Errorf("result %+v; want committed", done.Result)
	}
	checkHive(t, p, oldHive)
	want(t, command.ExitOK, "scan", "--machine", "qemu-pc", loop)
}

// TestBlockDeviceInUse: somebody has claimed the disk, as the kernel does for
// every disk of which a partition is mounted.
func TestBlockDeviceInUse(t *testing.T) {
	image := guests.MustLoad(t, "win7-x64").Build(t)
	loop := volume.Loop(t, image)
	claim, err := os.OpenFile(loop, os.O_RDONLY|unix.O_EXCL, 0)
	if err != nil {
		t.Fatal(err)
	}
	before := hash(t, image)
	r := bootmend(t, "repair", "--yes", "--machine", "qemu-q35", loop)
	claim.Close()
	if r.Code != command.ExitInUse || !strings.Contains(r.Stdout+r.Stderr, "in use") {
		t.Errorf("want exit 14 and \"in use\": %v", r)
	}
	untouched(t, image, before, "repair of a claimed disk")
	want(t, command.ExitOK, "repair", "--yes", "--machine", "qemu-q35", loop)
}
