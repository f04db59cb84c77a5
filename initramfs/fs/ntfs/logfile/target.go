package logfile

import "fmt"

// Offsets in a file record and in an attribute.
const (
	frsSequence  = 0x10
	frsLinks     = 0x12
	frsAttrs     = 0x14
	frsFlags     = 0x16
	frsUsed      = 0x18
	frsNextID    = 0x28
	frsInUse     = 1
	attrEnd      = 0xffffffff
	attrRoot     = 0x90
	attrLen      = 4
	attrNonRes   = 8
	attrID       = 0x0e
	attrValueLen = 0x10
	attrValueOff = 0x14
	attrIndexed  = 0x16
	attrLowest   = 0x10
	attrHighest  = 0x18
	attrRuns     = 0x20
	attrSizes    = 0x28
	minAttr      = 0x18
	minNonRes    = 0x40
)

// target is a file record or index block, without its fix-ups, and what is to
// be done to it.
type target struct {
	b    []byte
	r    Record
	op   Op
	data []byte
	n    int // length of data, which may be zeros that were not written out
}

// bad refuses the record.
func (t *target) bad(format string, args ...any) error {
	return damaged(fmt.Sprintf("record %#x (%v)", uint64(t.r.LSN), t.op), format, args...)
}

// whole reports that the operation brings the whole structure.
func (t *target) whole(magic string) bool {
	if t.r.RecordOff+t.r.AttrOff != 0 || len(t.data) < 0x30 || len(t.data) > len(t.b) || string(t.data[:4]) != magic {
		return false
	}
	switch t.op {
	case InitializeFileRecordSegment:
		return int(le.Uint32(t.data[frsUsed:])) <= len(t.data)
	case UpdateNonResidentValue:
		return int(le.Uint32(t.data[indexAt+idxLen:]))+indexAt <= len(t.data)
	}
	return false
}

// apply carries the operation out and checks the outcome.
func (t *target) apply() error {
	var err error
	switch t.op {
	case InitializeFileRecordSegment, UpdateNonResidentValue:
		err = t.overwrite(t.r.RecordOff + t.r.AttrOff)
	case ZeroEndOfFileRecord:
		t.data = make([]byte, t.n)
		err = t.overwrite(t.r.RecordOff + t.r.AttrOff)
	case DeallocateFileRecordSegment:
		t.put16(frsFlags, t.u16(frsFlags)&^frsInUse)
		if seq := t.u16(frsSequence) + 1; seq > 0xffff {
			t.put16(frsSequence, 1)
		} else {
			t.put16(frsSequence, seq)
		}
	case WriteEndOfFileRecordSegment:
		if err = t.boundary(t.r.RecordOff); err == nil {
			err = t.overwrite(t.r.RecordOff)
			t.put32(frsUsed, (t.r.RecordOff+t.n+7)&^7)
		}
	case CreateAttribute:
		err = t.createAttribute()
	case DeleteAttribute:
		err = t.deleteAttribute()
	case UpdateResidentValue:
		err = t.updateValue()
	case UpdateMappingPairs:
		err = t.updateRuns()
	case SetNewAttributeSizes:
		err = t.setSizes()
	default:
		return t.applyIndex()
	}
	if err != nil {
		return err
	}
	if onMFT(t.op) {
		return t.checkRecord()
	}
	return t.checkBlock()
}

func (t *target) u16(at int) int    { return int(le.Uint16(t.b[at:])) }
func (t *target) u32(at int) int    { return int(int32(le.Uint32(t.b[at:]))) }
func (t *target) put16(at, v int)   { le.PutUint16(t.b[at:], uint16(v)) }
func (t *target) put32(at, v int)   { le.PutUint32(t.b[at:], uint32(v)) }
func (t *target) add32(at, v int)   { t.put32(at, t.u32(at)+v) }
func (t *target) attr() int         { return t.r.RecordOff }
func (t *target) attrLen() int      { return t.u32(t.attr() + attrLen) }
func (t *target) nonResident() bool { return t.b[t.attr()+attrNonRes] != 0 }

// overwrite puts the data at a place, zeros when there are none.
func (t *target) overwrite(at int) error {
	if at+t.n > len(t.b) {
		return t.bad("%d bytes at %#x of %#x", t.n, at, len(t.b))
	}
	clear(t.b[at : at+t.n])
	copy(t.b[at:at+t.n], t.data)
	return nil
}

// boundary makes sure that an attribute, or the end, begins at off.
func (t *target) boundary(off int) error {
	used := t.u32(frsUsed)
	if used < 0 || used > len(t.b) {
		return t.bad("%d bytes of the file record in use", used)
	}
	for at := t.u16(frsAttrs); at+8 <= used; {
		if at == off {
			return nil
		}
		if le.Uint32(t.b[at:]) == attrEnd {
			break
		}
		n := t.u32(at + attrLen)
		if n < minAttr || n%8 != 0 || n > used-at {
			break
		}
		at += n
	}
	return t.bad("no attribute begins at %#x", off)
}

// attribute makes sure that an attribute of at least n bytes begins where the
// record says.
func (t *target) attribute(n int) error {
	if err := t.boundary(t.attr()); err != nil {
		return err
	}
	if le.Uint32(t.b[t.attr():]) == attrEnd || t.attr()+n > len(t.b) || t.attrLen() < n || t.attrLen() > t.u32(frsUsed)-t.attr() {
		return t.bad("no attribute of %d bytes at %#x", n, t.attr())
	}
	return nil
}

// shift moves what lies from at on, up to the used size of the file record, by
// delta bytes.
func (t *target) shift(at, delta int) error {
	used := t.u32(frsUsed)
	if at < 0 || at > used || at+delta < 0 || used+delta > len(t.b) {
		return t.bad("%d bytes more at %#x, %d of %d in use", delta, at, used, len(t.b))
	}
	copy(t.b[at+delta:], t.b[at:used])
	t.put32(frsUsed, used+delta)
	return nil
}

// checkRecord walks the attributes of the file record.
func (t *target) checkRecord() error {
	used := t.u32(frsUsed)
	at := t.u16(frsAttrs)
	for string(t.b[:4]) == "FILE" && used <= len(t.b) && at+8 <= used {
		if le.Uint32(t.b[at:]) == attrEnd {
			if used == at+8 {
				return nil
			}
			break
		}
		n := t.u32(at + attrLen)
		if n < minAttr || n%8 != 0 || n > used-at {
			break
		}
		at += n
	}
	return t.bad("the file record would be damaged at %#x of %#x", at, used)
}
