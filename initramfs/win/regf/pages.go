package regf

import (
	"fmt"
	"io"
	"sync"
)

// The cache holds at most pageCount pages: 1 MiB. It is direct mapped: a page
// has one place. Hives are laid out roughly in the order they are walked, so
// that nothing cleverer was measured to be worth its code.
const (
	blockSize = 4096 // of what an editor copies
	pageSize  = 16 << 10
	pageCount = 64
)

// pages reads a file through a bounded cache. Safe for concurrent use.
type pages struct {
	r    io.ReaderAt
	size int64 // of the file as it is seen
	file int64 // bytes that r has; less than size when an editor made it longer

	mu   sync.Mutex
	over map[int64][]byte // 4096 byte pages that an editor changed, by number; nil elsewhere
	slot [pageCount]page
}

type page struct {
	data []byte // nil: never used
	n    int    // bytes that are valid, fewer than a page at the end of the file
	no   int64
}

// read fills p from offset off. The caller has checked that the range lies in
// the file. An error is an input/output error, never damage.
func (c *pages) read(p []byte, off int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(p) > 0 {
		part := p
		if c.over != nil {
			part = p[:min(int64(len(p)), blockSize-off%blockSize)]
			if b := c.over[off/blockSize]; b != nil {
				n := copy(part, b[off%blockSize:])
				p, off = p[n:], off+int64(n)
				continue
			}
		}
		n, err := c.cached(part, off)
		if err != nil {
			return err
		}
		p, off = p[n:], off+int64(n)
	}
	return nil
}

// cached reads what one page of the cache has of p.
func (c *pages) cached(p []byte, off int64) (int, error) {
	pg, err := c.page(off / pageSize)
	if err != nil {
		return 0, err
	}
	in := int(off % pageSize)
	if in >= pg.n {
		return 0, fmt.Errorf("read hive at %#x: %w", off, io.ErrUnexpectedEOF)
	}
	return copy(p, pg.data[in:pg.n]), nil
}

func (c *pages) page(no int64) (*page, error) {
	pg := &c.slot[no%pageCount]
	if pg.n > 0 && pg.no == no {
		return pg, nil
	}
	if pg.data == nil {
		pg.data = make([]byte, pageSize)
	}
	pg.no, pg.n = no, 0
	off := no * pageSize
	want := min(pageSize, c.file-off)
	if want <= 0 {
		return nil, fmt.Errorf("read hive at %#x: %w", off, io.ErrUnexpectedEOF)
	}
	n, err := c.r.ReadAt(pg.data[:want], off)
	if int64(n) < want {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("read hive at %#x: %w", off+int64(n), err)
	}
	pg.n = n
	return pg, nil
}
