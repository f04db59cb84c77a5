package block

import (
	"errors"
	"fmt"
	"io"
)

// ErrReadOnly is wrapped by the error of every WriteAt on a Device that must
// not change.
var ErrReadOnly = errors.New("device is read-only")

// Device is a disk, a part of one, or something that behaves like one.
//
// ReadAt and WriteAt take byte offsets of any alignment and follow io.ReaderAt
// and io.WriterAt: a call that reaches past Size transfers what lies inside and
// returns an error. Implementations are safe for concurrent ReadAt.
type Device interface {
	io.ReaderAt
	io.WriterAt

	// Size is the length in bytes. It never changes while the Device is open.
	Size() int64

	// SectorSize is the logical sector size in bytes: the unit that a disk
	// writes whole or not at all. 512 or 4096 in practice.
	SectorSize() int

	// Flush returns when everything written before is on stable storage.
	// Format packages never call it.
	Flush() error
}

// LBA is a logical block address: an index of logical sectors, from 0.
type LBA uint64

// Range is a run of bytes on a Device.
type Range struct {
	Off int64 // first byte
	Len int64 // number of bytes
}

// End is the first byte behind the range.
func (r Range) End() int64 { return r.Off + r.Len }

// String gives the range as "offset+length" in hexadecimal bytes.
func (r Range) String() string { return fmt.Sprintf("%#x+%#x", r.Off, r.Len) }

// Contains reports whether o lies completely inside r.
func (r Range) Contains(o Range) bool {
	return o.Off >= r.Off && o.Len >= 0 && o.Len <= r.Len && o.Off-r.Off <= r.Len-o.Len
}
