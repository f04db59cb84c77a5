package ntfslog

import (
	"bytes"
	"fmt"
)

// Made is a file as another system made it: its file record and its entry in
// the index of its directory.
type Made struct {
	record *Record
	dir    int64
	entry  []byte
	place  entryPlace
}

// entryPlace is where an index entry begins: in the root, at an offset in the
// attribute, or in the block at a VCN of the allocation.
type entryPlace struct {
	root bool
	vcn  int64
	at   int
}

// Made looks for a file of a directory.
func (v *Volume) Made(dir, name string) (*Made, error) {
	d, err := v.Find(dir)
	if err != nil {
		return nil, err
	}
	r, err := v.Find(dir + `\` + name)
	if err != nil {
		return nil, err
	}
	m := &Made{record: r, dir: d.No}
	err = v.entries(d, func(p entryPlace, e []byte) bool {
		if le.Uint64(e) == r.ref() {
			m.place, m.entry = p, bytes.Clone(e)
		}
		return m.entry == nil
	})
	if err == nil && m.entry == nil {
		err = fmt.Errorf(`%s\%s: no index entry`, dir, name)
	}
	return m, err
}

// entries calls fn for the entries of a directory and where each begins.
func (v *Volume) entries(d *Record, fn func(entryPlace, []byte) bool) error {
	root := d.find(typeRoot, "$I30")
	value := root + d.u16(root+0x14)
	first := value + 0x10 + d.u32(value+0x10)
	if !walkEntries(d.b, first, func(at int, e []byte) bool { return fn(entryPlace{root: true, at: at - root}, e) }) {
		return nil
	}
	at := d.find(typeAllocation, "$I30")
	if at == 0 {
		return nil
	}
	runs, err := d.runs(at)
	if err != nil {
		return err
	}
	for vcn := int64(0); ; vcn++ {
		lcn, end := lcnOf(runs, vcn)
		if end != nil {
			return nil
		}
		b, err := v.read(lcn, v.cluster)
		if err != nil {
			return err
		}
		if unprotect(b, "INDX") != nil {
			continue // never used
		}
		if !walkEntries(b, 0x18+int(le.Uint32(b[0x18:])), func(at int, e []byte) bool { return fn(entryPlace{vcn: vcn, at: at}, e) }) {
			return nil
		}
	}
}

// walkEntries goes through entries from at on, the end one included: length 08,
// flags 0c (2: the last).
func walkEntries(b []byte, at int, fn func(at int, e []byte) bool) bool {
	for at+16 <= len(b) {
		n := int(le.Uint16(b[at+8:]))
		if n < 16 || at+n > len(b) {
			break
		}
		if !fn(at, b[at:at+n]) {
			return false
		}
		if b[at+0x0C]&2 != 0 {
			break
		}
		at += n
	}
	return true
}

// Create logs that the file is made, which is not on the volume: its bit in the
// bitmap of $MFT, its entry, its record.
func (l *Log) Create(id uint32, m *Made) error {
	mft, err := l.v.Record(recordMFT)
	if err != nil {
		return err
	}
	runs, err := mft.runs(mft.find(typeBitmap, ""))
	if err != nil {
		return err
	}
	if err := l.logBit(id, keyMFTBitmap, runs, m.record.No); err != nil {
		return err
	}
	header := make([]byte, 8)
	if err := l.logRecord(id, m.record.No, change{redo: noop, undo: deallocateFileRecordSegment, undoData: header}); err != nil {
		return err
	}
	if err := l.addEntry(id, m); err != nil {
		return err
	}
	return l.logRecord(id, m.record.No, change{redo: initializeFileRecordSegment, undo: noop, redoData: bytes.Clone(m.record.b[:m.record.used()])})
}

func (l *Log) addEntry(id uint32, m *Made) error {
	d, err := l.v.Record(m.dir)
	if err != nil {
		return err
	}
	fits := false
	err = l.v.entries(d, func(p entryPlace, _ []byte) bool {
		fits = fits || p == m.place
		return !fits
	})
	if err != nil || !fits {
		return fmt.Errorf("directory %d: no entry begins at %+v: %w", d.No, m.place, err)
	}
	if m.place.root {
		return l.logRecord(id, d.No, change{redo: addIndexEntryRoot, undo: deleteIndexEntryRoot, redoData: m.entry,
			record: d.find(typeRoot, "$I30"), attr: m.place.at})
	}
	runs, err := d.runs(d.find(typeAllocation, "$I30"))
	if err != nil {
		return err
	}
	lcn, err := lcnOf(runs, m.place.vcn)
	if err != nil {
		return err
	}
	l.log(id, change{redo: addIndexEntryAllocation, undo: deleteIndexEntryAllocation, redoData: m.entry, target: l.index(id, d), acts: onIndex,
		vcn: m.place.vcn, lcn: lcn, attr: m.place.at})
	return nil
}

// index opens the index of a directory, where it is not open yet.
func (l *Log) index(id uint32, d *Record) int {
	o := open{ref: d.ref(), kind: typeAllocation, index: uint32(l.v.cluster), name: "$I30"}
	for i, old := range l.opened {
		if old != nil && *old == o {
			return l.key(i)
		}
	}
	key := l.key(len(l.opened))
	l.opened = append(l.opened, &o)
	l.log(id, change{redo: openNonResidentAttribute, undo: noop, redoData: l.openEntry(key, o), undoData: utf16Bytes(o.name), target: key, acts: onIndex})
	return key
}
