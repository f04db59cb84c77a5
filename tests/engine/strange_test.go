package engine

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/sparse"
)

// patch overwrites bytes of an image.
func patch(t *testing.T, image string, off int64, b []byte) {
	t.Helper()
	f, err := os.OpenFile(image, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(b, off); err != nil {
		t.Fatal(err)
	}
}

// TestTwoDisksOfOneName: two copies of a machine in two folders are two
// patients.
func TestTwoDisksOfOneName(t *testing.T) {
	var images []string
	for _, dir := range []string{t.TempDir(), t.TempDir()} {
		image := filepath.Join(dir, "disk.raw")
		if err := guests.MustLoad(t, "win7-x64").Write(image); err != nil {
			t.Fatal(err)
		}
		images = append(images, image)
	}
	// They have one disk signature, which is for a person.
	d := want(t, command.ExitPerson, "repair", "--yes", "--machine", "qemu-q35", images[0], images[1])
	if len(d.find("storage-driver-disabled")) != 2 {
		t.Errorf("want a finding for each:\n%s", d.ids())
	}
	for _, image := range images {
		want(t, command.ExitOK, "scan", "--machine", "qemu-q35", image)
	}
}

// TestSameDiskTwice: by the same name, through a link, through a hard link.
func TestSameDiskTwice(t *testing.T) {
	image := guests.MustLoad(t, "win7-x64").Build(t)
	before := hash(t, image)
	soft, hard := image+".soft", image+".hard"
	if err := os.Symlink(image, soft); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(image, hard); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{image, soft, hard} {
		r := bootmend(t, "repair", "--yes", "--machine", "qemu-q35", image, other)
		if r.Code != command.ExitUsage || !strings.Contains(r.Stderr, "same disk") {
			t.Errorf("%v", r)
		}
	}
	if hash(t, image) != before {
		t.Error("the disk changed")
	}
}

// TestFIFO: opening one must not wait for somebody who never comes.
func TestFIFO(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan command.Result, 1)
	go func() { done <- bootmend(t, "scan", fifo) }()
	select {
	case r := <-done:
		if r.Code != command.ExitError {
			t.Errorf("%v", r)
		}
	case <-time.After(time.Minute):
		t.Error("still waiting for the FIFO")
	}
}

// TestLeftovers: what an earlier life of the disk left in the gap before the
// first partition must not mislead.
func TestLeftovers(t *testing.T) {
	header := make([]byte, 92)
	copy(header, "EFI PART\x00\x00\x01\x00\x5c\x00\x00\x00")
	iso := make([]byte, 2048)
	copy(iso, "\x01CD001\x01")
	copy(iso[40:], "BOOTMEND ")
	for _, tt := range []struct {
		name  string
		off   int64
		bytes []byte
	}{{"GPT header of a disk with 4 KiB sectors", 4096, header}, {"GPT header", 512, header}, {"descriptor of the rescue image", 16 * 2048, iso}} {
		t.Run(tt.name, func(t *testing.T) {
			image := guests.MustLoad(t, "win7-x64").Build(t)
			patch(t, image, tt.off, tt.bytes)
			want(t, command.ExitRepairable, "scan", "--machine", "qemu-q35", image)
		})
	}
}

// TestOverlappingPartitions: such a table is damaged, and nothing is written.
func TestOverlappingPartitions(t *testing.T) {
	image := guests.MustLoad(t, "win7-x64").Build(t)
	mbr := make([]byte, 512)
	f, err := os.Open(image)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.ReadAt(mbr, 0); err != nil {
		t.Fatal(err)
	}
	patch(t, image, 446+2*16, mbr[446+16:446+32])
	before := hash(t, image)
	for _, verb := range [][]string{{"scan"}, {"plan"}, {"repair", "--yes"}} {
		d := want(t, command.ExitPerson, append(verb, "--machine", "qemu-q35", image)...)
		if len(d.find("partition-overlap")) == 0 {
			t.Errorf("%v: overlap not found:\n%s", verb, d.ids())
		}
	}
	if hash(t, image) != before {
		t.Error("the disk changed")
	}
}

// TestMountedByFUSE: ntfs-3g loses its lock when it goes into the background.
func TestMountedByFUSE(t *testing.T) {
	g := guests.MustLoad(t, "win7-x64")
	image := g.Build(t)
	p := g.Partition(2)
	volume := filepath.Join(t.TempDir(), "volume.raw")
	if err := sparse.Extract(volume, image, p.Start, p.Size); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if out, err := exec.Command("ntfs-3g", volume, dir).CombinedOutput(); err != nil {
		t.Skipf("SKIP-TOOL ntfs-3g cannot mount here: %v: %s", err, out)
	}
	before := hash(t, volume)
	r := bootmend(t, "repair", "--yes", "--machine", "qemu-q35", volume)
	if hash(t, volume) != before {
		t.Error("the volume changed under the mount")
	}
	if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
		t.Fatalf("umount: %v: %s", err, out)
	}
	// A mounted volume is dirty or its log open, or else it is in use.
	if r.Code != command.ExitInUse && r.Code != command.ExitPerson {
		t.Errorf("%v", r)
	}
}

// TestHugeLoop: an extended partition that points far away.
func TestHugeLoop(t *testing.T) {
	image := guests.MustLoad(t, "winxp-logical").Build(t)
	entry := make([]byte, 16)
	entry[4] = 0x05
	binary.LittleEndian.PutUint32(entry[8:], 1<<31)
	binary.LittleEndian.PutUint32(entry[12:], 1<<31)
	patch(t, image, 446+3*16, entry)
	before := hash(t, image)
	if r := bootmend(t, "repair", "--yes", "--machine", "qemu-pc", image); r.Code != command.ExitPerson {
		t.Errorf("%v", r)
	}
	if hash(t, image) != before {
		t.Error("the disk changed")
	}
}
