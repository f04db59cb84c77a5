package block

import (
	"errors"
	"fmt"
	"io"
)

// ErrBounds is wrapped by every error for an access outside a Section.
var ErrBounds = errors.New("access outside the section")

// Section is a window on a Device, normally one partition. Unlike
// io.SectionReader it also writes, and unlike most it enforces its end on
// writing too: a file system with a damaged run list must never reach its
// neighbour.
type Section struct {
	dev Device
	r   Range
}

// NewSection returns the window r of dev. A window that is not completely
// inside dev is an error that wraps ErrBounds.
func NewSection(dev Device, r Range) (*Section, error) {
	if !(Range{0, dev.Size()}).Contains(r) {
		return nil, fmt.Errorf("section %v of a device of %#x bytes: %w", r, dev.Size(), ErrBounds)
	}
	return &Section{dev: dev, r: r}, nil
}

// Base is where the section lies on its Device.
func (s *Section) Base() Range { return s.r }

// Size is the length of the section in bytes.
func (s *Section) Size() int64 { return s.r.Len }

// SectorSize is that of the Device.
func (s *Section) SectorSize() int { return s.dev.SectorSize() }

// Flush flushes the whole Device.
func (s *Section) Flush() error { return s.dev.Flush() }

// ReadAt reads inside the section; at its end it returns io.EOF.
func (s *Section) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("read at %#x: %w", off, ErrBounds)
	}
	if off >= s.r.Len {
		return 0, io.EOF
	}
	if rest := s.r.Len - off; int64(len(p)) > rest {
		n, err := s.dev.ReadAt(p[:rest], s.r.Off+off)
		if err == nil {
			err = io.EOF
		}
		return n, err
	}
	return s.dev.ReadAt(p, s.r.Off+off)
}

// WriteAt writes inside the section. A write that does not fit completely
// writes nothing and returns an error that wraps ErrBounds.
func (s *Section) WriteAt(p []byte, off int64) (int, error) {
	if !(Range{0, s.r.Len}).Contains(Range{off, int64(len(p))}) {
		return 0, fmt.Errorf("write of %#x bytes at %#x, section ends at %#x: %w", len(p), off, s.r.Len, ErrBounds)
	}
	return s.dev.WriteAt(p, s.r.Off+off)
}
