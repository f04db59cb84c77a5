package ntfs

import (
	"fmt"
	"slices"
)

// maxEditRuns bounds the run lists of a file that is changed: 24 MiB.
const maxEditRuns = 1 << 20

// editFile is a file in memory, its attributes from all of its records.
type editFile struct {
	c       *change
	no      uint64
	head    []byte // of the base record, up to its attributes
	attrs   []*attr
	ext     []uint64 // records that extend the base record
	list    *attr    // the $ATTRIBUTE_LIST
	hadList bool
	dirty   bool
}

// file returns the file of a base record; it is loaded once in a change.
func (c *change) file(no uint64) (*editFile, error) {
	if f := c.files[no]; f != nil {
		return f, nil
	}
	in, err := c.openRef(ref(no))
	if err != nil {
		return nil, err
	}
	return c.load(in)
}

func (c *change) load(in *inode) (*editFile, error) {
	if f := c.files[in.rec.no]; f != nil {
		return f, nil
	}
	f := &editFile{c: c, no: in.rec.no, head: slices.Clone(in.rec.b[:in.rec.attrsOffset()])}
	if err := f.loadAttrs(in); err != nil {
		return nil, err
	}
	c.files[f.no] = f
	return f, nil
}

func (f *editFile) loadAttrs(in *inode) error {
	what := in.rec.what()
	err := in.rec.each(func(a attribute) error {
		x, err := loadAttr(a, f.c.clusters, what)
		if err != nil {
			return err
		}
		if a.typ() == attrAttributeList {
			f.list, f.hadList = x, true
			return nil
		}
		if in.list == nil {
			f.attrs = append(f.attrs, x)
		}
		return nil
	})
	if err != nil || in.list == nil {
		return err
	}
	total := 0
	for _, e := range in.list {
		a, err := in.entry(e)
		if err != nil {
			return err
		}
		if no := e.ref.number(); no != f.no && !slices.Contains(f.ext, no) {
			f.ext = append(f.ext, no)
		}
		x, err := loadAttr(a, f.c.clusters, what)
		if err != nil {
			return err
		}
		if total += len(x.runs); total > maxEditRuns {
			return unsupported(what, fmt.Sprintf("more than %d runs", maxEditRuns))
		}
		if err := f.join(x, e); err != nil {
			return err
		}
	}
	return nil
}

// join adds an attribute, or a further part of the last one.
func (f *editFile) join(x *attr, e listEntry) error {
	if e.lowest == 0 {
		f.attrs = append(f.attrs, x)
		return nil
	}
	k := len(f.attrs) - 1
	if k < 0 || !x.nonRes || !e.matches(f.attrs[k].typ, f.attrs[k].name) || !f.attrs[k].nonRes || f.attrs[k].next() != e.lowest {
		return damaged(fmt.Sprintf("MFT record %d", f.no), 0, "attribute list: a part at VCN %d does not continue the one before", e.lowest)
	}
	f.attrs[k].runs = append(f.attrs[k].runs, x.runs...)
	f.attrs[k].raw = nil
	return nil
}

// newFile makes a file with a record of its own.
func (c *change) newFile(flags uint16) (*editFile, error) {
	no, seq, err := c.allocRecord()
	if err != nil {
		return nil, err
	}
	b := c.blankRecord(no)
	le.PutUint16(b[recSequence:], seq)
	le.PutUint16(b[recFlags:], recFlagInUse|flags)
	f := &editFile{c: c, no: no, head: b[:le.Uint16(b[recAttrs:])], dirty: true}
	c.files[no] = f
	return f, nil
}

func (f *editFile) ref() ref        { return ref(f.no | uint64(le.Uint16(f.head[recSequence:]))<<48) }
func (f *editFile) isDir() bool     { return le.Uint16(f.head[recFlags:])&recFlagDirectory != 0 }
func (f *editFile) links() uint16   { return le.Uint16(f.head[recLinks:]) }
func (f *editFile) setLinks(n int)  { le.PutUint16(f.head[recLinks:], uint16(n)); f.dirty = true }
func (f *editFile) capacity() int   { return f.c.boot.RecordSize - len(f.head) - 8 }
func (f *editFile) what() string    { return fmt.Sprintf("MFT record %d", f.no) }
func (f *editFile) changed(a *attr) { a.raw = nil; f.dirty = true }

// find returns the attribute with a type and exactly this name, or nil.
func (f *editFile) find(typ attrType, name []uint16) *attr {
	for _, a := range f.attrs {
		if a.typ == typ && slices.Equal(a.name, name) {
			return a
		}
	}
	return nil
}

// add inserts an attribute in the order of type and name, behind its equals.
func (f *editFile) add(a *attr) {
	i := len(f.attrs)
	for i > 0 && f.after(f.attrs[i-1], a) {
		i--
	}
	f.attrs = slices.Insert(f.attrs, i, a)
	f.dirty = true
}

func (f *editFile) after(x, a *attr) bool {
	if x.typ != a.typ {
		return x.typ > a.typ
	}
	return f.c.upcase.collate(x.name, a.name) > 0
}

// remove takes an attribute away; its clusters become free.
func (f *editFile) remove(a *attr) {
	f.attrs = slices.DeleteFunc(f.attrs, func(x *attr) bool { return x == a })
	f.c.free(a.runs)
	f.dirty = true
}

// encodedSize is the room that the attributes take in one record.
func (f *editFile) encodedSize() int {
	n := 0
	for _, a := range f.attrs {
		n += f.sizeOf(a)
	}
	return n
}

// sizeOf is the room that an attribute would take in one record; more than a
// record when its run list does not fit.
func (f *editFile) sizeOf(a *attr) int {
	switch {
	case a.raw != nil:
		return len(a.raw)
	case !a.nonRes:
		return (a.headerSize(residentHeaderSize) + len(a.value) + 7) &^ 7
	}
	parts := a.encode(f.c.clusterSize, f.c.boot.RecordSize)
	if len(parts) > 1 {
		return f.c.boot.RecordSize
	}
	return len(parts[0].b)
}
