package wof

import (
	"encoding/binary"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
)

const (
	// Tag is the reparse tag of the filter.
	Tag = 0x80000017
	// StreamName is the stream with the compressed data.
	StreamName = "WofCompressedData"
)

// Algorithm is how the chunks of a file are compressed.
type Algorithm uint32

// The algorithms, with their numbers in the reparse point.
const (
	XPRESS4K Algorithm = iota
	LZX
	XPRESS8K
	XPRESS16K
)

// String is the name that compact.exe uses.
func (a Algorithm) String() string {
	switch a {
	case XPRESS4K:
		return "XPRESS4K"
	case LZX:
		return "LZX"
	case XPRESS8K:
		return "XPRESS8K"
	case XPRESS16K:
		return "XPRESS16K"
	}
	return fmt.Sprintf("algorithm %d", uint32(a))
}

// ChunkSize is how many plain bytes a chunk holds, apart from the last one; 0
// for an unknown algorithm.
func (a Algorithm) ChunkSize() int {
	switch a {
	case XPRESS4K:
		return 4 << 10
	case XPRESS8K:
		return 8 << 10
	case XPRESS16K:
		return 16 << 10
	case LZX:
		return 32 << 10
	}
	return 0
}

// Offsets in the reparse point.
const (
	reparseLength    = 4
	wofVersion       = 8
	wofProvider      = 0x0c
	fileVersion      = 0x10
	fileAlgorithm    = 0x14
	reparseSize      = 0x18
	providerWIM      = 1
	providerFile     = 2
	knownWOFVersion  = 1
	knownFileVersion = 1
)

// FormatError says what contradicts itself. It wraps fs.ErrDamaged.
type FormatError struct {
	Struct string // "reparse point", "chunk table", "chunk 7"
	Reason string
}

// Error gives structure and reason.
func (e *FormatError) Error() string {
	return fmt.Sprintf("WOF %s: %s: %v", e.Struct, e.Reason, fs.ErrDamaged)
}

// Unwrap returns fs.ErrDamaged.
func (e *FormatError) Unwrap() error { return fs.ErrDamaged }

func damaged(what, format string, args ...any) error {
	return &FormatError{what, fmt.Sprintf(format, args...)}
}

// ParseReparse reads the content of a $REPARSE_POINT, from its tag on. Another
// provider, version or algorithm is an error that wraps fs.ErrUnsupported.
func ParseReparse(b []byte) (Algorithm, error) {
	if len(b) < wofProvider+4 {
		return 0, damaged("reparse point", "%d bytes", len(b))
	}
	le := binary.LittleEndian
	if tag := le.Uint32(b); tag != Tag {
		return 0, damaged("reparse point", "tag %#x", tag)
	}
	if v := le.Uint32(b[wofVersion:]); v != knownWOFVersion {
		return 0, fmt.Errorf("WOF version %d: %w", v, fs.ErrUnsupported)
	}
	switch p := le.Uint32(b[wofProvider:]); p {
	case providerFile:
	case providerWIM:
		return 0, fmt.Errorf("WOF: the data lies in a WIM archive (WIMBoot): %w", fs.ErrUnsupported)
	default:
		return 0, fmt.Errorf("WOF provider %d: %w", p, fs.ErrUnsupported)
	}
	if n := int(le.Uint16(b[reparseLength:])); n < reparseSize-8 || len(b) < reparseSize {
		return 0, damaged("reparse point", "%d bytes of data, %d in all", n, len(b))
	}
	if v := le.Uint32(b[fileVersion:]); v != knownFileVersion {
		return 0, fmt.Errorf("WOF file provider version %d: %w", v, fs.ErrUnsupported)
	}
	a := Algorithm(le.Uint32(b[fileAlgorithm:]))
	if a.ChunkSize() == 0 {
		return 0, fmt.Errorf("WOF %v: %w", a, fs.ErrUnsupported)
	}
	return a, nil
}
