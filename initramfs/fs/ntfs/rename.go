package ntfs

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// Rename moves a file or directory on the volume. A new spelling of the same
// name in the same directory is allowed.
func (v *Volume) Rename(from, to string) error {
	return v.change(func(c *change) error {
		t, err := c.existing(from)
		if err != nil {
			return err
		}
		p, err := c.newPlace(to, fs.ErrExist)
		if err != nil {
			return err
		}
		u, err := validName(p.name)
		if err != nil {
			return fmt.Errorf("%s: %w", p.path, err)
		}
		if err := c.checkRename(t, p); err != nil {
			return err
		}
		makes, err := c.makesAliases(p.dir)
		if err != nil {
			return err
		}
		if err := t.unlink(); err != nil {
			return err
		}
		names := []newName{{u, nameWinDOS}}
		if !fits83(u) {
			names[0].namespace = nameWin32
			if makes && !t.f.hasAlias() {
				alias, err := aliasFor(p.t, u)
				if err != nil {
					return err
				}
				names = append(names, newName{alias, nameDOS})
			}
		} else if t.f.hasAlias() {
			names[0].namespace = namePOSIX
		}
		return t.moveTo(p, names)
	})
}

// hasAlias reports whether the file has a DOS name; it may have only one.
func (f *editFile) hasAlias() bool {
	for _, a := range f.attrs {
		if a.typ == attrFileName && len(a.value) >= fnName && fileName(a.value).namespace() >= nameDOS {
			return true
		}
	}
	return false
}

// checkRename makes sure that the new name is free and that no directory is
// moved into itself.
func (c *change) checkRename(t *target, p *place) error {
	e, err := p.lookup()
	if err != nil {
		return err
	}
	if e != nil && (e.ref().number() != t.f.no || !t.ownName(p, e.name())) {
		return fmt.Errorf("%s: %w", p.path, fs.ErrExist)
	}
	if !t.f.isDir() {
		return nil
	}
	parts := fs.SplitPath(p.dir.path)
	for i := range parts {
		n, err := c.find(fs.JoinPath(parts[:i+1]...))
		if err != nil {
			return err
		}
		if n.rec.no == t.f.no {
			return fmt.Errorf("%s: inside of %s: %w", p.path, t.path, fs.ErrInvalidName)
		}
	}
	return nil
}

// ownName reports whether a name is one that the renaming takes away.
func (t *target) ownName(p *place, found fileName) bool {
	for _, a := range t.pair {
		fn := fileName(a.value)
		if fn.parent().number() == p.df.no && t.f.c.upcase.collate(fn.name(), found.name()) == 0 {
			return true
		}
	}
	return false
}

// moveTo links a file without names in another place.
func (t *target) moveTo(p *place, names []newName) error {
	if err := t.f.touch(false); err != nil {
		return err
	}
	if err := p.link(t.f, names); err != nil {
		return err
	}
	if t.df != p.df {
		if err := t.touched(); err != nil {
			return err
		}
	}
	return t.f.syncNames()
}

// SetAttributes replaces read-only, hidden, system and archive.
func (v *Volume) SetAttributes(path string, attrs fs.Attributes) error {
	const mask = uint32(fs.AttrReadOnly | fs.AttrHidden | fs.AttrSystem | fs.AttrArchive)
	const normal = 0x80 // stands for "none of the others"
	return v.change(func(c *change) error {
		t, err := c.existing(path)
		if err != nil {
			return err
		}
		si, err := t.f.standard()
		if err != nil {
			return err
		}
		old := le.Uint32(si[siAttributes:])
		le.PutUint32(si[siAttributes:], old&^(mask|normal)|uint32(attrs)&mask)
		if err := t.f.touch(false); err != nil {
			return err
		}
		return t.f.syncNames()
	})
}
