package bootsecttest

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ulikunitz/xz"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
	"github.com/bootmend/bootmend/tests/realdata"
)

// start reads the first bytes at an offset of a file of the collection, and
// unpacks no more than that.
func start(t *testing.T, name string, off int64, size int) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join(realdata.Dir(t), filepath.FromSlash(name)))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("SKIP-REALDATA %s: collection of real data not present", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in io.Reader
	if strings.HasSuffix(name, ".xz") {
		in, err = xz.NewReader(f)
	} else if in, err = gzip.NewReader(f); err == nil {
		archive := tar.NewReader(in)
		_, err = archive.Next()
		in = archive
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, in, off); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, size)
	if n, err := io.ReadFull(in, b); err != nil {
		t.Fatalf("%d bytes, %v", n, err)
	}
	return b
}

// verdict is a Code in one line.
func verdict(c bootsect.Code) string {
	s := fmt.Sprintf("%s, %v, starts %s", c.Owner, c.Generation, c.Starts)
	if c.Loads != "" {
		s = fmt.Sprintf("%s, %v, loads %s from %s", c.Owner, c.Generation, c.Loads, c.Reads)
	}
	if c.Pristine {
		s += ", pristine"
	}
	for _, m := range c.Missing {
		s += fmt.Sprintf(", without %v", m)
	}
	return s
}

func TestRealMBRs(t *testing.T) {
	const win7 = "microsoft, Windows 7, starts the active partition, pristine"
	n := 0 // disks
	for name, want := range map[string]string{
		"disks/win-mbr-7-logical-fat16-table.raw.xz": win7,
		"disks/win-ntfs-2K-clusters-index.raw.xz":    win7,
		"disks/win10-gpt-3MiB-ntfs.raw.xz":           win7,
		"disks/win10-ntfs-2MiB-clusters.raw.xz":      win7,
		"disks/win10-ntfs-lastaccess.raw.xz":         win7,
		"disks/win-gpt-msr-data-sparse.tar.gz":       win7,
		"disks/win2003-ntfs-128GB-sparse.tgz":        "microsoft, Windows 2000 to 2003, starts the active partition, pristine",
		"ntfs-parts/mbr-512-p4.bin.xz":               "none, , starts ",
		"disks/gpt-512-3p.raw.xz":                    "none, , starts ",
		"disks/fat64.raw.xz":                         "none, , starts ",
		"disks/ldm-2003r2-simple-1.img.xz":           "microsoft, Windows 2000 to 2003, starts the active partition, pristine",
		"disks/ldm-2008r2-spanned-1.img.xz":          win7,
		"disks/ldm-2008r2-spanned-2.img.xz":          win7,
		"disks/ldm-2003r2-mirrored-2.img.xz":         "microsoft, Windows 2000 to 2003, starts the active partition, pristine",
	} {
		t.Run(name, func(t *testing.T) {
			c, err := bootsect.RecognizeMBR(start(t, name, 0, 512))
			if got := verdict(c); err != nil || got != want {
				t.Errorf("%s (%v), want %s", got, c, want)
			}
			if len(c.Features) == 0 {
				t.Error("a verdict without a reason")
			}
		})
		n++
	}
	t.Logf("%d disks", n)
}

func TestRealVBRs(t *testing.T) {
	const (
		win8  = "microsoft, Windows 8 and later, loads BOOTMGR from ntfs"
		names = ", without the name BOOTMGR at 0x200, without the name NTLDR at 0x25a"
		nt5   = "microsoft, Windows 2000 to 2003, loads NTLDR from ntfs, pristine"
	)
	for _, tt := range []struct {
		name string
		off  int64
		size int
		want string
	}{
		{"ntfs-parts/4k.boot.xz", 0, 512, win8 + names},
		{"ntfs-parts/4kn.boot.xz", 0, 512, win8 + names},
		{"ntfs-parts/512.boot.xz", 0, 512, win8 + names},
		{"ntfs-parts/volume_start_3.bin.xz", 0, 8192, nt5},
		{"ntfs-parts/volume_start_nosc_2003.bin.xz", 0, 8192, nt5},
		{"disks/win2003-ntfs-128GB-sparse.tgz", 63 * 512, 8192, nt5},
		{"disks/win-ntfs-8MiB-volume.raw.xz", 0, 8192, win8 + ", pristine"},
		{"disks/win10-gpt-3MiB-ntfs.raw.xz", 65536, 8192, win8 + ", pristine"},
		{"disks/win10-ntfs-lastaccess.raw.xz", 65536, 8192, win8 + ", pristine"},
		{"disks/win10-ntfs-2MiB-clusters.raw.xz", 65536, 8192, win8 + ", pristine"},
		{"disks/win-gpt-msr-data-sparse.tar.gz", 34603008, 8192, win8 + ", pristine"},
		{"disks/mkntfs-windows-tree.raw.xz", 0, 8192, "microsoft, Windows Vista, loads BOOTMGR from ntfs"},
		{"disks/linux-ntfs3.raw.xz", 0, 8192, "placeholder, , starts "},
		{"ntfs-parts/fat32_bs.bin.xz", 0, 512, "microsoft, Windows 7, loads BOOTMGR from fat32, without the second part of the code at 0x1800"},
		{"disks/fat16.raw.xz", 0, 8192, "placeholder, , starts "},
		{"disks/fat32_small.raw.xz", 0, 8192, "placeholder, , starts "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := bootsect.RecognizeVBR(start(t, tt.name, tt.off, tt.size))
			if got := verdict(c); err != nil || got != tt.want {
				t.Errorf("%s (%v), want %s", got, c, tt.want)
			}
		})
	}
}

// TestRealCopies: Windows' volumes have their copy where it is looked for.
func TestRealCopies(t *testing.T) {
	v := read(t, windowsNTFS(t))
	if v.Kind != fs.NTFS || v.Damage != nil || len(v.Copies) != 1 || !v.Copies[0].Equal || v.NoCopy != nil {
		t.Errorf("%+v %v", v.Copies, v.NoCopy)
	}
	if h := v.Get(bootsect.HiddenSectors); h != 128 || v.Get(bootsect.Heads) != 255 || v.Get(bootsect.SectorsPerTrack) != 63 {
		t.Errorf("hidden %d, heads %d, sectors %d", h, v.Get(bootsect.Heads), v.Get(bootsect.SectorsPerTrack))
	}
}

func TestMadeVolumes(t *testing.T) {
	for name, tt := range map[string]struct {
		volume mem
		kind   fs.Kind
		copies int
	}{
		"mkntfs":       {ntfs(t), fs.NTFS, 1},
		"mkfs.vfat 12": {fatVolume(t, "12"), fs.FAT12, 0},
		"mkfs.vfat 16": {fatVolume(t, "16"), fs.FAT16, 0},
		"mkfs.vfat 32": {fatVolume(t, "32"), fs.FAT32, 1},
	} {
		v := read(t, tt.volume)
		if v.Kind != tt.kind || v.Damage != nil || len(v.Copies) != tt.copies || v.NoCopy != nil {
			t.Errorf("%s: %s, %v, %d copies, %v", name, v.Kind, v.Damage, len(v.Copies), v.NoCopy)
		}
		if v.Code.Owner != bootsect.Placeholder || v.Code.Starts != bootsect.StartsNothing {
			t.Errorf("%s: %v", name, v.Code)
		}
		for _, c := range v.Copies {
			if !c.Equal {
				t.Errorf("%s: the %s differs", name, c.What)
			}
		}
	}
}
