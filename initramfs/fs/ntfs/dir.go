package ntfs

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// node is a file or directory that was found by path.
type node struct {
	*inode
	name string // as stored: the Win32 name, also when found by the DOS name
	path string
}

// find walks a path from the root.
func (v *Volume) find(path string) (*node, error) {
	in, err := v.openRef(recordRoot)
	if err != nil {
		return nil, fmt.Errorf("root directory: %w", err)
	}
	n := &node{inode: in, path: `\`}
	for _, part := range fs.SplitPath(path) {
		if n, err = n.child(part); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// child finds one name in a directory.
func (n *node) child(name string) (*node, error) {
	path := fs.JoinPath(n.path, name)
	x, err := n.directory()
	if err != nil {
		return nil, err
	}
	u := fs.EncodeName(name)
	// The root directory contains itself as "."; paths do not use it.
	if len(u) > maxName || name == "." || name == ".." {
		return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	}
	e, err := x.lookup(u)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if e == nil {
		return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	}
	in, err := n.v.openRef(e.ref())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	fn := e.name()
	if fn.namespace() == nameDOS {
		if fn, err = in.longName(fn); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	c := &node{inode: in, name: fs.DecodeName(fn.name())}
	c.path = fs.JoinPath(n.path, c.name)
	return c, nil
}

// longName finds the Win32 name that belongs to a DOS alias.
func (n *inode) longName(alias fileName) (fileName, error) {
	long := alias
	err := n.each(attrFileName, func(a attribute) error {
		if a.nonResident() {
			return damaged(n.rec.what(), int64(a.off), "$FILE_NAME is not resident")
		}
		f, err := newFileName(a.value(), n.rec.what(), a.off)
		if err != nil {
			return err
		}
		if f.namespace() == nameWin32 && f.parent() == alias.parent() {
			long = f
			return errStop
		}
		return nil
	})
	if err == errStop {
		err = nil
	}
	return long, err
}

// directory opens the index of a node that must be a plain directory.
func (n *node) directory() (*index, error) {
	if !n.rec.isDir() {
		return nil, fmt.Errorf("%s: %w", n.path, fs.ErrNotDir)
	}
	if err := n.checkReparse(); err != nil {
		return nil, err
	}
	return n.openIndex(n.path)
}

// Stat describes a file from its own record, not from the directory.
func (v *Volume) Stat(path string) (fs.Info, error) {
	n, err := v.find(path)
	if err != nil {
		return fs.Info{}, err
	}
	return n.info()
}

func (n *node) info() (fs.Info, error) {
	info := fs.Info{Name: n.name}
	a, ok, err := n.inode.find(attrStandardInformation, nil)
	if err != nil {
		return info, fmt.Errorf("%s: %w", n.path, err)
	}
	if !ok || a.nonResident() || len(a.value()) < 0x30 {
		return info, fmt.Errorf("%s: %w", n.path, damaged(n.rec.what(), 0, "no $STANDARD_INFORMATION of 48 bytes"))
	}
	info.Modified = filetime(le.Uint64(a.value()[8:]))
	info.Attributes = attributes(le.Uint32(a.value()[0x20:]))
	if n.rec.isDir() {
		info.Attributes |= fs.AttrDirectory
		return info, nil
	}
	if a, ok, err = n.inode.find(attrData, nil); err != nil || !ok {
		return info, err
	}
	s, err := n.v.newStream(n.path, a)
	if err != nil {
		return info, err
	}
	info.Size = s.size
	return info, nil
}

// ReadDir lists a directory in index order. Sizes, times and attributes are
// the directory's copy, which may be older than what Stat tells for a file
// with several hard links.
func (v *Volume) ReadDir(path string) ([]fs.Info, error) {
	n, err := v.find(path)
	if err != nil {
		return nil, err
	}
	x, err := n.directory()
	if err != nil {
		return nil, err
	}
	var list []fs.Info
	err = x.walk(func(e indexEntry) error {
		f := e.name()
		if f.namespace() == nameDOS || n.rec.no == recordRoot && e.ref().number() < firstUserEntry {
			return nil
		}
		list = append(list, f.info())
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.path, err)
	}
	return list, nil
}
