package ntfs

import (
	"encoding/binary"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
)

var le = binary.LittleEndian

// FormatError says which structure of the volume is damaged, and how. It
// wraps fs.ErrDamaged.
type FormatError struct {
	Struct string // "boot sector", "MFT record 5", ...
	Off    int64  // byte offset inside Struct
	Reason string // what was expected and what is there
}

// Error gives structure, offset and reason.
func (e *FormatError) Error() string {
	return fmt.Sprintf("%s at %#x: %s: %v", e.Struct, e.Off, e.Reason, fs.ErrDamaged)
}

// Unwrap returns fs.ErrDamaged.
func (e *FormatError) Unwrap() error { return fs.ErrDamaged }

func damaged(what string, off int64, format string, args ...any) error {
	return &FormatError{Struct: what, Off: off, Reason: fmt.Sprintf(format, args...)}
}

func unsupported(what, reason string) error {
	return fmt.Errorf("%s: %s: %w", what, reason, fs.ErrUnsupported)
}
