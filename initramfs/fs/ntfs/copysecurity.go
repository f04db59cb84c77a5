package ntfs

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
)

var _ fs.SecurityCopier = (*Volume)(nil)

// CopySecurity gives to the entry of $Secure that from has, or a copy of its
// own descriptor; see fs.SecurityCopier. Entries of $Secure have no count of
// their users.
func (v *Volume) CopySecurity(from, to string) error {
	return v.change(func(c *change) error {
		model, err := c.find(from)
		if err != nil {
			return err
		}
		mf, err := c.load(model.inode)
		if err != nil {
			return fmt.Errorf("%s: %w", model.path, err)
		}
		s, err := c.securityOf(mf)
		if err != nil {
			return fmt.Errorf("%s: %w", model.path, err)
		}
		if s.none() || c.major < 3 && s.descriptor == nil {
			return unsupported(model.path, "it has no security that could be copied")
		}
		t, err := c.existing(to)
		if err != nil {
			return err
		}
		if t.otherNames() {
			return unsupported(t.path, "changing the security of a file with further hard links, which share it")
		}
		if err := t.f.secure(s); err != nil {
			return err
		}
		if err := t.f.touch(false); err != nil {
			return err
		}
		return t.f.syncNames()
	})
}

// secure gives a file its security. A descriptor of its own counts only where
// the number of an entry of $Secure is 0 or there is no room for one.
func (f *editFile) secure(s security) error {
	if _, err := f.standard(); err != nil {
		return err
	}
	si := f.find(attrStandardInformation, nil)
	if s.descriptor == nil && len(si.value) < siSizeNew {
		si.value = append(si.value[:siSizeOld:siSizeOld], make([]byte, siSizeNew-siSizeOld)...)
	}
	if len(si.value) >= siSizeNew {
		le.PutUint32(si.value[siSecurity:], s.id)
	}
	old := f.find(attrSecurity, nil)
	switch {
	case s.descriptor == nil && old != nil:
		f.remove(old)
	case s.descriptor != nil && old != nil:
		f.c.replaceValue(f, old, s.descriptor)
	case s.descriptor != nil:
		f.add(&attr{typ: attrSecurity, value: s.descriptor})
	}
	return nil
}

// replaceValue gives an attribute a new value; it is resident then, unless
// saving the file finds no room for it.
func (c *change) replaceValue(f *editFile, a *attr, b []byte) {
	c.free(a.runs)
	*a = attr{typ: a.typ, name: a.name, value: b}
	f.changed(a)
}
