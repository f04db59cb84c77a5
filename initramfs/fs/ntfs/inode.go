package ntfs

import (
	"errors"
	"fmt"
	"slices"
)

// Numbers of the records that NTFS reserves for itself.
const (
	recordMFT      = 0
	recordMirror   = 1
	recordLogFile  = 2
	recordVolume   = 3
	recordRoot     = 5
	recordBitmap   = 6
	recordUpCase   = 10
	firstUserEntry = 24 // records below belong to the file system
)

// errStop ends an iteration early; it never leaves the package.
var errStop = errors.New("stop")

// inode is a file: its base record and, where it has one, its attribute list.
type inode struct {
	v    *Volume
	rec  record
	list []listEntry // nil: everything is in rec
}

// readRecord reads one MFT record with its fix-ups checked.
func (v *Volume) readRecord(no uint64) (record, error) {
	size := int64(v.boot.RecordSize)
	if no >= uint64(v.mft.size/size) {
		return record{}, damaged("$MFT", 0, "record %d of %d", no, v.mft.size/size)
	}
	b := make([]byte, size)
	if _, err := v.mft.ReadAt(b, int64(no)*size); err != nil {
		return record{}, fmt.Errorf("MFT record %d: %w", no, err)
	}
	return newRecord(b, no)
}

// openRef opens the file that a reference names. A reference whose sequence
// number is 0 is not compared.
func (v *Volume) openRef(r ref) (*inode, error) {
	rec, err := v.readRecord(r.number())
	if err != nil {
		return nil, err
	}
	if !rec.inUse() {
		return nil, damaged(rec.what(), recFlags, "a directory entry names it, but it is free")
	}
	if r.seq() != 0 && rec.seq() != r.seq() {
		return nil, damaged(rec.what(), recSequence, "sequence number %d, the reference says %d", rec.seq(), r.seq())
	}
	if rec.base() != 0 {
		return nil, damaged(rec.what(), recBase, "is an extension of record %d, not a file", rec.base().number())
	}
	return v.newInode(rec)
}

// newInode loads the attribute list of a base record.
func (v *Volume) newInode(rec record) (*inode, error) {
	n := &inode{v: v, rec: rec}
	err := rec.each(func(a attribute) error {
		if a.typ() != attrAttributeList {
			return nil
		}
		what := rec.what() + " $ATTRIBUTE_LIST"
		var value []byte
		if a.nonResident() {
			// The list of a file is never itself listed: its runs are here.
			s, err := v.newStream(what, a)
			if err != nil {
				return err
			}
			if s.size > maxAttributeList {
				return damaged(what, 0, "%d bytes, at most %d", s.size, maxAttributeList)
			}
			value = make([]byte, s.size)
			if _, err := s.ReadAt(value, 0); err != nil && len(value) > 0 {
				return err
			}
		} else {
			value = a.value()
		}
		var err error
		if n.list, err = parseAttributeList(value, what); err != nil {
			return err
		}
		return errStop
	})
	if err != nil && err != errStop {
		return nil, err
	}
	return n, nil
}

// entry finds the attribute that a list entry names.
func (n *inode) entry(e listEntry) (attribute, error) {
	rec := n.rec
	if e.ref.number() != n.rec.no {
		var err error
		if rec, err = n.v.readRecord(e.ref.number()); err != nil {
			return attribute{}, err
		}
		if !rec.inUse() || rec.seq() != e.ref.seq() || rec.base().number() != n.rec.no {
			return attribute{}, damaged(rec.what(), recBase, "should be an extension (sequence %d) of record %d: in use %t, sequence %d, base %d",
				e.ref.seq(), n.rec.no, rec.inUse(), rec.seq(), rec.base().number())
		}
	}
	return findEntry(rec, e)
}

func findEntry(rec record, e listEntry) (found attribute, err error) {
	err = rec.each(func(a attribute) error {
		if a.instance() == e.instance && e.matches(a.typ(), a.name()) {
			found = a
			return errStop
		}
		return nil
	})
	switch {
	case err == nil:
		return found, damaged(rec.what(), 0, "attribute %#x instance %d is listed but not here", uint32(e.typ), e.instance)
	case err != errStop:
		return found, err
	}
	var lowest VCN
	if found.nonResident() {
		lowest = found.lowest()
	}
	if lowest != e.lowest {
		return found, damaged(rec.what(), int64(found.off), "attribute %#x starts at VCN %d, the list says %d", uint32(e.typ), lowest, e.lowest)
	}
	return found, nil
}

// each calls fn for all attributes of one type, parts that do not start at VCN
// 0 left out, until fn returns an error. It also finds attributes in extension
// records.
func (n *inode) each(typ attrType, fn func(attribute) error) error {
	if n.list == nil {
		return n.rec.each(func(a attribute) error {
			if a.typ() != typ {
				return nil
			}
			return fn(a)
		})
	}
	for _, e := range n.list {
		if e.typ != typ || e.lowest != 0 {
			continue
		}
		a, err := n.entry(e)
		if err != nil {
			return err
		}
		if err := fn(a); err != nil {
			return err
		}
	}
	return nil
}

// find returns the attribute with a type and name, its first part if it is
// split; ok is false when the file has none.
func (n *inode) find(typ attrType, name []uint16) (a attribute, ok bool, err error) {
	err = n.each(typ, func(x attribute) error {
		if !slices.Equal(x.name(), name) {
			return nil
		}
		a, ok = x, true
		return errStop
	})
	if err == errStop {
		err = nil
	}
	return a, ok, err
}

// stream opens the attribute a, found by find, with all its parts.
func (n *inode) stream(what string, a attribute) (*stream, error) {
	s, err := n.v.newStream(what, a)
	if err != nil || n.list == nil || !a.nonResident() {
		return s, err
	}
	name := a.name()
	for _, e := range n.list {
		if !e.matches(a.typ(), name) || e.lowest == 0 {
			continue
		}
		if last := s.parts[len(s.parts)-1]; e.lowest <= last.first {
			return nil, damaged(what, 0, "attribute list: part at VCN %d after that at %d", e.lowest, last.first)
		}
		s.parts = append(s.parts, part{first: e.lowest, load: func() (attribute, error) { return n.entry(e) }})
	}
	return s, nil
}
