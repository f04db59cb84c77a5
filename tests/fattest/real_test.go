package fattest

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// TestRealNames: the long name of this entry has the checksum of another: it
// is SHORT.TXT for Windows and mtools.
func TestRealNames(t *testing.T) {
	tool.Need(t, "mdir", "mtype")
	image := realdata.File(t, "disks/fat_lfn_test.raw.xz")
	v := open(t, image)
	list, err := v.ReadDir(`\`)
	must0(t, err)
	var names []string
	for _, i := range list {
		names = append(names, i.Name)
	}
	if !slices.Contains(names, "SHORT.TXT") || slices.Contains(names, "long_name_test.txt") {
		t.Errorf("%v", names)
	}
	if out := string(dos.Must(t, "mdir", "-b", "-i", image, "::")); !strings.Contains(out, "::/SHORT.TXT") {
		t.Errorf("mdir:\n%s", out)
	}
	if got, want := read(t, v, "short.txt"), dos.Must(t, "mtype", "-i", image, "::SHORT.TXT"); !bytes.Equal(got, want) {
		t.Errorf("%q, mtype reads %q", got, want)
	}
	before, err := os.ReadFile(image)
	must0(t, err)
	must0(t, v.SetAttributes("short.txt", fs.AttrHidden))
	after, err := os.ReadFile(image)
	must0(t, err)
	n := 0
	for i := range before {
		if before[i] != after[i] {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d bytes changed", n)
	}
}

// TestRealVolumes changes volumes of other people.
func TestRealVolumes(t *testing.T) {
	for file, kind := range map[string]fs.Kind{"fat16": fs.FAT16, "fat32_small": fs.FAT32} {
		t.Run(file, func(t *testing.T) {
			tool.Need(t, "fsck.vfat", "fls") // fls does not know sectors of 2 KiB, as fat32_small has them
			image := realdata.File(t, "disks/"+file+".raw.xz")
			v := open(t, image)
			if v.Kind() != kind {
				t.Errorf("kind %q", v.Kind())
			}
			// The root directory of fat16 is full: all its 512 entries.
			err := v.Mkdir("bootmend")
			if kind == fs.FAT16 != errors.Is(err, fs.ErrNoSpace) {
				t.Fatal(err)
			}
			dir := "bootmend"
			if kind == fs.FAT16 {
				dir = `0\bootmend`
				must0(t, v.Mkdir(dir))
			}
			must0(t, v.WriteFile(dir+`\A long name.txt`, strings.NewReader(strings.Repeat("x", 100_000)), 100_000))
			if kind == fs.FAT16 {
				if out := dos.Must(t, "fls", "-r", "-p", "-u", "-F", image); bytes.Count(out, []byte(".txt\n")) != 514 || !bytes.Contains(out, []byte("0/bootmend/A long name.txt\n")) {
					t.Errorf("fls lists %d files, or not ours", bytes.Count(out, []byte(".txt\n")))
				}
			}
			checkSound(t, image)
			dos.Must(t, "fsck.vfat", "-n", image)
			must0(t, v.Remove(dir+`\A long name.txt`))
			must0(t, v.Remove(dir))
			dos.Must(t, "fsck.vfat", "-n", image)
		})
	}
}

// TestRealOther: exFAT, which its file name calls FAT64, is refused.
func TestRealOther(t *testing.T) {
	image := realdata.File(t, "disks/fat64.raw.xz")
	if _, err := fat.Open(volume.Open(t, image)); err == nil {
		t.Error("opened")
	}
}
