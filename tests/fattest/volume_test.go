package fattest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// dos are the programs that know FAT.
var dos = tool.Env{tool.UTF8, tool.UTC, tool.Mtools}

// geometry is how a volume is formatted.
type geometry struct {
	name string
	size int64
	args []string
}

var geometries = []geometry{
	{"FAT12 1.44M", 1440 << 10, []string{"-F", "12"}},
	{"FAT12 2.88M", 2880 << 10, []string{"-F", "12", "-s", "2"}},
	{"FAT12 4K sectors", 8 << 20, []string{"-F", "12", "-S", "4096"}},
	{"FAT16 512", 12 << 20, []string{"-F", "16", "-s", "1"}},
	{"FAT16 32K", 300 << 20, []string{"-F", "16", "-s", "64"}},
	{"FAT16 2K sectors, one FAT", 64 << 20, []string{"-F", "16", "-S", "2048", "-f", "1"}},
	{"FAT16 4K sectors", 64 << 20, []string{"-F", "16", "-S", "4096"}},
	{"FAT32 512", 40 << 20, []string{"-F", "32", "-s", "1"}},
	{"FAT32 4K", 300 << 20, []string{"-F", "32", "-s", "8"}},
	{"FAT32 32K", 2200 << 20, []string{"-F", "32", "-s", "64"}},
	{"FAT32 4K sectors", 300 << 20, []string{"-F", "32", "-S", "4096"}},
}

// format makes a volume in a sparse file.
func format(tb testing.TB, g geometry) string {
	tb.Helper()
	tool.Need(tb, "mkfs.vfat", "fsck.vfat", "mcopy", "mdir", "mtype")
	return volume.FAT(tb, g.size, append([]string{"-i", "12345678"}, g.args...)...)
}

// clock is what changed files carry.
var clock = time.Date(2009, 7, 13, 22, 46, 58, 0, time.UTC)

// open opens a volume for writing; it is closed when the test ends.
func open(tb testing.TB, path string) *fat.Volume {
	tb.Helper()
	v, err := fat.Open(volume.Open(tb, path))
	if err != nil {
		tb.Fatal(err)
	}
	v.SetClock(func() time.Time { return clock })
	return v
}

// fsck lets fsck.vfat judge the structure: it must find nothing to say.
func fsck(path string) error {
	out, err := dos.Run("fsck.vfat", "-n", path)
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "fsck.fat") || !strings.Contains(lines[1], " files, ") {
		return fmt.Errorf("fsck.vfat has remarks:\n%s", out)
	}
	return nil
}
