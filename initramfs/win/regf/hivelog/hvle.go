package hivelog

import (
	"fmt"
	"io"
)

// entryHead is the size of the head of a log entry: signature, size, flags,
// sequence number, size of the hbins, number of pages, two hashes.
const entryHead = 40

// openNew reads a log of the format since Windows 8.1: base block in the first
// sector, then entries without gaps. Those with the numbers that follow the
// base block's count; behind them lie leftovers.
func (f *logFile) openNew() error {
	f.Format = HvLE
	if f.Reason = f.head.faults(6); f.Reason != "" {
		return nil
	}
	if f.head.seq1() != f.head.seq2() {
		f.Reason = fmt.Sprintf("its sequence numbers differ (%d, %d): it was being written", f.head.seq1(), f.head.seq2())
		return nil
	}
	f.Valid = true
	want := f.head.seq1()
	for off := int64(sector); ; {
		e, fault, err := f.entry(off)
		if err != nil {
			return err
		}
		if fault == "" && e.Seq != want {
			fault = fmt.Sprintf("its sequence number is %d, expected %d", e.Seq, want)
		}
		if fault != "" {
			f.Reason = fmt.Sprintf("the entry at %#x does not count: %s", off, fault)
			return nil
		}
		f.Entries = append(f.Entries, e)
		off += e.Size
		want++
	}
}

// entry reads and verifies the entry at off.
func (f *logFile) entry(off int64) (e Entry, fault string, err error) {
	head, err := readUpTo(f.R, off, entryHead, f.Size)
	if err != nil {
		return e, "", err
	}
	if len(head) < entryHead {
		return e, "the file ends there", nil
	}
	if string(head[:4]) != "HvLE" {
		return e, "no entry starts there", nil
	}
	e = Entry{Off: off, Size: int64(le.Uint32(head[4:])), Flags: le.Uint32(head[8:]), Seq: le.Uint32(head[12:]),
		BinsSize: int64(le.Uint32(head[16:])), Pages: int(le.Uint32(head[20:]))}
	switch {
	case e.Size < sector || e.Size%sector != 0 || off+e.Size > f.Size:
		return e, fmt.Sprintf("its size is %#x", e.Size), nil
	case e.BinsSize < binUnit || e.BinsSize%binUnit != 0 || e.BinsSize > maxBins:
		return e, fmt.Sprintf("it gives the hbins a size of %#x", e.BinsSize), nil
	case e.Pages <= 0 || int64(e.Pages) > (e.Size-entryHead)/8:
		return e, fmt.Sprintf("it has %d pages", e.Pages), nil
	case Marvin32(head[:32]) != le.Uint64(head[32:]):
		return e, "the hash of its head is wrong", nil
	}
	sum, err := f.hash(off+entryHead, e.Size-entryHead)
	if err != nil {
		return e, "", err
	}
	if sum != le.Uint64(head[24:]) {
		return e, "the hash of its pages is wrong", nil
	}
	fault, err = e.pages(f)
	return e, fault, err
}

func (f *logFile) hash(off, n int64) (uint64, error) {
	m := newMarvin()
	buf := make([]byte, min(n, 64<<10))
	for n >= 4 {
		b := buf[:min(n, int64(len(buf)))&^3]
		if err := readFull(f.R, b, off); err != nil {
			return 0, err
		}
		m.words(b)
		off, n = off+int64(len(b)), n-int64(len(b))
	}
	return m.sum(nil), nil // n is a multiple of 4
}

// pages reads the references: offset from the first hbin and size of each page.
// In all logs of Windows that were seen both are multiples of 4096.
func (e *Entry) pages(f *logFile) (fault string, err error) {
	refs, err := readUpTo(f.R, e.Off+entryHead, e.Pages*8, f.Size)
	if err != nil {
		return "", err
	}
	from := e.Off + entryHead + int64(len(refs))
	for ; len(refs) > 0; refs = refs[8:] {
		to, n := int64(le.Uint32(refs)), int64(le.Uint32(refs[4:]))
		if n == 0 || n%sector != 0 || to%sector != 0 || to+n > e.BinsSize || from+n > e.Off+e.Size {
			return fmt.Sprintf("a page of %#x bytes for %#x is not in it or not in the hbins", n, to), nil
		}
		e.writes = append(e.writes, write{baseSize + to, n, f, from})
		from += n
	}
	return "", nil
}

// eachSeq calls note with the sequence numbers in a log: of its base block and of
// all entries at any sector with a valid head, wherever they come from. Without
// a valid head Windows never takes an entry for one.
func (f *logFile) eachSeq(note func(uint32)) error {
	if len(f.head) >= sector && string(f.head[:4]) == "regf" && f.head.sumOK() {
		note(f.head.seq1())
		note(f.head.seq2())
	}
	if f.role == roleAlt {
		return nil
	}
	buf := make([]byte, 128<<10)
	for off := int64(sector); off < f.Size; off += int64(len(buf)) {
		n, err := f.R.ReadAt(buf[:min(int64(len(buf)), f.Size-off)], off)
		if err != nil && err != io.EOF {
			return fmt.Errorf("log %s: read at %#x: %w", f.Log.Name, off, err)
		}
		for b := buf[:n]; len(b) >= entryHead; b = b[min(sector, len(b)):] {
			if string(b[:4]) == "HvLE" && Marvin32(b[:32]) == le.Uint64(b[32:]) {
				note(le.Uint32(b[12:]))
			}
		}
	}
	return nil
}
