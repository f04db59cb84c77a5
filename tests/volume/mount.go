package volume

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/tool"
)

// Fill is Mount with what lets a test make files of every kind: streams by
// their names as in Windows, and compressed files.
func Fill(tb testing.TB, image string, fill func(dir string)) {
	tb.Helper()
	Mount(tb, image, "streams_interface=windows,compression", fill)
}

// Mount mounts an NTFS volume by ntfs-3g, calls fn with the mount point and
// unmounts it, also when fn ends the test. When it returns, ntfs-3g has written
// everything and closed the image.
func Mount(tb testing.TB, image, options string, fn func(dir string)) {
	tb.Helper()
	tool.Need(tb, "ntfs-3g", "umount")
	if os.Geteuid() != 0 {
		tb.Skip("SKIP-ROOT mounting needs root")
	}
	if _, err := os.Stat("/dev/fuse"); err != nil {
		tb.Skip("SKIP-FUSE no /dev/fuse")
	}
	dir := tb.TempDir()
	tool.Env{tool.UTF8}.Must(tb, "ntfs-3g", "-o", options, image, dir)
	defer func() {
		tb.Helper()
		var err error
		for range 100 { // on a busy machine closing the files takes a while
			if _, err = tool.Run("umount", dir); err == nil {
				waitReleased(tb, image)
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		tb.Error(err)
	}()
	fn(dir)
}

// waitReleased waits until the ntfs-3g process, which outlives umount for a
// moment, has closed the image.
func waitReleased(tb testing.TB, image string) {
	tb.Helper()
	for range 250 {
		if !openElsewhere(image) {
			return
		}
		time.Sleep(20 * time.Millisecond)
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

// Loop attaches an image by losetup with these options, until the test ends.
// The test is skipped where that cannot be done.
func Loop(tb testing.TB, image string, options ...string) string {
	tb.Helper()
	tool.Need(tb, "losetup")
	if os.Geteuid() != 0 {
		tb.Skip("SKIP-ROOT: loop devices need root")
	}
	out, err := tool.Run("losetup", append(append([]string{"--find", "--show"}, options...), image)...)
	if err != nil {
		tb.Skipf("SKIP-ROOT: no loop device to be had: %v", err)
	}
	loop := strings.TrimSpace(string(out))
	tb.Cleanup(func() {
		if _, err := tool.Run("losetup", "--detach", loop); err != nil {
			tb.Error(err)
		}
	})
	if !slices.Contains(options, "--read-only") {
		tool.Must(tb, "blockdev", "--setrw", loop) // a mark of an earlier user stays on the device
	}
	return loop
}
