package readtest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/tests/tool"
)

// mkntfs makes a volume of size bytes in a sparse file.
func mkntfs(tb testing.TB, size int64, cluster int) string {
	tb.Helper()
	tool.Need(tb, "mkntfs")
	path := filepath.Join(tb.TempDir(), "ntfs.img")
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		tb.Fatal(err)
	}
	if err := os.Truncate(path, size); err != nil {
		tb.Fatal(err)
	}
	tool.Must(tb, "mkntfs", "-F", "-Q", "-q", "-c", fmt.Sprint(cluster), "-s", "512", "-p", "2048", "-H", "255", "-S", "63", path)
	return path
}

// withNTFS3G mounts the volume while fill runs.
func withNTFS3G(tb testing.TB, image string, fill func(dir string)) {
	tb.Helper()
	tool.Need(tb, "ntfs-3g", "umount")
	if os.Geteuid() != 0 {
		tb.Skip("SKIP-ROOT mounting needs root")
	}
	if _, err := os.Stat("/dev/fuse"); err != nil {
		tb.Skip("SKIP-FUSE no /dev/fuse")
	}
	dir := tb.TempDir()
	tool.Must(tb, "ntfs-3g", "-o", "streams_interface=windows,compression", image, dir)
	defer func() {
		for range 20 {
			if _, err := tool.Run("umount", dir); err == nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		for n := 0; openElsewhere(image); n++ {
			if n == 100 {
				tb.Fatalf("%s stays open", image)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	fill(dir)
}

// openElsewhere: the ntfs-3g process outlives umount for a moment.
func openElsewhere(path string) bool {
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	self := fmt.Sprintf("/proc/%d/", os.Getpid())
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && to == path && !strings.HasPrefix(l, self) {
			return true
		}
	}
	return false
}

func setAttributes(tb testing.TB, path string, attr uint32) {
	tb.Helper()
	if err := unix.Setxattr(path, "system.ntfs_attrib_be", binary.BigEndian.AppendUint32(nil, attr), 0); err != nil {
		tb.Fatalf("%s: attributes %#x: %v", path, attr, err)
	}
}

// imageDevice is an image file as a Device.
type imageDevice struct {
	*os.File
	size int64
}

func (d *imageDevice) Size() int64     { return d.size }
func (d *imageDevice) SectorSize() int { return 512 }
func (d *imageDevice) Flush() error    { return nil }

var _ block.Device = (*imageDevice)(nil)

// openDevice opens an image for reading and writing.
func openDevice(tb testing.TB, path string) *imageDevice {
	tb.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	st, err := f.Stat()
	if err != nil {
		tb.Fatal(err)
	}
	return &imageDevice{f, st.Size()}
}

func openVolume(tb testing.TB, path string) *ntfs.Volume {
	tb.Helper()
	v, err := ntfs.Open(openDevice(tb, path))
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// campaign: "make campaign" wants the big figures.
func campaign() bool { return os.Getenv("BOOTMEND_CAMPAIGN") != "" }

const seed = 20240811

func random(tb testing.TB) *rand.Rand {
	tb.Helper()
	tb.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// content makes n bytes with parts that compress well, badly and not at all:
// words, runs, zeros, noise and x86-like calls.
func content(r *rand.Rand, n int) []byte {
	var words [64][]byte
	for i := range words {
		words[i] = make([]byte, 2+r.IntN(9))
		for j := range words[i] {
			words[i][j] = byte('a' + r.IntN(26))
		}
	}
	b := make([]byte, 0, n+1<<17)
	for len(b) < n {
		switch part := 1 + r.IntN(1<<(4+r.IntN(13))); r.IntN(5) {
		case 0:
			b = append(b, make([]byte, part)...)
		case 1:
			b = append(b, bytes.Repeat([]byte{byte(r.Uint32())}, part)...)
		case 2:
			for range part {
				b = append(b, byte(r.Uint32()))
			}
		case 3:
			for range part / 8 {
				b = append(b, 0xe8)
				b = binary.LittleEndian.AppendUint32(b, uint32(r.IntN(40_000)-20_000))
				b = append(b, words[r.IntN(64)]...)
			}
		default:
			for range part / 4 {
				b = append(append(b, words[r.IntN(1+r.IntN(64))]...), ' ')
			}
		}
	}
	return b[:n]
}
