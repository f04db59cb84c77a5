package media

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/block"
	"golang.org/x/sys/unix"
)

// Attached are the media of this machine that a person may have put driver
// packages on, or the image itself: CDs, floppies, USB sticks and disks. sys and dev
// are "/sys" and "/dev". A medium is opened when somebody looks into it, so that an
// empty or scratched one costs nothing before.
func Attached(sys, dev string) []source.Tree {
	var all []source.Tree
	for _, path := range Devices(sys, dev) {
		all = append(all, newLazy(path))
	}
	return all
}

// Devices are the drives and sticks of Attached, by their paths below dev, what is
// small and was put in for a purpose first. A drive may be empty. The medium that has the
// rescue image is one of them on whatever bus: hypervisors attach it as a disk.
func Devices(sys, dev string) []string {
	entries, err := os.ReadDir(filepath.Join(sys, "block"))
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if isAttached(sys, e.Name()) || isOwn(dev, e.Name()) {
			names = append(names, e.Name())
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return mediumOrder(a) - mediumOrder(b) })
	for i, name := range names {
		names[i] = filepath.Join(dev, name)
	}
	return names
}

// mediumOrder: what is small, and was put in for this, goes first.
func mediumOrder(name string) int {
	switch {
	case strings.HasPrefix(name, "fd"):
		return 0
	case strings.HasPrefix(name, "sr"):
		return 1
	}
	return 2
}

// isAttached: floppies, CDs, and disks that say to be removable or hang on USB.
func isAttached(sys, name string) bool {
	dir := filepath.Join(sys, "block", name)
	switch {
	case strings.HasPrefix(name, "fd"), strings.HasPrefix(name, "sr"):
		return true
	case !strings.HasPrefix(name, "sd") && !strings.HasPrefix(name, "mmcblk"):
		return false
	case readText(filepath.Join(dir, "size")) == "0":
		return false // a card reader without card
	case readText(filepath.Join(dir, "removable")) == "1":
		return true
	}
	path, err := filepath.EvalSymlinks(dir)
	return err == nil && slices.ContainsFunc(strings.Split(path, "/"), func(part string) bool { return strings.HasPrefix(part, "usb") })
}

// isOwn: a disk that holds the rescue image.
func isOwn(dev, name string) bool {
	if !slices.ContainsFunc([]string{"sd", "vd", "xvd", "nvme", "mmcblk"}, func(kind string) bool { return strings.HasPrefix(name, kind) }) {
		return false
	}
	f, err := os.Open(filepath.Join(dev, name))
	if err != nil {
		return false
	}
	defer f.Close()
	return IsRescue(f)
}

func readText(path string) string {
	b, _ := os.ReadFile(path)
	return strings.TrimSpace(string(b))
}

// lazy is a Tree of a device that is opened by the first who looks into it.
type lazy struct {
	path string
	open func() (source.Tree, error)
}

func newLazy(path string) lazy {
	return lazy{path, sync.OnceValues(func() (source.Tree, error) { return openMedium(path) })}
}

// openMedium opens a device; one without a medium (floppy drives say ENXIO), or with
// nothing that we read, is an empty tree.
func openMedium(path string) (source.Tree, error) {
	dev, err := block.OpenReadOnly(path)
	if errors.Is(err, block.ErrNoMedium) || errors.Is(err, unix.ENXIO) || err == nil && !readable(dev) {
		return source.Folders(path, nil, nil), nil
	}
	if err != nil {
		return nil, err
	}
	t, err := Disk(path, dev)
	if errors.Is(err, ErrUnknown) {
		return source.Folders(path, nil, nil), nil
	}
	return t, err
}

// readable: Linux has a size for floppy drives without a floppy.
func readable(dev block.Device) bool {
	n, _ := dev.ReadAt(make([]byte, 512), 0)
	return n == 512
}

// Name implements source.Tree.
func (l lazy) Name() string { return l.path }

// Open implements source.Tree.
func (l lazy) Open(path string) (source.File, error) {
	t, err := l.open()
	if err != nil {
		return nil, err
	}
	return t.Open(path)
}

// ReadDir implements source.Tree.
func (l lazy) ReadDir(path string) ([]source.Info, error) {
	t, err := l.open()
	if err != nil {
		return nil, err
	}
	return t.ReadDir(path)
}
