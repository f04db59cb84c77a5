package fstest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// need skips the test when a tool is missing, and says so.
func need(tb testing.TB, tools ...string) {
	tb.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			tb.Skipf("SKIP-TOOL %s: not installed", tool)
		}
	}
}

// tool runs a foreign program and returns its standard output.
func tool(name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(errs.Bytes()))
	}
	return out.Bytes(), nil
}

// must is tool for what cannot fail.
func must(tb testing.TB, name string, args ...string) []byte {
	tb.Helper()
	out, err := tool(name, args...)
	if err != nil {
		tb.Fatalf("%v\n%s", err, out)
	}
	return out
}

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
	need(tb, "mkntfs")
	path := filepath.Join(tb.TempDir(), "ntfs.img")
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(g.size); err != nil {
		tb.Fatal(err)
	}
	must(tb, "mkntfs", "-F", "-Q", "-q", "-c", fmt.Sprint(g.cluster), "-s", fmt.Sprint(g.sector),
		"-p", "2048", "-H", "255", "-S", "63", "-L", "Prüfung", path)
	return path
}

// withNTFS3G mounts the volume, calls fill with the mount point and unmounts
// it, also when fill ends the test.
func withNTFS3G(tb testing.TB, image string, fill func(dir string)) {
	tb.Helper()
	need(tb, "ntfs-3g", "umount")
	if os.Geteuid() != 0 {
		tb.Skip("SKIP-ROOT mounting needs root")
	}
	if _, err := os.Stat("/dev/fuse"); err != nil {
		tb.Skip("SKIP-FUSE no /dev/fuse")
	}
	dir := tb.TempDir()
	must(tb, "ntfs-3g", "-o", "streams_interface=windows,compression", image, dir)
	mounted := true
	unmount := func() {
		if !mounted {
			return
		}
		mounted = false
		var err error
		for range 20 {
			if _, err = tool("umount", dir); err == nil {
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
