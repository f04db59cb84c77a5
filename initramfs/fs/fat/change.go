package fat

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// Mkdir creates a directory of one cluster.
func (v *Volume) Mkdir(path string) error {
	return v.change(func(o *op) error {
		d, name, old, err := o.findNew(path)
		if err != nil {
			return err
		}
		if old != nil {
			return fmt.Errorf("%s: %w", old.path, fs.ErrExist)
		}
		e := make(entry, entrySize)
		e[0x0b] = byte(fs.AttrDirectory)
		e.setCreated(v.now())
		return o.create(d, name, e, 1, func(runs []run) error {
			b := make([]byte, v.boot.clusterSize())
			o.putDots(b, e, d)
			at := v.boot.clusterOffset(runs[0].first)
			if _, err := v.dev.WriteAt(b, at); err != nil {
				return fmt.Errorf("%s: volume at %#x: %w", path, at, err)
			}
			return nil
		})
	})
}

// putDots makes the first two entries of the directory e in d.
func (o *op) putDots(b []byte, e entry, d *directory) {
	self, parent := entry(b[:entrySize]), entry(b[entrySize:2*entrySize])
	copy(self, e)
	copy(parent, e)
	copy(self, ".          ")
	copy(parent, "..         ")
	parent.setCluster(o.v.boot.Kind, o.parentLink(d))
}

// parentLink is what ".." in a directory of d says: 0 for the root directory,
// on FAT32 as well.
func (o *op) parentLink(d *directory) Cluster {
	if d.first == o.v.boot.RootCluster {
		return 0
	}
	return d.first
}

// Remove deletes a file or an empty directory, read-only or not.
func (v *Volume) Remove(path string) error {
	return v.change(func(o *op) error {
		n, err := o.find(path)
		if err != nil {
			return err
		}
		if err := n.notRoot(); err != nil {
			return err
		}
		if n.isDir() {
			d, err := o.openDir(n)
			if err != nil {
				return err
			}
			for it := range d.items {
				return fmt.Errorf("%s: %s is in it: %w", n.path, it.name(), fs.ErrNotEmpty)
			}
		}
		runs, err := o.chainOf(n)
		if err != nil {
			return err
		}
		if err := o.prepareRelease(runs); err != nil {
			return err
		}
		n.parent.remove(n.item)
		if err := o.store(n.parent); err != nil {
			return err
		}
		return o.release(runs)
	})
}

func (n *node) notRoot() error {
	if n.isRoot() {
		return fmt.Errorf("%s is the root directory: %w", n.path, fs.ErrInvalidName)
	}
	return nil
}

// SetAttributes replaces read-only, hidden, system and archive; the other bits
// of attrs are ignored.
func (v *Volume) SetAttributes(path string, attrs fs.Attributes) error {
	return v.change(func(o *op) error {
		n, err := o.find(path)
		if err != nil {
			return err
		}
		if err := n.notRoot(); err != nil {
			return err
		}
		n.parent.change(n.item.slot)
		n.item.e[0x0b] = n.item.e[0x0b]&^byte(changeable) | byte(attrs&changeable)
		return o.store(n.parent)
	})
}

// Rename moves a file or directory. Only the case of its name may change when
// it stays where it is.
func (v *Volume) Rename(from, to string) error {
	return v.change(func(o *op) error {
		n, err := o.find(from)
		if err != nil {
			return err
		}
		if err := n.notRoot(); err != nil {
			return err
		}
		d, name, old, err := o.findNew(to)
		if err != nil {
			return err
		}
		if old != nil {
			if old.isRoot() || !d.same(n.parent) || old.item.slot != n.item.slot {
				return fmt.Errorf("%s: %w", old.path, fs.ErrExist)
			}
			if err := checkName(name); err != nil {
				return fmt.Errorf("%s: %w", old.path, err)
			}
		}
		if d.same(n.parent) {
			d = n.parent
		}
		return o.move(n, d, name)
	})
}

// move gives the item of n a new entry in d.
func (o *op) move(n *node, d *directory, name string) error {
	e := slices.Clone(n.item.e)
	first := e.cluster(o.v.boot.Kind)
	if e.isDir() && slices.Contains(d.above, first) {
		return fmt.Errorf("%s: a directory cannot be moved into itself: %w", n.path, fs.ErrInvalidName)
	}
	var moved *directory
	if e.isDir() && d != n.parent {
		var err error
		if moved, err = o.relink(n, d); err != nil {
			return err
		}
	}
	n.parent.remove(n.item)
	names, err := d.nameFor(name)
	if err != nil {
		return err
	}
	at, err := o.makeRoom(d, longSlots(names.long)+1)
	if err != nil {
		return err
	}
	d.put(at, names, e)
	if moved != nil {
		return o.store(d, moved, n.parent)
	}
	return o.store(d, n.parent)
}

// relink lets ".." of the directory n lead to d.
func (o *op) relink(n *node, d *directory) (*directory, error) {
	moved, err := o.openDir(n)
	if err != nil {
		return nil, err
	}
	if moved.slots() < 2 || string(moved.slot(1)[:11]) != "..         " || !moved.slot(1).isDir() {
		return nil, damaged(n.path, `its second entry is not ".."`)
	}
	moved.change(1).setCluster(o.v.boot.Kind, o.parentLink(d))
	return moved, nil
}
