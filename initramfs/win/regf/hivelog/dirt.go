package hivelog

import (
	"fmt"
	"math/bits"
)

// openOld reads a log of the format up to Windows 8: base block in the first
// sector, "DIRT" and one bit for each 512 bytes of hbins from the second on,
// then, from the next sector, the 512 bytes for each bit that is set.
// Sectors are as large as the disk's (clustering factor).
func (f *logFile) openOld() error {
	f.Format = Dirt
	if f.Reason = f.head.faults(1, 2); f.Reason != "" { // 2 up to Windows 2000
		return nil
	}
	unit := f.head.sectorSize()
	switch {
	case f.head.seq1() != f.head.seq2():
		f.Reason = fmt.Sprintf("its sequence numbers differ (%d, %d): it was being written", f.head.seq1(), f.head.seq2())
		return nil
	case unit < sector || unit > baseSize || unit&(unit-1) != 0:
		f.Reason = fmt.Sprintf("its clustering factor is %d", f.head.u32(offCluster))
		return nil
	}
	bitmap, err := readUpTo(f.R, unit, int(4+f.head.bins()/sector/8), f.Size)
	if err != nil {
		return err
	}
	if int64(len(bitmap)) < 4+f.head.bins()/sector/8 || string(bitmap[:4]) != "DIRT" {
		f.Reason = "it has no complete DIRT vector behind its base block"
		return nil
	}
	pages := (unit + int64(len(bitmap)) + unit - 1) / unit * unit
	e := Entry{Off: unit, Seq: f.head.seq2(), Flags: f.head.u32(offFlags), BinsSize: f.head.bins()}
	end := e.dirt(f, bitmap[4:], pages)
	if end > f.Size {
		f.Reason = fmt.Sprintf("its pages end at %d, the file at %d", end, f.Size)
		return nil
	}
	e.Size, e.Pages = end-unit, len(e.writes)
	f.Entries, f.Valid = []Entry{e}, true
	return nil
}

// dirt turns runs of set bits into writes and returns where the pages end.
func (e *Entry) dirt(f *logFile, bitmap []byte, from int64) int64 {
	for i := 0; i < len(bitmap)*8; {
		b := bitmap[i/8] >> (i % 8)
		if b == 0 {
			i += 8 - i%8
			continue
		}
		i += bits.TrailingZeros8(b)
		n := 0
		for i+n < len(bitmap)*8 && bitmap[(i+n)/8]>>((i+n)%8)&1 == 1 {
			n++
		}
		e.writes = append(e.writes, write{baseSize + int64(i)*sector, int64(n) * sector, f, from})
		from += int64(n) * sector
		i += n
	}
	return from
}
