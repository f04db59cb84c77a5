package fstest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/tool"
)

// geometry is how a volume is formatted.
type geometry struct {
	size            int64
	cluster, sector int
}

func (g geometry) String() string {
	return fmt.Sprintf("%dMiB_c%d_s%d", g.size>>20, g.cluster, g.sector)
}

// mkntfs makes a volume in a sparse file.
func mkntfs(tb testing.TB, g geometry) string {
	tb.Helper()
	tool.Need(tb, "mkntfs")
	path := filepath.Join(tb.TempDir(), "ntfs.img")
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(g.size); err != nil {
		tb.Fatal(err)
	}
	tool.Must(tb, "mkntfs", "-F", "-Q", "-q", "-c", fmt.Sprint(g.cluster), "-s", fmt.Sprint(g.sector),
		"-p", "2048", "-H", "255", "-S", "63", "-L", "Prüfung", path)
	return path
}

// withNTFS3G mounts the volume, calls fill with the mount point and unmounts
// it, also when fill ends the test.
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
	mounted := true
	unmount := func() {
		if !mounted {
			return
		}
		mounted = false
		var err error
		for range 20 {
			if _, err = tool.Run("umount", dir); err == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		tb.Errorf("unmount: %v", err)
	}
	defer unmount()
	fill(dir)
	unmount()
	waitReleased(tb, image)
}

// waitReleased waits until the ntfs-3g process, which outlives umount for a
// moment, has closed the image.
func waitReleased(tb testing.TB, image string) {
	tb.Helper()
	for range 100 {
		if !openElsewhere(image) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	tb.Errorf("%s is still open", image)
}

// openElsewhere looks through /proc for another process that has the file
// open.
func openElsewhere(path string) bool {
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	self := fmt.Sprintf("/proc/%d/", os.Getpid())
	for _, l := range links {
		if strings.HasPrefix(l, self) {
			continue
		}
		if to, err := os.Readlink(l); err == nil && to == path {
			return true
		}
	}
	return false
}
