package ntfs

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// attrBitmap is the type of the bitmaps of $MFT and of indexes.
const attrBitmap attrType = 0xb0

// growRecords is the number of records that $MFT gets at once.
const growRecords = 64

// allocRecord takes a free MFT record, which the caller saves. Its sequence
// number is the one that freeing it left there.
func (c *change) allocRecord() (no uint64, seq uint16, err error) {
	m, err := c.file(recordMFT)
	if err != nil {
		return 0, 0, err
	}
	a := m.find(attrBitmap, nil)
	if a == nil || !a.nonRes {
		return 0, 0, damaged("$MFT", 0, "no non-resident $BITMAP")
	}
	records := uint64(c.mft.size / int64(c.boot.RecordSize))
	no, err = c.freeRecord(a, max(c.hints.record, firstUserEntry), records)
	if err == nil && no == 0 {
		no, err = c.freeRecord(a, firstUserEntry, min(c.hints.record, records))
	}
	if err == nil && no == 0 {
		no, err = max(records, firstUserEntry), c.growMFTFile(m, a)
	}
	if err != nil {
		return 0, 0, err
	}
	if err := c.markRecord(a, no, true); err != nil {
		return 0, 0, err
	}
	c.hints.record = no + 1
	return no, c.leftSequence(no), nil
}

// leftSequence is the sequence number in a free record, 1 when there is none.
func (c *change) leftSequence(no uint64) uint16 {
	if rec, err := c.readRecord(no); err == nil && !rec.inUse() && rec.seq() != 0 {
		return rec.seq()
	}
	return 1
}

// freeRecord finds the first clear bit; 0 when there is none.
func (c *change) freeRecord(a *attr, from, to uint64) (uint64, error) {
	buf := c.pages.buffer(spareSize)
	for from < to {
		off := int64(from / 8)
		n := min(int64(len(buf)), int64(to+7)/8-off)
		if err := c.readRuns(a, buf[:n], off); err != nil {
			return 0, err
		}
		for end := min(to, uint64(off+n)*8); from < end; {
			set, k := sameBits(buf[:n], int(from-uint64(off)*8), int(end-uint64(off)*8))
			if !set {
				return from, nil
			}
			from += uint64(k)
		}
	}
	return 0, nil
}

// markRecord changes the bit of a record, which must be the other way round.
func (c *change) markRecord(a *attr, no uint64, used bool) error {
	var b [1]byte
	if err := c.readRuns(a, b[:], int64(no/8)); err != nil {
		return err
	}
	bit := byte(1) << (no % 8)
	if (b[0]&bit != 0) == used {
		return damaged("$MFT $BITMAP", int64(no/8), "the bit of record %d is already %t", no, used)
	}
	b[0] ^= bit
	return c.writeRuns(a, b[:], int64(no/8))
}

// releaseRecord marks a record free, with a new sequence number for who will
// use it next.
func (c *change) releaseRecord(no uint64) error {
	rec, err := c.readRecord(no)
	if err != nil {
		return err
	}
	le.PutUint16(rec.b[recFlags:], rec.flags()&^recFlagInUse)
	le.PutUint16(rec.b[recSequence:], nextSequence(rec.seq()))
	if err := c.writeRecord(no, rec.b); err != nil {
		return err
	}
	m, err := c.file(recordMFT)
	if err != nil {
		return err
	}
	a := m.find(attrBitmap, nil)
	if a == nil || !a.nonRes {
		return damaged("$MFT", 0, "no non-resident $BITMAP")
	}
	c.hints.record = min(c.hints.record, no)
	return c.markRecord(a, no, false)
}

func nextSequence(s uint16) uint16 {
	if s++; s == 0 {
		s = 1
	}
	return s
}

// growMFTFile makes $MFT longer by up to growRecords records, all of them
// formatted as free ones.
func (c *change) growMFTFile(m *editFile, bitmap *attr) error {
	rs := int64(c.boot.RecordSize)
	data := m.find(attrData, nil)
	if m.hadList || data == nil {
		return fmt.Errorf("$MFT has an attribute list and is not made longer: %w", fs.ErrNoSpace)
	}
	records := data.size / rs
	if err := c.growMFTBitmap(bitmap, records+growRecords); err != nil {
		return err
	}
	if data.allocated(c.clusterSize) < data.size+rs {
		want := max(c.cover(growRecords*rs), min(c.cover(data.size/16), c.cover(4<<20)))
		r, err := c.allocateRun(want, c.cover(rs), data.behind())
		if err != nil {
			return fmt.Errorf("$MFT: %w", err)
		}
		r.vcn = data.next()
		data.addRuns([]run{r})
	}
	m.changed(data)
	m.changed(bitmap)
	if m.encodedSize() > m.capacity() {
		return fmt.Errorf("$MFT is so fragmented that it would need an attribute list: %w", fs.ErrNoSpace)
	}
	end := min(records+growRecords, data.allocated(c.clusterSize)/rs)
	data.size, data.init = end*rs, end*rs
	c.mft.size, c.mft.init, c.mft.runs = data.size, data.init, slices.Clone(data.runs)
	for no := records; no < end; no++ {
		if err := c.writeRecord(uint64(no), c.blankRecord(uint64(no))); err != nil {
			return err
		}
	}
	return nil
}

// growMFTBitmap gives the bitmap bits for n records; it is 8 bytes long or a
// multiple.
func (c *change) growMFTBitmap(a *attr, n int64) error {
	size := (n + 63) / 64 * 8
	if size <= a.init {
		return nil
	}
	if more := c.cover(size) - a.allocated(c.clusterSize)/c.clusterSize; more > 0 {
		runs, err := c.allocate(more, a.next(), a.behind())
		if err != nil {
			return fmt.Errorf("$MFT $BITMAP: %w", err)
		}
		a.addRuns(runs)
	}
	old := a.init
	a.size, a.init = max(a.size, size), size
	return c.writeRuns(a, make([]byte, size-old), old)
}

// cover is the number of clusters that hold n bytes.
func (v *Volume) cover(n int64) int64 { return (n + v.clusterSize - 1) / v.clusterSize }

// blankRecord is a record that is not in use, fix-ups not applied.
func (c *change) blankRecord(no uint64) []byte {
	b := make([]byte, c.boot.RecordSize)
	usa := 0x30
	if c.major < 3 || c.minor < 1 {
		usa = 0x2a // versions before 3.1 do not store the number of the record
	}
	words := 1 + len(b)/fixupStride
	attrs := (usa + 2*words + 7) &^ 7
	copy(b, "FILE")
	le.PutUint16(b[4:], uint16(usa))
	le.PutUint16(b[6:], uint16(words))
	le.PutUint16(b[recSequence:], 1)
	le.PutUint16(b[recAttrs:], uint16(attrs))
	le.PutUint32(b[recInUse:], uint32(attrs+8))
	le.PutUint32(b[recAllocated:], uint32(len(b)))
	if usa == 0x30 {
		le.PutUint32(b[recNumber:], uint32(no))
	}
	le.PutUint32(b[attrs:], uint32(attrEnd))
	return b
}

// writeRecord puts a record, given without fix-ups, into $MFT and, where it
// is one of the first, into $MFTMirr.
func (c *change) writeRecord(no uint64, plain []byte) error {
	b := slices.Clone(plain)
	protectFixups(b)
	off := int64(no) * int64(len(b))
	if err := c.writeStream(c.mft, b, off); err != nil {
		return fmt.Errorf("MFT record %d: %w", no, err)
	}
	return c.tellMirror(off, b)
}

// tellMirror writes the copy of a record that $MFTMirr holds.
func (c *change) tellMirror(off int64, b []byte) error {
	if off >= max(4*int64(len(b)), c.clusterSize) {
		return nil
	}
	s, err := c.metaStream(recordMirror, "$MFTMirr")
	if err != nil {
		return fmt.Errorf("$MFTMirr: %w", err)
	}
	if off+int64(len(b)) > s.init || s.parts == nil {
		return nil
	}
	return c.writeStream(s, b, off)
}
