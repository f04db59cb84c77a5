package ntfs

import (
	"fmt"
	"io"
)

// chunk is how much file content is in memory at once.
const chunk = 1 << 20

// fill gives a file the unnamed data r, of size bytes, in place of what it
// has. The old clusters become free with the commit.
func (c *change) fill(f *editFile, r io.Reader, size int64) error {
	if old := f.find(attrData, nil); old != nil {
		f.remove(old)
	}
	a := &attr{typ: attrData}
	if size <= int64(c.boot.RecordSize) {
		a.value = make([]byte, size)
		if _, err := io.ReadFull(r, a.value); err != nil {
			return shortInput(err)
		}
		f.add(a)
		return f.relieve()
	}
	runs, err := c.allocate(c.cover(size), 0, 0)
	if err != nil {
		return err
	}
	a.nonRes, a.runs, a.size, a.init = true, runs, size, size
	f.add(a)
	return c.stream(a, r, 0, size)
}

func shortInput(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("reading the new content: %w", err)
}

// stream writes n bytes of r at off, the start of a cluster, into clusters
// that this change allocated, at once. The last page is padded with zeros.
func (c *change) stream(a *attr, r io.Reader, off, n int64) error {
	buf := make([]byte, min(chunk, (n+pageSize-1)/pageSize*pageSize))
	for n > 0 {
		k := min(int64(len(buf)), n)
		if _, err := io.ReadFull(r, buf[:k]); err != nil {
			return shortInput(err)
		}
		padded := (k + pageSize - 1) / pageSize * pageSize
		clear(buf[k:padded])
		err := c.eachPiece(a, off, padded, func(p piece) error {
			if _, err := c.real.dev.WriteAt(buf[p.off-off:p.off-off+p.n], p.vol); err != nil {
				return fmt.Errorf("volume at %#x: %w", p.vol, err)
			}
			return nil
		})
		if err != nil {
			return err
		}
		off, n = off+k, n-k
	}
	return nil
}
