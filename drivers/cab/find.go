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

// Find gives the cabinets in a file of size bytes, whatever else it holds: those
// behind a program or in its resources are there as they are. A cabinet within
// a stored file of another one is not given. An error, which is the last one,
// comes from r or wraps ErrDamaged.
func Find(r io.ReaderAt, size int64, o Options) iter.Seq2[*Cabinet, error] {
	return func(yield func(*Cabinet, error) bool) {
		found := 0
		for off := int64(0); ; {
			at, err := search(r, off, size)
			if err == io.EOF {
				return
			}
			var c *Cabinet
			if err == nil {
				c, err = openFound(r, at, size, o)
				off = at + 1
			}
			if err == errSizes { // costs nothing
				continue
			}
			if found++; found > maxFound {
				yield(nil, &FormatError{Struct: "CFHEADER", Off: at, Reason: fmt.Sprintf("more than %d places look like cabinets", maxFound)})
				return
			}
			switch {
			case err == nil:
				if !yield(c, nil) {
					return
				}
				off = at + max(c.Size, 1)
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

// search finds the next place of the magic number from off on.
func search(r io.ReaderAt, off, size int64) (int64, error) {
	buf := make([]byte, 64<<10)
	for off < size {
		b := buf[:min(int64(len(buf)), size-off)]
		n, err := r.ReadAt(b, off)
		if n < len(b) && err != nil && err != io.EOF {
			return 0, fmt.Errorf("search for cabinets at %#x: %w", off+int64(n), err)
		}
		if i := bytes.Index(b[:n], []byte(magic)); i >= 0 {
			return off + int64(i), nil
		}
		if n < len(magic) || off+int64(n) >= size {
			break
		}
		off += int64(n - len(magic) + 1)
	}
	return 0, io.EOF
}
