package fat

import (
	"fmt"
	iofs "io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/diskfs/go-diskfs/filesystem/fat12"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// node is a file or directory that was found by path; the root has neither
// info nor file.
type node struct {
	path string // with backslashes
	lib  string // as the library takes it
	info fs.Info
	file *fat12.File
}

func (n *node) isDir() bool { return n.file == nil || n.info.IsDir() }

// find walks a path from the root, one directory after the other, so that each
// is checked before the library reads it.
func (v *Volume) find(path string) (*node, error) {
	n := &node{path: `\`, lib: ".", info: fs.Info{Attributes: fs.AttrDirectory}}
	for _, part := range fs.SplitPath(path) {
		entries, err := v.list(n)
		if err != nil {
			return nil, err
		}
		if n, err = v.child(n, part, entries); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// child finds a name among the entries of dir and opens it.
func (v *Volume) child(dir *node, name string, entries []iofs.DirEntry) (*node, error) {
	path := fs.JoinPath(dir.path, name)
	for _, e := range entries {
		info, short, err := entryInfo(e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if !strings.EqualFold(info.Name, name) && !strings.EqualFold(short, name) {
			continue
		}
		n := &node{path: fs.JoinPath(dir.path, info.Name), info: info, lib: info.Name}
		if dir.lib != "." {
			n.lib = dir.lib + "/" + info.Name
		}
		if err := v.openNode(n); err != nil {
			return nil, err
		}
		return n, nil
	}
	return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
}

// openNode opens the library's file for an entry and adds its attributes.
func (v *Volume) openNode(n *node) error {
	return v.call(func() error {
		f, err := v.lib.OpenFile(n.lib, os.O_RDONLY)
		if err != nil {
			return fmt.Errorf("%s: %v: %w", n.path, err, fs.ErrDamaged)
		}
		file, ok := f.(*fat12.File)
		if !ok {
			return unsupported(n.path, "library file of type %T", f)
		}
		// The library takes the last entry of that name, and the volume label
		// for one: make sure that it is the one that was listed.
		st, err := file.Stat()
		if err != nil {
			return fmt.Errorf("%s: %w", n.path, err)
		}
		if st.IsDir() != n.info.IsDir() || st.Size() != n.info.Size && !st.IsDir() || !st.ModTime().Equal(n.info.Modified) {
			return unsupported(n.path, "several entries (or the volume label) have this name")
		}
		n.file = file
		for _, a := range []struct {
			set bool
			bit fs.Attributes
		}{{file.IsReadOnly(), fs.AttrReadOnly}, {file.IsHidden(), fs.AttrHidden}, {file.IsSystem(), fs.AttrSystem}} {
			if a.set {
				n.info.Attributes |= a.bit
			}
		}
		return nil
	})
}

// list reads the entries of a directory.
func (v *Volume) list(n *node) (entries []iofs.DirEntry, err error) {
	if !n.isDir() {
		return nil, fmt.Errorf("%s: %w", n.path, fs.ErrNotDir)
	}
	if !utf8.ValidString(n.lib) {
		return nil, unsupported(n.path, "name in an unknown code page")
	}
	err = v.call(func() error {
		if n.file != nil {
			chain, err := n.file.GetClusterChain()
			if err != nil {
				return fmt.Errorf("%s: %v: %w", n.path, err, fs.ErrDamaged)
			}
			if size := int64(len(chain)) * v.clusterSize(); size > maxDirectory+v.clusterSize() {
				return damaged(n.path, "directory of %d bytes", size)
			}
		}
		if entries, err = v.lib.ReadDir(n.lib); err != nil {
			return fmt.Errorf("%s: %v: %w", n.path, err, fs.ErrDamaged)
		}
		return nil
	})
	return entries, err
}

// entryInfo describes an entry as far as the library tells, and gives its 8.3
// name. A long name that cannot be one gives way to the short one.
func entryInfo(e iofs.DirEntry) (info fs.Info, short string, err error) {
	i, err := e.Info()
	if err != nil {
		return info, "", err
	}
	info = fs.Info{Name: e.Name(), Size: i.Size(), Modified: i.ModTime()}
	if s, ok := i.(fat12.FileInfo); ok {
		short = s.ShortName()
	}
	if strings.ContainsAny(info.Name, "/\\\x00") || info.Name == "." || info.Name == ".." {
		info.Name = short
	}
	if i.IsDir() {
		info.Size, info.Attributes = 0, fs.AttrDirectory
	}
	return info, short, nil
}

// Stat describes the file or directory at path.
func (v *Volume) Stat(path string) (fs.Info, error) {
	n, err := v.find(path)
	if err != nil {
		return fs.Info{}, err
	}
	return n.info, nil
}

// ReadDir lists a directory in its own order. Of the attributes only that of a
// directory is told.
func (v *Volume) ReadDir(path string) ([]fs.Info, error) {
	n, err := v.find(path)
	if err != nil {
		return nil, err
	}
	entries, err := v.list(n)
	if err != nil {
		return nil, err
	}
	list := make([]fs.Info, 0, len(entries))
	for _, e := range entries {
		info, _, err := entryInfo(e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.path, err)
		}
		list = append(list, info)
	}
	return list, nil
}
