package ntfs

import (
	"fmt"
	"io"

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
	if err := c.dropWof(t.f); err != nil {
		return fmt.Errorf("%s: %w", t.path, err)
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

// wofStream is where the system keeps what it compressed (CompactOS); wofTag
// marks such a file.
const (
	wofStream = "WofCompressedData"
	wofTag    = 0x80000017
)

// checkReplace refuses encrypted files and reparse points of other kinds than
// that of files compressed by the system.
func (t *target) checkReplace() error {
	if a := t.f.find(attrData, nil); a != nil && a.flags&attrFlagEncrypted != 0 {
		return unsupported(t.path, "encrypted (EFS)")
	}
	a := t.f.find(attrReparsePoint, nil)
	if a == nil {
		return nil
	}
	b, err := t.f.c.valueOf(a, maxSecurity)
	if err != nil {
		return err
	}
	if len(b) < 4 || le.Uint32(b) != wofTag {
		return unsupported(t.path, "a reparse point")
	}
	return nil
}

// dropWof makes a file plain that the system compressed; its content is gone
// with this.
func (c *change) dropWof(f *editFile) error {
	a := f.find(attrReparsePoint, nil)
	if a == nil {
		return nil
	}
	if err := c.dropReparse(f); err != nil {
		return err
	}
	f.remove(a)
	if s := f.find(attrData, fs.EncodeName(wofStream)); s != nil {
		f.remove(s)
	}
	for _, n := range f.attrs {
		if n.typ == attrFileName && len(n.value) >= fnName {
			clear(n.value[fnReparse : fnReparse+4])
			f.changed(n)
		}
	}
	return nil
}

// copyStreams gives a new file the named streams of an old one.
func (c *change) copyStreams(to, from *editFile) error {
	for _, a := range from.attrs {
		if a.typ != attrData || len(a.name) == 0 || fs.DecodeName(a.name) == wofStream {
			continue
		}
		s := &attr{typ: attrData, name: a.name, value: append([]byte(nil), a.value...)}
		if a.nonRes {
			if a.flags != 0 {
				return unsupported(from.what(), "copying a compressed, sparse or encrypted stream "+fs.DecodeName(a.name))
			}
			runs, err := c.allocate(c.cover(a.size), 0, 0)
			if err != nil {
				return err
			}
			s.nonRes, s.runs, s.size, s.init = true, runs, a.size, a.size
			if err := c.stream(s, &attrReader{c: c, a: a}, 0, a.size); err != nil {
				return err
			}
		}
		to.add(s)
	}
	return nil
}

// attrReader reads a non-resident attribute from the start.
type attrReader struct {
	c   *change
	a   *attr
	off int64
}

func (r *attrReader) Read(p []byte) (int, error) {
	n := min(int64(len(p)), r.a.size-r.off)
	if n == 0 {
		return 0, io.EOF
	}
	valid := max(0, min(n, r.a.init-r.off))
	clear(p[valid:n])
	err := r.c.readRuns(r.a, p[:valid], r.off)
	r.off += n
	return int(n), err
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
	var names []newName
	for _, a := range t.pair {
		names = append(names, newName{fileName(a.value).name(), fileName(a.value).namespace()})
	}
	if err := t.dropName(); err != nil {
		return err
	}
	f, err := c.makeFile(m, false)
	if err != nil {
		return err
	}
	if err := fill(f); err != nil {
		return fmt.Errorf("%s: %w", t.path, err)
	}
	if err := c.copyStreams(f, t.f); err != nil {
		return fmt.Errorf("%s: %w", t.path, err)
	}
	return t.link(f, names)
}
