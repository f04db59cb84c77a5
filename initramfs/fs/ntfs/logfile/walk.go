package logfile

import (
	"fmt"
	"io"
)

// Offsets in a record page.
const (
	pageFileOff = 0x08 // only in a copy of a page: where it belongs
	pageLastEnd = 0x20
	pageHeader  = 0x28
)

// Log is an open $LogFile of version 1.1. It reads page by page and keeps one.
// It is not safe for concurrent use.
type Log struct {
	r     io.ReaderAt
	rst   *restart
	first int64            // offset of the first page of the ring
	end   int64            // behind the last
	tail  map[int64][]byte // newer copies of pages
	until LSN              // 0, or where the log is taken to end

	pageAt int64
	page   []byte // nil: the page at pageAt holds no records
}

// Open reads restart pages and the copies of the last page. size is that of
// the stream r.
func Open(r io.ReaderAt, size int64) (*Log, error) {
	rst, err := readRestart(r, size)
	if err != nil {
		return nil, err
	}
	l := &Log{r: r, rst: rst, first: 2*rst.system + 2*rst.size, tail: map[int64][]byte{}, pageAt: -1}
	l.end = l.first + (rst.fileSize-l.first)/rst.size*rst.size
	if rst.fileSize > size {
		return nil, damaged("restart area", "a log of %#x bytes, the file has %#x", rst.fileSize, size)
	}
	for i := range int64(2) {
		p, err := l.readRaw(2*rst.system + i*rst.size)
		if err != nil {
			return nil, err
		}
		if p == nil {
			continue
		}
		at := int64(le.Uint64(p[pageFileOff:]))
		if at < l.first || at >= l.end || (at-l.first)%rst.size != 0 {
			continue
		}
		if old := l.tail[at]; old == nil || lastEnd(p) > lastEnd(old) {
			l.tail[at] = p
		}
	}
	return l, nil
}

func lastEnd(p []byte) LSN { return LSN(le.Uint64(p[pageLastEnd:])) }

// Clean reports whether Windows would replay nothing.
func (l *Log) Clean() bool { return l.rst.inUse == noClient || l.rst.flags&flagClean != 0 }

// Current is the newest LSN that the restart page knows, Restart the last
// checkpoint.
func (l *Log) Current() LSN { return l.rst.current }

// Restart is the LSN of the last checkpoint.
func (l *Log) Restart() LSN { return l.rst.last }

// Oldest is the first LSN that the client still needed.
func (l *Log) Oldest() LSN { return l.rst.oldest }

// Until takes the log to end with the record n, whatever follows: what would
// have been done if the machine had stopped there.
func (l *Log) Until(n LSN) { l.until = n }

// readRaw reads a page; nil when it is no record page or torn.
func (l *Log) readRaw(at int64) ([]byte, error) {
	p := make([]byte, l.rst.size)
	if n, err := l.r.ReadAt(p, at); n < len(p) {
		return nil, notEOF(fmt.Sprintf("page at %#x", at), err)
	}
	if string(p[:4]) != "RCRD" || !unprotect(p) {
		return nil, nil
	}
	return p, nil
}

// load makes page at the current one.
func (l *Log) load(at int64) error {
	if l.pageAt == at {
		return nil
	}
	l.pageAt = -1
	p, err := l.readRaw(at)
	if err != nil {
		return err
	}
	if t := l.tail[at]; t != nil && (p == nil || lastEnd(t) > lastEnd(p)) {
		p = t
	}
	l.pageAt, l.page = at, p
	return nil
}

func (l *Log) offsetBits() int { return 64 - l.rst.seqBits }

// offset is the place of an LSN in the file.
func (l *Log) offset(n LSN) int64 { return int64(n&(1<<l.offsetBits()-1)) << 3 }

// lsnAt is the LSN of a record at off that follows prev.
func (l *Log) lsnAt(prev LSN, off int64) LSN {
	round := prev >> l.offsetBits()
	if off < l.offset(prev) {
		round++
	}
	return round<<l.offsetBits() | LSN(off>>3)
}

// nextPage is the page behind the one at.
func (l *Log) nextPage(at int64) int64 {
	if at += l.rst.size; at >= l.end {
		return l.first
	}
	return at
}

// At reads the record with an LSN. ok is false when there is none there (any
// more, or yet).
func (l *Log) At(n LSN) (rec Record, next LSN, ok bool, err error) {
	off := l.offset(n)
	page := off - (off-l.first)%l.rst.size
	in := int(off - page)
	if l.until != 0 && n > l.until {
		return rec, 0, false, nil
	}
	if off < l.first || page >= l.end || in < l.rst.dataOffset || in+recHeader > int(l.rst.size) {
		return rec, 0, false, nil
	}
	if err := l.load(page); err != nil || l.page == nil {
		return rec, 0, false, err
	}
	if LSN(le.Uint64(l.page[in+recLSN:])) != n {
		return rec, 0, false, nil
	}
	size := recHeader + int(le.Uint32(l.page[in+recLength:]))
	if size <= recHeader || size > maxRecord || size%8 != 0 {
		return rec, 0, false, damaged(fmt.Sprintf("record %#x", uint64(n)), "%d bytes", size)
	}
	b := make([]byte, 0, size)
	for {
		k := min(int(l.rst.size)-in, size-len(b))
		b = append(b, l.page[in:in+k]...)
		in += k
		if len(b) == size {
			break
		}
		page, in = l.nextPage(page), l.rst.dataOffset
		if err := l.load(page); err != nil {
			return rec, 0, false, err
		}
		// The record ends on a page that says so, or later.
		if l.page == nil || lastEnd(l.page) < n && len(b)+int(l.rst.size)-in >= size {
			return rec, 0, false, nil
		}
	}
	if in+recHeader > int(l.rst.size) {
		page, in = l.nextPage(page), l.rst.dataOffset
	}
	rec, err = parseRecord(b)
	return rec, l.lsnAt(n, page+int64(in)), err == nil, err
}

// Walk calls fn for the records from from on, which must be there, to the end
// of the log. It returns the LSN of the last one. A log that ends before the
// newest LSN that is known to have been written is damaged.
func (l *Log) Walk(from LSN, fn func(Record) error) (last LSN, err error) {
	for n := from; ; {
		rec, next, ok, err := l.At(n)
		if err != nil {
			return last, err
		}
		if !ok {
			break
		}
		if next <= n {
			return last, damaged(fmt.Sprintf("record %#x", uint64(n)), "the log goes round")
		}
		if next-from > 1<<l.offsetBits() {
			return last, damaged(fmt.Sprintf("record %#x", uint64(n)), "more than a round behind %#x", uint64(from))
		}
		if err := fn(rec); err != nil {
			return last, err
		}
		last, n = n, next
	}
	if l.until != 0 {
		return last, nil
	}
	if last < l.rst.current {
		return last, damaged(fmt.Sprintf("record %#x", uint64(max(last, from))), "the log ends here, the restart page knows of %#x", uint64(l.rst.current))
	}
	return last, l.checkEnd(last)
}

// checkEnd refuses a log in which whole pages follow behind its end: what lies
// between could not be read, and nobody knows what it was.
func (l *Log) checkEnd(last LSN) error {
	page := l.offset(last)
	page -= (page - l.first) % l.rst.size
	for range 64 {
		p, err := l.readRaw(page)
		if err != nil {
			return err
		}
		if p != nil && lastEnd(p) > last {
			return damaged(fmt.Sprintf("page at %#x", page), "it ends with record %#x, but the log can only be followed to %#x", uint64(lastEnd(p)), uint64(last))
		}
		page = l.nextPage(page)
	}
	return nil
}
