package fstest

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/probe"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// TestFATReal compares volumes of other people with what sleuthkit and mtools
// see.
func TestFATReal(t *testing.T) {
	for file, kind := range map[string]fs.Kind{"fat16": fs.FAT16, "fat_lfn_test": fs.FAT32} {
		t.Run(file, func(t *testing.T) {
			tool.Need(t, "fls", "mtype")
			image := realdata.File(t, "disks/"+file+".raw.xz")
			v, err := probe.Open(volume.OpenFile(t, image, os.O_RDONLY, 512))
			if err != nil {
				t.Fatal(err)
			}
			if v.Kind() != kind {
				t.Errorf("kind %q", v.Kind())
			}
			got := map[string]int64{}
			tree(t, v, "", got)
			files := 0
			for _, line := range strings.Split(string(tool.Must(t, "fls", "-r", "-p", image)), "\n") {
				typ, path, ok := strings.Cut(line, ":\t")
				if !ok || strings.Contains(typ, "*") || strings.HasPrefix(path, "$") || strings.HasPrefix(typ, "r/r") && strings.HasSuffix(path, "(Volume Label Entry)") {
					continue
				}
				if path == "long_name_test.txt" {
					// The checksum of this long name does not fit its entry: for
					// mtools and Windows the name is SHORT.TXT. sleuthkit does
					// not compare it.
					path = "SHORT.TXT"
				}
				size, ok := got[path]
				if !ok {
					t.Errorf("only fls lists %q", path)
					continue
				}
				delete(got, path)
				if size < 0 {
					continue
				}
				b, err := readAll(v, path)
				if err != nil {
					t.Error(err)
				}
				if want := tool.Must(t, "mtype", "-i", image, "::"+path); !bytes.Equal(b, want) {
					t.Errorf("%s: mtype reads something else", path)
				}
				files++
			}
			if len(got) > 0 || files == 0 {
				t.Errorf("not listed by fls: %v", got)
			}
			t.Logf("%d files are the same", files)
		})
	}
}

// TestRealLargeSectors: FAT32 with sectors of 2 KiB, few clusters and nothing
// in it.
func TestRealLargeSectors(t *testing.T) {
	image := realdata.File(t, "disks/fat32_small.raw.xz")
	v, err := probe.Open(volume.OpenFile(t, image, os.O_RDONLY, 2048))
	if err != nil {
		t.Fatal(err)
	}
	if list, err := v.ReadDir(`\`); v.Kind() != fs.FAT32 || err != nil {
		t.Errorf("%q, %v, %v", v.Kind(), list, err)
	}
}
