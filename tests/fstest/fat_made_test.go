package fstest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/fs/probe"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// fillFAT fills a volume by mtools.
// fsInfo is where the FSInfo sector lies, -1: none.
func (c *content) fillFAT(tb testing.TB, image string, fsInfo int64, many int) {
	tb.Helper()
	src := tb.TempDir()
	put := func(name string, b []byte) {
		tmp := filepath.Join(src, filepath.Base(name))
		if err := os.WriteFile(tmp, b, 0o666); err != nil {
			tb.Fatal(err)
		}
		tool.Must(tb, "mcopy", "-i", image, tmp, "::"+name)
		os.Remove(tmp)
		c.files[name] = b
	}
	mkdir := func(name string) {
		tool.Must(tb, "mmd", "-i", image, "::"+name)
		c.dirs[name] = true
	}
	for _, d := range []string{"WINDOWS", "WINDOWS/system32", "WINDOWS/system32/config", "A directory with a long name", "many"} {
		mkdir(d)
	}
	put("BOOT.INI", c.bytes(211))
	put("ntldr", c.bytes(250_048))
	put("WINDOWS/system32/config/system", c.bytes(300_001))
	put("empty", nil)
	put("A directory with a long name/Übergröße und 日本.txt", c.bytes(5000))
	put("A directory with a long name/exactly 13ch", c.bytes(1))
	put("A directory with a long name/exactly13char", c.bytes(2))
	put("lower.txt", c.bytes(3))
	put("Mixed.Case", c.bytes(4))
	batch := filepath.Join(src, "batch")
	if err := os.Mkdir(batch, 0o777); err != nil {
		tb.Fatal(err)
	}
	args := []string{"-i", image}
	for i := range many {
		name := fmt.Sprintf("file number %d.bin", i)
		b := c.bytes(i % 700)
		if err := os.WriteFile(filepath.Join(batch, name), b, 0o666); err != nil {
			tb.Fatal(err)
		}
		args = append(args, filepath.Join(batch, name))
		c.files["many/"+name] = b
	}
	tool.Must(tb, "mcopy", append(args, "::many")...)
	// A deleted neighbour leaves a gap, into which the next file goes in two
	// pieces.
	tool.Must(tb, "mdel", "-i", image, "::BOOT.INI", "::many/file number 1*.bin")
	delete(c.files, "BOOT.INI")
	for n := range c.files {
		if strings.HasPrefix(n, "many/file number 1") {
			delete(c.files, n)
		}
	}
	if fsInfo >= 0 {
		forgetNextFree(tb, image, fsInfo)
	}
	put("fragmented", c.bytes(200_000))
}

// forgetNextFree makes mtools search free clusters from the start again.
func forgetNextFree(tb testing.TB, image string, fsInfo int64) {
	tb.Helper()
	dev := volume.OpenFile(tb, image, os.O_RDWR, 512)
	if _, err := dev.WriteAt([]byte{0xff, 0xff, 0xff, 0xff}, fsInfo+0x1ec); err != nil {
		tb.Fatal(err)
	}
}

// TestFATFilledByMtools compares FAT12, FAT16 and FAT32 with what was put in.
func TestFATFilledByMtools(t *testing.T) {
	for _, c := range []struct {
		kind fs.Kind
		size int64
		args []string
		info int64
	}{
		{fs.FAT12, 4 << 20, []string{"-F", "12", "-n", "ESP"}, -1},
		{fs.FAT16, 64 << 20, []string{"-F", "16", "-n", "BOOT"}, -1},
		{fs.FAT32, 300 << 20, []string{"-F", "32", "-n", "SYSTEM"}, 512},
		{fs.FAT32, 300 << 20, []string{"-F", "32", "-S", "4096"}, 4096},
	} {
		t.Run(fmt.Sprint(c.kind, " ", strings.Join(c.args, " ")), func(t *testing.T) {
			image := volume.FAT(t, c.size, c.args...)
			files := newContent(t)
			files.fillFAT(t, image, c.info, 300)
			tool.Must(t, "fsck.vfat", "-n", image)
			v, err := probe.Open(volume.OpenFile(t, image, os.O_RDONLY, 512))
			if err != nil {
				t.Fatal(err)
			}
			if v.Kind() != c.kind {
				t.Errorf("kind %q", v.Kind())
			}
			compareAll(t, v, files)
			extents(t, v, "fragmented", 2)
			for path, want := range map[string]error{`\none`: fs.ErrNotExist, `\WINDOWS`: fs.ErrIsDir, `\ntldr\x`: fs.ErrNotDir, `\..`: fs.ErrNotExist} {
				if _, err := v.Open(path); !errors.Is(err, want) {
					t.Errorf("%s: %v, want %v", path, err, want)
				}
			}
			if i, err := v.Stat(`\adirec~1\exactl~1`); err != nil || i.Size != 1 {
				t.Errorf("by 8.3 names: %+v, %v", i, err)
			}
			state := v.(*fat.Volume).State()
			if state.Dirty || state.HadError {
				t.Errorf("state %+v", state)
			}
		})
	}
}
