package floppyboot

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// noise does not repeat, so that a part in the wrong place is seen.
func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// TestForeignToolsReadIt: fsck finds nothing, mtools reads the files back.
func TestForeignToolsReadIt(t *testing.T) {
	for _, tool := range []string{"as", "ld", "fsck.vfat", "mcopy"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIP-TOOL: %s is not installed", tool)
		}
	}
	loader, err := Assemble(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{Size1440, Size2880} {
		c := Content{Size: size, Label: "BOOTMEND", Kernel: noise(500_001), Initrd: noise(700_123), Append: "quiet", More: map[string][]byte{"A.TXT": noise(1), "EMPTY": nil}, Epoch: time.Unix(1700000000, 0)}
		image, err := Build(c, loader)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "floppy.img")
		if err := os.WriteFile(path, image, 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("fsck.vfat", "-n", path).CombinedOutput(); err != nil {
			t.Errorf("%d: fsck.vfat: %v: %s", size, err, out)
		}
		for name, want := range map[string][]byte{KernelFile: c.Kernel, InitrdFile: c.Initrd, "A.TXT": c.More["A.TXT"], "EMPTY": {}} {
			if got, err := exec.Command("mcopy", "-i", path, "::/"+name, "-").Output(); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d: %s: %d bytes, %v; want %d", size, name, len(got), err, len(want))
			}
		}
	}
}

// TestFull: a floppy that is just full, and one that is a byte too small.
func TestFull(t *testing.T) {
	loader := make([]byte, ownLoader*sector)
	room := Room(Size2880)
	c := Content{Size: Size2880, Kernel: make([]byte, room/2&^1023), Epoch: time.Unix(1700000000, 0)}
	c.Initrd = make([]byte, room-int64(len(c.Kernel)))
	if _, err := Build(c, loader); err != nil {
		t.Error(err)
	}
	c.Initrd = append(c.Initrd, 0)
	if _, err := Build(c, loader); !errors.Is(err, ErrFull) {
		t.Errorf("%v; want ErrFull", err)
	}
	if _, err := Build(Content{Size: 720 << 10}, loader); err == nil {
		t.Error("720 KiB is taken")
	}
}
