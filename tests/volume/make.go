package volume

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bootmend/bootmend/tests/tool"
)

// Empty makes a sparse file of zeros.
func Empty(tb testing.TB, size int64) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "volume.img")
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		tb.Fatal(err)
	}
	return path
}

// NTFS makes a volume by mkntfs, with clusters and sectors of that many bytes
// and the boot sector of a partition at sector 2048 as Windows writes it. more
// are further options.
func NTFS(tb testing.TB, size int64, cluster, sector int, more ...string) string {
	tb.Helper()
	tool.Need(tb, "mkntfs")
	path := Empty(tb, size)
	args := append([]string{"-F", "-Q", "-q", "-c", fmt.Sprint(cluster), "-s", fmt.Sprint(sector), "-p", "2048", "-H", "255", "-S", "63"}, more...)
	tool.Must(tb, "mkntfs", append(args, path)...)
	return path
}

// FAT makes a volume by mkfs.vfat with these options.
func FAT(tb testing.TB, size int64, args ...string) string {
	tb.Helper()
	tool.Need(tb, "mkfs.vfat")
	path := Empty(tb, size)
	tool.Must(tb, "mkfs.vfat", append(args[:len(args):len(args)], path)...)
	return path
}

// SetAttributes sets the DOS attributes of a file on a mounted NTFS volume.
func SetAttributes(tb testing.TB, path string, attr uint32) {
	tb.Helper()
	if err := unix.Setxattr(path, "system.ntfs_attrib_be", binary.BigEndian.AppendUint32(nil, attr), 0); err != nil {
		tb.Fatalf("%s: attributes %#x: %v", path, attr, err)
	}
}
