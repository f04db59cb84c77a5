package ntfs

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// attrUtility is the type of $LOGGED_UTILITY_STREAM.
const attrUtility attrType = 0x100

// target is a file that is there: its place, and the names that go together
// when it is removed or renamed, a Win32 name and its alias.
type target struct {
	*place
	f    *editFile
	pair []*attr
}

// target opens the file that an entry of a directory names.
func (c *change) target(p *place, e indexEntry) (*target, error) {
	in, err := c.openRef(e.ref())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.path, err)
	}
	if in.rec.no < firstUserEntry {
		return nil, unsupported(p.path, "a file of the file system itself")
	}
	f, err := c.load(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.path, err)
	}
	t := &target{place: p, f: f}
	if err := t.refuse(); err != nil {
		return nil, err
	}
	return t, t.findNames(e.name())
}

// refuse says no to what is not understood.
func (t *target) refuse() error {
	for _, a := range t.f.attrs {
		if a.typ == attrUtility && fs.DecodeName(a.name) == "$TXF_DATA" {
			return unsupported(t.path, "it takes part in a transaction ($TXF_DATA)")
		}
	}
	return nil
}

// findNames collects the name that was found and, for a Win32 name or an
// alias, the other half of the pair.
func (t *target) findNames(found fileName) error {
	dir := t.df.ref().number()
	for _, a := range t.f.attrs {
		if a.typ != attrFileName {
			continue
		}
		fn, err := newFileName(a.value, t.f.what(), 0)
		if err != nil || fn.parent().number() != dir {
			if err != nil {
				return err
			}
			continue
		}
		same := slices.Equal(fn.name(), found.name())
		if same || paired(fn.namespace(), found.namespace()) {
			t.pair = append(t.pair, a)
		}
	}
	if len(t.pair) == 0 {
		return damaged(t.f.what(), 0, "%s: the directory has a name that the file has not", t.path)
	}
	return nil
}

func paired(a, b uint8) bool {
	return a == nameWin32 && b == nameDOS || a == nameDOS && b == nameWin32
}

// otherNames reports whether the file has names that are not of the pair.
func (t *target) otherNames() bool {
	return slices.ContainsFunc(t.f.attrs, func(a *attr) bool {
		return a.typ == attrFileName && !slices.Contains(t.pair, a)
	})
}

// unlink takes the names of the pair away from the directory and the file.
func (t *target) unlink() error {
	for _, a := range t.pair {
		if err := t.t.delete(a.value); err != nil {
			return fmt.Errorf("%s: %w", t.path, err)
		}
		t.f.remove(a)
	}
	t.f.countLinks()
	return nil
}

// Remove deletes a file or an empty directory. A file with further hard links
// only loses this name.
func (v *Volume) Remove(path string) error {
	return v.change(func(c *change) error {
		t, err := c.existing(path)
		if err != nil {
			return err
		}
		if err := t.checkEmpty(); err != nil {
			return err
		}
		if t.otherNames() {
			err = t.dropName()
		} else if err = c.destroy(t.f); err == nil {
			err = t.unlink() // last, so that an index that needs room finds it
		}
		if err != nil {
			return err
		}
		return t.touched()
	})
}

// dropName takes one name of several away.
func (t *target) dropName() error {
	if err := t.unlink(); err != nil {
		return err
	}
	if err := t.f.touch(false); err != nil {
		return err
	}
	return t.f.syncNames()
}

// existing finds the file at a path.
func (c *change) existing(path string) (*target, error) {
	p, err := c.place(path)
	if err != nil {
		return nil, err
	}
	e, err := p.lookup()
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, fmt.Errorf("%s: %w", p.path, fs.ErrNotExist)
	}
	return c.target(p, e)
}

// checkEmpty makes sure that a directory has no entries.
func (t *target) checkEmpty() error {
	if !t.f.isDir() {
		return nil
	}
	in, err := t.f.c.openRef(t.f.ref())
	if err != nil {
		return err
	}
	x, err := in.openIndex(t.path)
	if err != nil {
		return err
	}
	return x.walk(func(indexEntry) error { return fmt.Errorf("%s: %w", t.path, fs.ErrNotEmpty) })
}

// destroy frees the clusters and records of a file without names.
func (c *change) destroy(f *editFile) error {
	if err := c.dropTraces(f); err != nil {
		return err
	}
	for _, a := range f.attrs {
		c.free(a.runs)
	}
	if f.list != nil {
		c.free(f.list.runs)
	}
	c.freeRec = append(append(c.freeRec, f.ext...), f.no)
	delete(c.files, f.no)
	for k := range c.trees {
		if k.no == f.no {
			delete(c.trees, k)
		}
	}
	return nil
}
