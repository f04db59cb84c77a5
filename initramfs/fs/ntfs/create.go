package ntfs

import (
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// place is where a file is or will be: a directory and a name in it.
type place struct {
	dir  *node
	df   *editFile
	t    *tree
	name string
	path string
}

// place resolves the directory of a path. Nothing is created or changed in the
// directories of the file system itself.
func (c *change) place(path string) (*place, error) {
	parts := fs.SplitPath(path)
	if len(parts) == 0 {
		return nil, &rootError{fs.ErrInvalidName}
	}
	p := &place{name: parts[len(parts)-1], path: fs.JoinPath(parts...)}
	in, err := c.openRef(recordRoot)
	if err != nil {
		return nil, err
	}
	p.dir = &node{inode: in, path: `\`}
	for _, part := range parts[:len(parts)-1] {
		if p.dir, err = p.dir.child(part); err != nil {
			return nil, err
		}
		if p.dir.rec.no < firstUserEntry {
			return nil, unsupported(p.dir.path, "a directory of the file system itself")
		}
	}
	if _, err := p.dir.directory(); err != nil {
		return nil, err
	}
	if p.df, err = c.load(p.dir.inode); err != nil {
		return nil, err
	}
	p.t, err = c.directoryTree(p.df)
	return p, err
}

// rootError says that something cannot be done with the root directory.
type rootError struct{ why error }

func (e *rootError) Error() string { return "the root directory: " + e.why.Error() }
func (e *rootError) Unwrap() error { return e.why }

// newPlace is place for what is to be created; exists is the error for the root
// directory, which is there.
func (c *change) newPlace(path string, exists error) (*place, error) {
	p, err := c.place(path)
	if root := (*rootError)(nil); errors.As(err, &root) {
		root.why = exists
	}
	return p, err
}

// lookup finds the entry for the name, by long or short name.
func (p *place) lookup() (indexEntry, error) {
	u := fs.EncodeName(p.name)
	if len(u) > maxName || p.name == "." || p.name == ".." {
		return nil, nil
	}
	e, err := p.t.lookup(u)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.path, err)
	}
	return e, nil
}

// model is what a new file takes from elsewhere.
type model struct {
	sec        security
	attributes uint32
	created    uint64
}

// makeFile makes a file without a name.
func (c *change) makeFile(m model, isDir bool) (*editFile, error) {
	var flags uint16
	if isDir {
		flags = recFlagDirectory
	}
	f, err := c.newFile(flags)
	if err != nil {
		return nil, err
	}
	si := make([]byte, siSizeOld)
	if c.major >= 3 && m.sec.descriptor == nil {
		si = make([]byte, siSizeNew)
		le.PutUint32(si[siSecurity:], m.sec.id)
	}
	for _, at := range []int{siCreated, siModified, siChanged, siAccessed} {
		le.PutUint64(si[at:], c.now)
	}
	if m.created != 0 {
		le.PutUint64(si[siCreated:], m.created)
	}
	le.PutUint32(si[siAttributes:], m.attributes)
	f.add(&attr{typ: attrStandardInformation, value: si})
	if m.sec.descriptor != nil {
		f.add(&attr{typ: attrSecurity, value: m.sec.descriptor})
	}
	if isDir {
		f.add(&attr{typ: attrIndexRoot, name: i30[:], value: c.emptyIndex()})
	}
	return f, nil
}

// emptyIndex is the $INDEX_ROOT of an empty directory.
func (c *change) emptyIndex() []byte {
	b := make([]byte, rootHeader+headerSize+endEntrySize)
	le.PutUint32(b, uint32(attrFileName))
	le.PutUint32(b[4:], 1) // collation of file names
	size := int64(c.boot.IndexSize)
	le.PutUint32(b[8:], uint32(size))
	unit := c.clusterSize
	if unit > size {
		unit = fixupStride
	}
	b[0x0c] = byte(size / unit)
	le.PutUint32(b[rootHeader:], headerSize)
	le.PutUint16(b[rootHeader+headerSize+8:], endEntrySize)
	serialize(b[rootHeader:], []treeEntry{endEntry(noNode)})
	return b
}

// link gives a file names in a directory.
func (p *place) link(f *editFile, names []newName) error {
	si, err := f.standard()
	if err != nil {
		return err
	}
	for _, n := range names {
		fn := keyOf(n.units)
		fn[fnNamespace] = n.namespace
		le.PutUint64(fn[fnParent:], uint64(p.df.ref()))
		f.fillName(fn, si)
		f.add(&attr{typ: attrFileName, value: fn, indexed: 1})
	}
	if err := f.relieve(); err != nil {
		return err
	}
	for _, a := range f.attrs {
		if a.typ != attrFileName || fileName(a.value).parent() != p.df.ref() {
			continue
		}
		for _, n := range names {
			if p.t.c.upcase.collate(n.units, fileName(a.value).name()) == 0 {
				f.fillName(a.value, si)
				if err := p.t.insert(newEntryBody(f.ref(), a.value)); err != nil {
					return fmt.Errorf("%s: %w", p.path, err)
				}
			}
		}
	}
	f.countLinks()
	return p.touched()
}

// touched sets the times of the directory.
func (p *place) touched() error {
	if err := p.df.touch(true); err != nil {
		return err
	}
	return p.df.syncNames()
}

// countLinks sets the link count to the number of names; an alias counts.
func (f *editFile) countLinks() {
	n := 0
	for _, a := range f.attrs {
		if a.typ == attrFileName {
			n++
		}
	}
	f.setLinks(n)
}

// Mkdir creates a directory.
func (v *Volume) Mkdir(path string) error {
	return v.change(func(c *change) error {
		p, err := c.newPlace(path, fs.ErrExist)
		if err != nil {
			return err
		}
		if err := c.outdateQuota(); err != nil {
			return err
		}
		if e, err := p.lookup(); err != nil || e != nil {
			return orExist(p.path, err)
		}
		return c.create(p, true, func(*editFile) error { return nil })
	})
}

func orExist(path string, err error) error {
	if err == nil {
		return fmt.Errorf("%s: %w", path, fs.ErrExist)
	}
	return err
}

// create makes a file in a place where there is none; fill adds its data.
func (c *change) create(p *place, isDir bool, fill func(*editFile) error) error {
	u, err := validName(p.name)
	if err != nil {
		return fmt.Errorf("%s: %w", p.path, err)
	}
	m := model{attributes: uint32(fs.AttrArchive)}
	if isDir {
		m.attributes = 0
	}
	if m.sec, err = c.securityIn(p, u, isDir); err != nil {
		return err
	}
	names, err := c.namesFor(p.dir, p.t, u)
	if err != nil {
		return err
	}
	f, err := c.makeFile(m, isDir)
	if err != nil {
		return err
	}
	if err := fill(f); err != nil {
		return fmt.Errorf("%s: %w", p.path, err)
	}
	return p.link(f, names)
}

// WriteFile creates a file or replaces its content; see fs.Writer. Named
// streams, attributes, security and creation time of an old file are kept.
func (v *Volume) WriteFile(path string, r io.Reader, size int64) error {
	if size < 0 {
		return fmt.Errorf("%s: size %d: %w", path, size, fs.ErrInvalidName)
	}
	return v.change(func(c *change) error {
		p, err := c.newPlace(path, fs.ErrIsDir)
		if err != nil {
			return err
		}
		if err := c.outdateQuota(); err != nil {
			return err
		}
		e, err := p.lookup()
		if err != nil {
			return err
		}
		fill := func(f *editFile) error { return c.fill(f, r, size) }
		if e == nil {
			return c.create(p, false, fill)
		}
		return c.replace(p, e, fill)
	})
}
