package fatimage

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/fs"
)

func files() map[string][]byte {
	m := map[string][]byte{}
	for i := range 40 {
		name := fmt.Sprintf("/drivers/folder %d/a long name %02d.inf", i%3, i)
		m[name] = bytes.Repeat([]byte(name), 1+i*30)
	}
	m["/SCSIPORT.SYS"] = bytes.Repeat([]byte("MZ"), 40000)
	m["/empty.txt"] = nil
	return m
}

// TestRead: mtools and fsck.vfat read what is written, and it is reproducible.
func TestRead(t *testing.T) {
	for _, tool := range []string{"mcopy", "fsck.vfat"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIP-TOOL %s: not installed", tool)
		}
	}
	for _, c := range []struct {
		name   string
		size   int64
		kind   fs.Kind
		hidden uint32
	}{{"1440", Floppy1440, fs.FAT12, 0}, {"2880", Floppy2880, fs.FAT12, 0}, {"FAT16", SizeFor(files()), fs.FAT16, 63}, {"FAT32", 64 << 20, fs.FAT32, 2048}} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			name := filepath.Join(dir, "x.img")
			i := Image{Size: c.size, Kind: c.kind, Label: "BOOTMEND", Files: files(), Epoch: time.Unix(1.7e9, 0), Hidden: c.hidden}
			image, err := i.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, image, 0o644); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("fsck.vfat", "-n", "-v", name).CombinedOutput()
			if err != nil || bytes.Contains(out, []byte("Reclaimed")) {
				t.Errorf("fsck.vfat: %v\n%s", err, out)
			}
			tree := filepath.Join(dir, "tree")
			os.Mkdir(tree, 0o755)
			if out, err := exec.Command("mcopy", "-s", "-n", "-i", name, "::/", tree).CombinedOutput(); err != nil {
				t.Fatalf("mcopy: %v\n%s", err, out)
			}
			for path, want := range files() {
				if got, err := os.ReadFile(filepath.Join(tree, path)); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s: %d bytes, %v; want %d", path, len(got), err, len(want))
				}
			}
			if again, err := i.Bytes(); err != nil || !bytes.Equal(image, again) || len(image) != int(c.size) {
				t.Errorf("%d and %d bytes, not the same (%v)", len(image), len(again), err)
			}
		})
	}
}

// TestFull: what does not fit is refused.
func TestFull(t *testing.T) {
	for _, content := range []map[string][]byte{{"/x": make([]byte, Floppy1440)}, {"/a/x": make([]byte, 1<<20), "/b": make([]byte, 500<<10)}} {
		i := Image{Size: Floppy1440, Kind: fs.FAT12, Label: "BOOTMEND", Files: content, Epoch: time.Unix(1.7e9, 0)}
		if b, err := i.Bytes(); !errors.Is(err, fs.ErrNoSpace) {
			t.Errorf("%d bytes, %v; want %v", len(b), err, fs.ErrNoSpace)
		}
	}
}

// TestSizeFor: what it says suffices, from a few bytes to the loaders of two processors.
func TestSizeFor(t *testing.T) {
	for _, n := range []int{1, 100, 4095, 4096, 1 << 20, 3_835_328, 9_000_001} {
		files := map[string][]byte{"/EFI/BOOT/A.EFI": make([]byte, n), "/EFI/BOOT/B.EFI": make([]byte, n/3), "/C.EFI": make([]byte, n/4)}
		i := Image{Size: SizeFor(files), Kind: fs.FAT16, Label: "X", Files: files, Epoch: time.Unix(1e9, 0)}
		if _, err := i.Bytes(); err != nil {
			t.Errorf("%d bytes in an image of %d: %v", n, i.Size, err)
		}
	}
}
