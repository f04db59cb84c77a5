package floppyboot

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// setLoaders stand for the real ones where nothing is started.
func setLoaders() Loaders {
	return Loaders{First: make([]byte, ownLoader*sector), Second: make([]byte, sector)}
}

// TestSet: fsck finds nothing on either floppy, and the parts that mtools reads are the
// initramfs; another set has another mark.
func TestSet(t *testing.T) {
	for _, tool := range []string{"as", "ld", "fsck.vfat", "mcopy"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIP-TOOL: %s is not installed", tool)
		}
	}
	dir := t.TempDir()
	var l Loaders
	var err error
	if l.First, err = Assemble(dir); err != nil {
		t.Fatal(err)
	}
	if l.Second, err = AssembleSecond(dir); err != nil {
		t.Fatal(err)
	}
	c := Content{Size: Size1440, Label: "BOOTMEND", Kernel: noise(1_000_001), Initrd: noise(1_700_123), Epoch: time.Unix(1700000000, 0), More: map[string][]byte{"LIST.TXT": noise(5000)}}
	one, two, err := BuildSet(c, l)
	if err != nil {
		t.Fatal(err)
	}
	read := func(image []byte, name string) []byte {
		path := filepath.Join(dir, "floppy.img")
		if err := os.WriteFile(path, image, 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("fsck.vfat", "-n", path).CombinedOutput(); err != nil {
			t.Errorf("fsck.vfat: %v: %s", err, out)
		}
		got, err := exec.Command("mcopy", "-i", path, "::/"+name, "-").Output()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return got
	}
	if !bytes.Equal(read(one, KernelFile), c.Kernel) {
		t.Error("the kernel is another")
	}
	if !bytes.Equal(append(read(one, FirstPart), read(two, SecondPart)...), c.Initrd) {
		t.Error("the parts of the initramfs are another")
	}
	if !bytes.Equal(read(two, "LIST.TXT"), c.More["LIST.TXT"]) {
		t.Error("the other file is another")
	}
	mark := two[markAt : markAt+markSize]
	if !bytes.Equal(mark, one[paramsAt+24:paramsAt+24+markSize]) || bytes.Equal(mark, make([]byte, markSize)) {
		t.Errorf("mark %x is not the one that the loader looks for", mark)
	}
	c.Initrd = noise(1_700_124)
	if _, other, err := BuildSet(c, l); err != nil || bytes.Equal(other[markAt:markAt+markSize], mark) {
		t.Errorf("another set has the same mark, %v", err)
	}
}

// TestSetFull: a set that is just full, one byte more, and too little for two.
func TestSetFull(t *testing.T) {
	const kernel = 1000 << 10
	c := Content{Size: Size1440, Kernel: make([]byte, kernel), Initrd: make([]byte, RoomOfSet(Size1440)-kernel)}
	c.Epoch = time.Unix(1700000000, 0)
	if _, _, err := BuildSet(c, setLoaders()); err != nil {
		t.Error(err)
	}
	c.More = map[string][]byte{"LIST.TXT": {1}}
	if _, _, err := BuildSet(c, setLoaders()); !errors.Is(err, ErrFull) {
		t.Errorf("another file: %v; want ErrFull", err)
	}
	c.More = nil
	c.Initrd = append(c.Initrd, 0)
	if _, _, err := BuildSet(c, setLoaders()); !errors.Is(err, ErrFull) {
		t.Errorf("a byte more: %v; want ErrFull", err)
	}
	c.Kernel = make([]byte, Size1440)
	if _, _, err := BuildSet(c, setLoaders()); !errors.Is(err, ErrFull) {
		t.Errorf("kernel larger than a floppy: %v; want ErrFull", err)
	}
	c.Kernel, c.Initrd = make([]byte, kernel), make([]byte, 1000)
	if _, _, err := BuildSet(c, setLoaders()); err == nil {
		t.Error("an initramfs that the first floppy has room for is taken")
	}
}
