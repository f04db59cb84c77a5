package ntfs

import (
	"fmt"
	"io"
	"sync"
)

// unitReader gives random access to data that is compressed unit by unit. It keeps
// one unit in plain form, so that small reads in order decode nothing twice.
type unitReader struct {
	what string
	size int64 // plain bytes of the whole
	unit int64 // plain bytes of a unit, the last one may be shorter
	// load decodes unit i into dst, which has exactly its length.
	load func(i int64, dst []byte) error

	mu   sync.Mutex
	last int64 // unit in buf, -1: none
	buf  []byte
}

func newUnitReader(what string, size, unit int64, load func(int64, []byte) error) *unitReader {
	return &unitReader{what: what, size: size, unit: unit, load: load, last: -1}
}

// ReadAt decodes the units of the range; one that is wanted whole goes straight
// into b.
func (u *unitReader) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("%s: read at %d", u.what, off)
	}
	if off >= u.size {
		return 0, io.EOF
	}
	var eof error
	if int64(len(b)) > u.size-off {
		b, eof = b[:u.size-off], io.EOF
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	done := 0
	for done < len(b) {
		at := off + int64(done)
		n, err := u.part(b[done:], at/u.unit, int(at%u.unit))
		if err != nil {
			return done, err
		}
		done += n
	}
	return done, eof
}

// part copies from unit i, from its byte skip on, what fits into b.
func (u *unitReader) part(b []byte, i int64, skip int) (int, error) {
	n := int(min(u.unit, u.size-i*u.unit))
	if i != u.last {
		if skip == 0 && len(b) >= n {
			return n, u.load(i, b[:n])
		}
		if u.buf == nil {
			u.buf = make([]byte, min(u.unit, u.size))
		}
		u.last = -1
		if err := u.load(i, u.buf[:n]); err != nil {
			return 0, err
		}
		u.last = i
	}
	return copy(b, u.buf[skip:n]), nil
}
