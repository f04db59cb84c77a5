package regfcheck

import (
	"encoding/binary"
	"fmt"
	"io"
)

const (
	baseSize  = 4096
	binUnit   = 4096
	binHeader = 32
	none      = 0xffffffff
	maxBins   = 2 << 30
)

var le = binary.LittleEndian

// image reads a hive through a cache of fixed size. The first input/output
// error stays in err, and from then on all reads give zeros: callers look at
// err before they believe anything.
type image struct {
	r    io.ReaderAt
	size int64
	err  error
	slot [pageCount]page
}

// The cache is direct mapped: 2 MiB.
const (
	pageSize  = 16 << 10
	pageCount = 128
)

type page struct {
	no   int64
	data []byte // as much as there is; nil: never used
}

// read fills p from file offset off; bytes behind the end of the file are zero.
func (m *image) read(p []byte, off int64) {
	for len(p) > 0 {
		pg := m.page(off / pageSize)
		n := 0
		if in := int(off % pageSize); in < len(pg) {
			n = copy(p, pg[in:])
		} else {
			n = int(min(int64(len(p)), pageSize-off%pageSize))
			clear(p[:n])
		}
		p, off = p[n:], off+int64(n)
	}
}

func (m *image) page(no int64) []byte {
	pg := &m.slot[no%pageCount]
	if pg.data != nil && pg.no == no {
		return pg.data
	}
	n := min(pageSize, m.size-no*pageSize)
	if n <= 0 || m.err != nil {
		return nil
	}
	if cap(pg.data) < pageSize {
		pg.data = make([]byte, pageSize)
	}
	pg.no, pg.data = no, pg.data[:n]
	got, err := m.r.ReadAt(pg.data, no*pageSize)
	if int64(got) < n {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		m.err = fmt.Errorf("read hive at %#x: %w", no*pageSize+int64(got), err)
		pg.data = nil
		return nil
	}
	return pg.data
}

func (m *image) bytes(off int64, n int) []byte {
	b := make([]byte, n)
	m.read(b, off)
	return b
}

func (m *image) u32(off int64) uint32 {
	var b [4]byte
	m.read(b[:], off)
	return le.Uint32(b[:])
}

func (m *image) u16(off int64) uint16 {
	var b [2]byte
	m.read(b[:], off)
	return le.Uint16(b[:])
}

// bitset has one bit for each 8 bytes of hbins: for each place where a cell
// can start.
type bitset []uint64

func newBitset(bins int64) bitset { return make(bitset, bins/8/64+1) }

func (b bitset) has(off uint32) bool {
	return off%8 == 0 && int(off/512) < len(b) && b[off/512]&(1<<(off/8%64)) != 0
}

func (b bitset) set(off uint32) { b[off/512] |= 1 << (off / 8 % 64) }

func (b bitset) clear(off uint32) { b[off/512] &^= 1 << (off / 8 % 64) }
