package fat

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// ErrDirty is returned by every change of a volume that was not dismounted in
// order, or on which an error was met: files may share clusters there. It wraps
// fs.ErrUnsupported.
var ErrDirty = fmt.Errorf("the volume is marked as not dismounted in order: let Windows run chkdsk: %w", fs.ErrUnsupported)

// ErrTooLarge is returned for files of 4 GiB and more. It wraps fs.ErrNoSpace.
var ErrTooLarge = fmt.Errorf("FAT files end at 4 GiB - 1: %w", fs.ErrNoSpace)

// Volume is an open FAT volume. What only reads (of the Volume and of its
// Files) may be called concurrently. It must not run together with changes,
// but for the reader that is given to WriteFile: that may read files of the same
// volume.
type Volume struct {
	dev   block.Device
	boot  *BootSector
	state State

	mu         sync.Mutex // of changes, and of what follows
	now        func() time.Time
	allowDirty bool
	free       int64         // number of free clusters, -1: not counted yet
	next       Cluster       // where the next search for one starts
	generation atomic.Uint64 // grows with every change, see File.current
}

var _ fs.Writer = (*Volume)(nil)

// State is what boot sector and FAT say of the last time the volume was used.
type State struct {
	Dirty    bool // not dismounted in order
	HadError bool // a read or write error was met
}

// Open reads the boot sector of the volume dev and the entry of its FAT that
// tells its state. It never writes.
func Open(dev block.Device) (*Volume, error) {
	sector := make([]byte, 512)
	if n, err := dev.ReadAt(sector, 0); n < len(sector) {
		if err == nil || err == io.EOF {
			return nil, damaged("FAT boot sector", "the volume has only %d bytes", n)
		}
		return nil, fmt.Errorf("FAT boot sector: %w", err)
	}
	boot, err := ParseBoot(sector, dev.Size())
	if err != nil {
		return nil, err
	}
	switch {
	case boot.Version != 0:
		return nil, unsupported("FAT boot sector", "FAT32 version %#04x", boot.Version)
	case boot.Kind == fs.FAT32 && !boot.valid(boot.RootCluster):
		return nil, damaged("FAT boot sector", "root directory at cluster %d", boot.RootCluster)
	}
	v := &Volume{dev: dev, boot: boot, free: -1, now: func() time.Time { return time.Time{} }}
	return v, v.readState()
}

// readState combines the flags of Windows NT in the boot sector with those of
// Windows 95 in the second entry of the FAT, for which FAT12 has no room.
func (v *Volume) readState() error {
	v.state = State{v.boot.Dirty, v.boot.HadError}
	e, err := v.begin().get(1)
	if err != nil {
		return err
	}
	switch v.boot.Kind {
	case fs.FAT16:
		v.state.Dirty = v.state.Dirty || e&0x8000 == 0
		v.state.HadError = v.state.HadError || e&0x4000 == 0
	case fs.FAT32:
		v.state.Dirty = v.state.Dirty || e&0x08000000 == 0
		v.state.HadError = v.state.HadError || e&0x04000000 == 0
	}
	return nil
}

// Kind is fs.FAT12, fs.FAT16 or fs.FAT32.
func (v *Volume) Kind() fs.Kind { return v.boot.Kind }

// Boot is the boot sector as it was when the volume was opened.
func (v *Volume) Boot() *BootSector { return v.boot }

// State is what the volume said when it was opened.
func (v *Volume) State() State { return v.state }

// AllowDirty permits changes of a volume whose State is not clean, after the
// caller has checked its structure.
func (v *Volume) AllowDirty(ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.allowDirty = ok
}

// SetClock sets where the times of changed files come from: FAT keeps the
// local time of the machine, that is the year, month ... second of what now
// returns, in its location. Without a clock it is 1980-01-01 00:00:00, the
// first that FAT can tell.
func (v *Volume) SetClock(now func() time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now = now
}

// Free is the number of bytes in free clusters.
func (v *Volume) Free() (int64, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.begin().countFree(); err != nil {
		return 0, err
	}
	return v.free * v.boot.clusterSize(), nil
}

// Stat describes the file or directory at path.
func (v *Volume) Stat(path string) (fs.Info, error) {
	n, err := v.begin().find(path)
	if err != nil {
		return fs.Info{}, err
	}
	return n.info(), nil
}

// ReadDir lists a directory in its own order.
func (v *Volume) ReadDir(path string) ([]fs.Info, error) {
	o := v.begin()
	n, err := o.find(path)
	if err != nil {
		return nil, err
	}
	d, err := o.openDir(n)
	if err != nil {
		return nil, err
	}
	list := []fs.Info{}
	for it := range d.items {
		if info := it.info(); info.Name != "" {
			list = append(list, info)
		}
	}
	return list, nil
}

// node is what a path leads to; the root has no item.
type node struct {
	path   string
	parent *directory
	item   *item
}

func (n *node) isRoot() bool { return n.item == nil }
func (n *node) isDir() bool  { return n.isRoot() || n.item.e.isDir() }

func (n *node) info() fs.Info {
	if n.isRoot() {
		return fs.Info{Attributes: fs.AttrDirectory}
	}
	return n.item.info()
}

// find walks a path from the root.
func (o *op) find(path string) (*node, error) {
	n := &node{path: `\`}
	for _, part := range fs.SplitPath(path) {
		d, err := o.openDir(n)
		if err != nil {
			return nil, err
		}
		it := d.find(part)
		full := fs.JoinPath(n.path, part)
		if it == nil {
			return nil, fmt.Errorf("%s: %w", full, fs.ErrNotExist)
		}
		n = &node{path: full, parent: d, item: it}
	}
	return n, nil
}

// findNew finds the directory for a new entry, and what has its name already;
// nil when nothing has, and then the name is a valid one.
func (o *op) findNew(path string) (d *directory, name string, old *node, err error) {
	parts := fs.SplitPath(path)
	if len(parts) == 0 {
		return nil, "", &node{path: `\`}, nil
	}
	name = parts[len(parts)-1]
	dir, err := o.find(fs.JoinPath(parts[:len(parts)-1]...))
	if err != nil {
		return nil, "", nil, err
	}
	if d, err = o.openDir(dir); err != nil {
		return nil, "", nil, err
	}
	n := &node{path: fs.JoinPath(dir.path, name), parent: d}
	if n.item = d.find(name); n.item != nil {
		return d, name, n, nil
	}
	if err := checkName(name); err != nil {
		return nil, "", nil, fmt.Errorf("%s: %w", n.path, err)
	}
	return d, name, nil, nil
}
