package blocktest

import (
	"bytes"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Mem is a disk in memory. The zero value is of no use; see NewMem.
type Mem struct {
	data    []byte
	sector  int
	Flushes int // how often Flush was called
	Writes  int // how often WriteAt was called
}

// NewMem returns a disk that holds data (not a copy of it) with logical
// sectors of the given size.
func NewMem(data []byte, sector int) *Mem { return &Mem{data: data, sector: sector} }

// Bytes is the content itself, not a copy.
func (m *Mem) Bytes() []byte { return m.data }

// Size is the length of the content.
func (m *Mem) Size() int64 { return int64(len(m.data)) }

// SectorSize is what NewMem was told.
func (m *Mem) SectorSize() int { return m.sector }

// Flush counts.
func (m *Mem) Flush() error { m.Flushes++; return nil }

// DropCache does nothing: there is none.
func (m *Mem) DropCache() error { return nil }

// ReadAt implements io.ReaderAt.
func (m *Mem) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("read at %#x: %w", off, block.ErrBounds)
	}
	if off >= m.Size() {
		return 0, io.EOF
	}
	n := copy(p, m.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt implements io.WriterAt; a write past the end writes nothing.
func (m *Mem) WriteAt(p []byte, off int64) (int, error) {
	if !(block.Range{Len: m.Size()}).Contains(block.Range{Off: off, Len: int64(len(p))}) {
		return 0, fmt.Errorf("write of %#x bytes at %#x, disk ends at %#x: %w", len(p), off, m.Size(), block.ErrBounds)
	}
	m.Writes++
	return copy(m.data[off:], p), nil
}

// Clone returns a disk of its own with the same content.
func (m *Mem) Clone() *Mem { return NewMem(bytes.Clone(m.data), m.sector) }
