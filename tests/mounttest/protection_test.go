package mounttest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/protection"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// TestKernelProtects: on a block device of this kernel a protected disk takes no byte,
// neither by itself nor by its partition; a repair that opens it lifts that, and only
// for as long.
func TestKernelProtects(t *testing.T) {
	tool.Need(t, "sfdisk", "blockdev")
	image := filepath.Join(t.TempDir(), "disk.raw")
	if err := os.WriteFile(image, make([]byte, 8<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	tool.Must(t, "sh", "-c", "echo start=2048,type=7 | sfdisk -q "+image)
	loop := volume.Loop(t, image, "--partscan")
	before := hash(t, image)
	k := protection.Keeper{Sys: "/sys", Dev: t.TempDir(), State: t.TempDir()}
	devices := nodes(t, k.Dev, filepath.Base(loop))
	loop = devices[0]
	// The kernel keeps the mark when the image is detached.
	t.Cleanup(func() {
		for _, dev := range devices {
			tool.Run("blockdev", "--setrw", dev)
		}
	})

	// Without us on the list: somebody else's protection stays.
	tool.Must(t, "blockdev", "--setro", loop)
	if d, err := k.Open(loop); !errors.Is(err, block.ErrReadOnly) {
		t.Errorf("a disk that its owner protected was opened: %v, %v", d, err)
	}
	tool.Must(t, "blockdev", "--setrw", loop)

	if err := k.Protect(filepath.Base(loop)); err != nil {
		t.Fatal(err)
	}
	protected := func(want string) {
		t.Helper()
		for _, dev := range devices {
			if got := strings.TrimSpace(string(tool.Must(t, "blockdev", "--getro", dev))); got != want {
				t.Errorf("blockdev --getro %s = %s; want %s", dev, got, want)
			}
		}
	}
	protected("1")
	for _, dev := range devices {
		if out, err := tool.Run("dd", "if=/dev/urandom", "of="+dev, "bs=512", "count=1", "conv=fsync"); err == nil {
			t.Errorf("dd wrote to %s: %s", dev, out)
		}
	}
	if hash(t, image) != before {
		t.Fatal("a protected disk was written to")
	}

	d, err := k.Open(loop)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(string(tool.Must(t, "blockdev", "--getro", loop))); got != "0" {
		t.Errorf("while it is open, --getro = %s", got)
	}
	if err := k.Again(); err != nil { // it is in use: left alone
		t.Error(err)
	}
	_, err = d.WriteAt([]byte("written by a repair"), 4<<20)
	if err = errors.Join(err, d.Flush(), d.Close()); err != nil {
		t.Error(err)
	}
	protected("1")
	if text, err := os.ReadFile(image); err != nil || string(text[4<<20:4<<20+19]) != "written by a repair" {
		t.Errorf("not on the disk: %v", err)
	}
	// Who is killed leaves it writable; process 1 looks after that.
	tool.Must(t, "blockdev", "--setrw", loop)
	if err := k.Again(); err != nil {
		t.Error(err)
	}
	protected("1")
	t.Logf("%d devices", len(devices))
}

// nodes makes device nodes of a disk and its partition in a directory: not every
// system that tests run on makes those of partitions by itself.
func nodes(t *testing.T, dir, disk string) []string {
	t.Helper()
	var all []string
	for _, name := range []string{disk, disk + "/" + disk + "p1"} {
		number, err := os.ReadFile(filepath.Join("/sys/block", name, "dev"))
		if err != nil {
			t.Logf("the kernel has no partitions on loop devices: %v", err)
			break
		}
		major, minor, _ := strings.Cut(strings.TrimSpace(string(number)), ":")
		path := filepath.Join(dir, filepath.Base(name))
		tool.Must(t, "mknod", path, "b", major, minor)
		all = append(all, path)
	}
	return all
}
