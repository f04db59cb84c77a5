package ntfs

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// replace gives an existing file new content. A file with further hard links
// keeps its content under those; this name then leads to a new file.
func (c *change) replace(p *place, e indexEntry, fill func(*editFile) error) error {
	t, err := c.target(p, e)
	if err != nil {
		return err
	}
	if t.f.isDir() {
		return fmt.Errorf("%s: %w", t.path, fs.ErrIsDir)
	}
	if err := t.checkReplace(); err != nil {
		return err
	}
	if t.otherNames() {
		return c.replaceLink(t, fill)
	}
	if err := fill(t.f); err != nil {
		return fmt.Errorf("%s: %w", t.path, err)
	}
	si, err := t.f.standard()
	if err != nil {
		return err
	}
	le.PutUint32(si[siAttributes:], plainAttributes(si))
	if err := t.f.touch(true); err != nil {
		return err
	}
	return t.f.syncNames()
}

// checkReplace refuses encrypted files and those with a reparse point.
func (t *target) checkReplace() error {
	if a := t.f.find(attrData, nil); a != nil && a.flags&attrFlagEncrypted != 0 {
		return unsupported(t.path, "encrypted (EFS)")
	}
	if t.f.find(attrReparsePoint, nil) != nil {
		return unsupported(t.path, "a reparse point")
	}
	return nil
}

// plainAttributes are the attributes of a file whose data is plain from now
// on.
func plainAttributes(si []byte) uint32 {
	const how = uint32(fs.AttrSparse | fs.AttrCompressed | fs.AttrReparse)
	return le.Uint32(si[siAttributes:]) &^ how
}

// replaceLink makes a new file and lets the names of the pair lead to it.
func (c *change) replaceLink(t *target, fill func(*editFile) error) error {
	si, err := t.f.standard()
	if err != nil {
		return err
	}
	m := model{attributes: plainAttributes(si), created: le.Uint64(si[siCreated:])}
	if m.sec, err = c.securityOf(t.f); err != nil {
		return err
	}
	for _, a := range t.f.attrs {
		if a.typ == attrData && len(a.name) > 0 {
			return unsupported(t.path, "a hard link of a file with named streams")
		}
	}
	var names []newName
	for _, a := range t.pair {
		names = append(names, newName{fileName(a.value).name(), fileName(a.value).namespace()})
	}
	if err := t.unlink(); err != nil {
		return err
	}
	if err := t.f.touch(false); err != nil {
		return err
	}
	if err := t.f.syncNames(); err != nil {
		return err
	}
	f, err := c.makeFile(m, false)
	if err != nil {
		return err
	}
	if err := fill(f); err != nil {
		return fmt.Errorf("%s: %w", t.path, err)
	}
	return t.link(f, names)
}
