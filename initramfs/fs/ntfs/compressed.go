package ntfs

import (
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs/lznt1"
)

// maxCompressionUnit bounds the memory that a unit takes. Windows compresses
// only with clusters of up to 4 KiB and 16 of them in a unit: 64 KiB.
const maxCompressionUnit = 1 << 20

// unitShift is the exponent of the clusters in a compression unit (u8 at 22).
func (a attribute) unitShift() int { return int(a.b[0x22]) }

// plain gives the content of the stream as a program on Windows reads it.
func (s *stream) plain() (io.ReaderAt, error) {
	if !s.compressed() {
		return s, nil
	}
	a, err := s.parts[0].load()
	if err != nil {
		return nil, err
	}
	if method := a.flags() & attrFlagCompressed; method != 1 {
		return nil, unsupported(s.what, fmt.Sprintf("compression method %d", method))
	}
	shift := a.unitShift()
	if shift == 0 || shift > 8 || s.v.clusterSize<<shift > maxCompressionUnit {
		return nil, damaged(s.what, int64(a.off+0x22), "compression unit of 2^%d clusters of %d bytes", shift, s.v.clusterSize)
	}
	c := &compressed{s: s, unit: s.v.clusterSize << shift}
	return newUnitReader(s.what, s.size, c.unit, c.load), nil
}

// compressed reads an LZNT1-compressed stream. Each unit of it lies on the
// volume in one of three forms: all clusters there (plain), none (zeros), or
// some followed by a hole (compressed).
type compressed struct {
	s    *stream
	unit int64
	buf  []byte // compressed bytes of a unit
}

// load decodes unit i. What lies behind the initialized size is zero, and so is
// what a compressed unit leaves open.
func (c *compressed) load(i int64, dst []byte) error {
	start := i * c.unit
	valid := max(0, min(int64(len(dst)), c.s.init-start))
	clear(dst[valid:])
	dst = dst[:valid]
	if valid == 0 {
		return nil
	}
	there, err := c.allocated(start)
	switch {
	case err != nil:
		return err
	case there == 0:
		clear(dst)
		return nil
	case there == c.unit:
		return c.s.readAllocated(dst, start)
	}
	if c.buf == nil {
		c.buf = make([]byte, c.unit)
	}
	if err := c.s.readAllocated(c.buf[:there], start); err != nil {
		return err
	}
	n, err := lznt1.Decode(dst, c.buf[:there])
	if err != nil {
		return fmt.Errorf("%s: compression unit %d: %w", c.s.what, i, err)
	}
	clear(dst[n:])
	return nil
}

// allocated is how many bytes at the start of the unit have clusters.
func (c *compressed) allocated(start int64) (n int64, err error) {
	err = c.s.pieces(start, c.unit, func(p piece) error {
		if p.vol < 0 {
			return nil
		}
		if p.off != start+n {
			return damaged(c.s.what, 0, "compression unit at %d has a cluster at %d behind a hole", start, p.off)
		}
		n += p.n
		return nil
	})
	return n, err
}

// readAllocated reads clusters that are there, whatever the size of the stream.
func (s *stream) readAllocated(b []byte, off int64) error {
	return s.pieces(off, int64(len(b)), func(p piece) error {
		if p.vol < 0 {
			return damaged(s.what, 0, "hole at %d", p.off)
		}
		at := b[p.off-off : p.off-off+p.n]
		if n, err := s.v.dev.ReadAt(at, p.vol); n < len(at) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("%s: volume at %#x: %w", s.what, p.vol, err)
		}
		return nil
	})
}
