package part

import (
	"bytes"
	"errors"
	"fmt"
)

// ErrRefused is wrapped by the errors of edits that are not made, whose text
// says what to do instead.
var ErrRefused = errors.New("refused")

// Refuse is an error that wraps ErrRefused.
func Refuse(format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), ErrRefused)
}

// Patch is a change of bytes where they lie: on the disk, or on the volume
// whose bytes the maker of the patch was given. Old and New have the same
// length and differ.
type Patch struct {
	What     string // "active flag of partition 2"
	Off      int64  // bytes from the start of the disk or volume
	Old, New []byte
}

// At is the same patch for somebody who counts from base bytes before: a patch
// of a volume becomes one of its disk.
func (p Patch) At(base int64) Patch {
	p.Off += base
	return p
}

func (p Patch) String() string {
	if len(p.New) > 16 {
		return fmt.Sprintf("%s: %d bytes at %#x", p.What, len(p.New), p.Off)
	}
	return fmt.Sprintf("%s: % X at %#x becomes % X", p.What, p.Old, p.Off, p.New)
}

// Diff is the patch that turns was into becomes at off, without the equal bytes
// around the difference; ok is false where there is none.
func Diff(what string, off int64, was, becomes []byte) (p Patch, ok bool) {
	n := min(len(was), len(becomes))
	was, becomes = was[:n], becomes[:n]
	if bytes.Equal(was, becomes) {
		return Patch{}, false
	}
	from, to := 0, n
	for was[from] == becomes[from] {
		from++
	}
	for was[to-1] == becomes[to-1] {
		to--
	}
	return Patch{what, off + int64(from), bytes.Clone(was[from:to]), bytes.Clone(becomes[from:to])}, true
}
