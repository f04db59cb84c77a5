package ntfslog

import (
	"bytes"
	"fmt"
)

// onRecord completes a change of a file record.
func (l *Log) onRecord(no int64, c change) (change, error) {
	at := no * l.v.record
	c.vcn, c.sector = at/l.v.cluster, int(at%l.v.cluster/512)
	c.target, c.acts = l.key(keyMFT), onMFT
	var err error
	c.lcn, err = lcnOf(l.v.mft, c.vcn)
	return c, err
}

// logRecord logs a change of a file record.
func (l *Log) logRecord(id uint32, no int64, c change) error {
	c, err := l.onRecord(no, c)
	if err == nil {
		l.log(id, c)
	}
	return err
}

// logBits logs that a bit of a bitmap is set; runs are the bitmap's.
func (l *Log) logBit(id uint32, place int, runs []run, bit int64) error {
	perPage := 8 * max(pageSize, l.v.cluster)
	vcn := bit / perPage * (perPage / 8) / l.v.cluster
	lcn, err := lcnOf(runs, vcn)
	if err != nil {
		return err
	}
	l.log(id, change{redo: setBitsInNonResidentBitMap, undo: clearBitsInNonResidentBitMap, redoData: bitRange(uint32(bit%perPage), 1),
		shared: true, target: l.key(place), vcn: vcn, lcn: lcn})
	return nil
}

// Touch logs new times in $STANDARD_INFORMATION of a file: modified, changed,
// read (at 20 of the attribute).
func (l *Log) Touch(id uint32, r *Record) error {
	const times, n = 0x20, 0x18
	at := r.find(typeInformation, "")
	if at == 0 {
		return fmt.Errorf("file record %d: no $STANDARD_INFORMATION", r.No)
	}
	old := bytes.Clone(r.b[at+times : at+times+n])
	fresh := bytes.Clone(old)
	for i := 0; i < n; i += 8 {
		le.PutUint64(fresh[i:], 0x01D0_0000_1234_5600+uint64(r.No))
	}
	return l.logRecord(id, r.No, change{redo: updateResidentValue, undo: updateResidentValue, redoData: fresh, undoData: old, record: at, attr: times})
}

// HotFix logs an operation of which nobody outside of Windows knows what it
// does.
func (l *Log) HotFix(id uint32, r *Record) error {
	return l.logRecord(id, r.No, change{redo: hotFix, undo: noop, redoData: make([]byte, 16), record: r.find(typeInformation, "")})
}

// Grow logs that a file gets one more cluster behind its last one, and is
// filled to its end. It takes the first file that lies in one piece with free
// space behind it, apart from one that it is told to leave.
func (l *Log) Grow(id uint32, except int64) error {
	for no := int64(24); ; no++ {
		r, err := l.v.Record(no)
		if _, end := lcnOf(l.v.mft, no*l.v.record/l.v.cluster); end != nil {
			return fmt.Errorf("no file can grow")
		}
		if err != nil || !r.inUse() || no == except {
			continue
		}
		at := r.find(typeData, "")
		if at == 0 || r.b[at+8] == 0 || r.u16(at+0x20) != 0x40 || r.length(at) != 0x48 {
			continue
		}
		runs, err := r.runs(at)
		if err != nil || len(runs) != 1 || runs[0].n >= 0x7F || r.b[at+0x40]&15 != 1 {
			continue
		}
		if free, err := l.v.free(runs[0].lcn + runs[0].n); err != nil || !free {
			continue
		}
		return l.grow(id, r, at, runs[0])
	}
}

func (l *Log) grow(id uint32, r *Record, at int, last run) error {
	bitmap, err := l.v.Record(recordBitmap)
	if err != nil {
		return err
	}
	runs, err := bitmap.runs(bitmap.find(typeData, ""))
	if err != nil {
		return err
	}
	if err := l.logBit(id, keyBitmap, runs, last.lcn+last.n); err != nil {
		return err
	}
	// As Windows does it: the space first, then the content.
	old := bytes.Clone(r.b[at+0x28 : at+0x40]) // allocated, data, initialized
	taken, full := bytes.Clone(old), bytes.Clone(old)
	le.PutUint64(taken, uint64((last.n+1)*l.v.cluster))
	for i := range 3 {
		copy(full[8*i:], taken[:8])
	}
	pairs := bytes.Clone(r.b[at+0x40 : at+0x48])
	longer := bytes.Clone(pairs)
	longer[1]++
	for _, c := range []change{
		{redo: setNewAttributeSizes, undo: setNewAttributeSizes, redoData: taken, undoData: old},
		{redo: updateMappingPairs, undo: updateMappingPairs, redoData: longer, undoData: pairs, attr: 0x40},
		{redo: setNewAttributeSizes, undo: setNewAttributeSizes, redoData: full, undoData: taken},
	} {
		c.record = at
		if err := l.logRecord(id, r.No, c); err != nil {
			return err
		}
	}
	return nil
}

// free looks into $Bitmap.
func (v *Volume) free(lcn int64) (bool, error) {
	r, err := v.Record(recordBitmap)
	if err != nil {
		return false, err
	}
	runs, err := r.runs(r.find(typeData, ""))
	if err != nil {
		return false, err
	}
	at, err := lcnOf(runs, lcn/8/v.cluster)
	if err != nil {
		return false, err
	}
	b, err := v.read(at, v.cluster)
	return err == nil && b[lcn/8%v.cluster]>>(lcn%8)&1 == 0, err
}
