package cab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
)

const magic = "MSCF"

// maxFound is how many places may look like a cabinet before a file is given up:
// a program has a handful, and a file can be made to have millions.
const maxFound = 1024

// maxNames is how often the magic number may stand there for nothing, as it does
// in programs that look for it.
const maxNames = 1 << 20

// Find gives the cabinets in a file of size bytes, whatever else it holds: those
// behind a program or in its resources are there as they are. A cabinet within
// a stored file of another one is not given. An error, which is the last one,
// comes from r or wraps ErrDamaged.
func Find(r io.ReaderAt, size int64, o Options) iter.Seq2[*Cabinet, error] {
	return func(yield func(*Cabinet, error) bool) {
		found, names := 0, 0
		s := scanner{r: r, size: size, buf: make([]byte, 64<<10)}
		for off := int64(0); ; {
			at, err := s.next(off)
			if err == io.EOF {
				return
			}
			var c *Cabinet
			if err == nil {
				c, err = openFound(r, at, size, o)
				off = at + 1
			}
			if names++; err != errSizes {
				found++
			}
			if found > maxFound || names > maxNames {
				yield(nil, &FormatError{Struct: "CFHEADER", Off: at, Reason: fmt.Sprintf("%d places look like cabinets, too many to look at", names)})
				return
			}
			switch {
			case err == nil:
				if !yield(c, nil) {
					return
				}
				off = at + max(c.Size, 1)
			case err == errSizes:
			case !errors.Is(err, ErrNotCabinet) && !errors.Is(err, ErrDamaged):
				yield(nil, err)
				return
			}
		}
	}
}

var errSizes = fmt.Errorf("%w: sizes do not fit the file", ErrNotCabinet)

// openFound looks at the sizes before it believes.
func openFound(r io.ReaderAt, off, size int64, o Options) (*Cabinet, error) {
	var head [headerSize]byte
	if n, err := r.ReadAt(head[:], off); n < headerSize {
		if err == io.EOF || err == nil {
			return nil, errSizes
		}
		return nil, fmt.Errorf("read cabinet at %#x: %w", off, err)
	}
	length, files := int64(le.Uint32(head[8:])), int64(le.Uint32(head[16:]))
	if files >= length || off+files >= size {
		return nil, errSizes
	}
	return openAt(r, off, size, o)
}

// scanner looks for the magic number in pieces.
type scanner struct {
	r    io.ReaderAt
	size int64
	buf  []byte
	base int64  // where the piece is
	have []byte // the piece
}

// next gives the first place from off on, io.EOF when there is none.
func (s *scanner) next(off int64) (int64, error) {
	for {
		if from := off - s.base; from >= 0 && from < int64(len(s.have)) {
			if i := bytes.Index(s.have[from:], []byte(magic)); i >= 0 {
				return off + int64(i), nil
			}
			// The number may be cut by the end of the piece.
			off = max(off, s.base+int64(len(s.have)-len(magic)+1))
		}
		if off > s.size-int64(len(magic)) {
			return 0, io.EOF
		}
		b := s.buf[:min(int64(len(s.buf)), s.size-off)]
		n, err := s.r.ReadAt(b, off)
		if n < len(b) && err != nil && err != io.EOF {
			return 0, fmt.Errorf("search for cabinets at %#x: %w", off+int64(n), err)
		}
		if n < len(magic) {
			return 0, io.EOF
		}
		s.base, s.have = off, b[:n]
		if n < len(b) {
			s.size = off + int64(n)
		}
	}
}
