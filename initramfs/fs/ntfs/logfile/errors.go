package logfile

import (
	"encoding/binary"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
)

var le = binary.LittleEndian

// FormatError says what contradicts itself, in the log or in what a record
// changes. It wraps fs.ErrDamaged.
type FormatError struct {
	Struct string // "restart page", "page at 0x5000", "record 0x1234"
	Reason string
}

// Error gives structure and reason.
func (e *FormatError) Error() string {
	return fmt.Sprintf("$LogFile %s: %s: %v", e.Struct, e.Reason, fs.ErrDamaged)
}

// Unwrap returns fs.ErrDamaged.
func (e *FormatError) Unwrap() error { return fs.ErrDamaged }

func damaged(what, format string, args ...any) error {
	return &FormatError{what, fmt.Sprintf(format, args...)}
}

// UnknownError names a log, or a record of it, that we do not understand well
// enough to replay it. It wraps fs.ErrUnsupported.
type UnknownError struct {
	LSN        LSN // 0: the log as a whole
	Redo, Undo Op
	Reason     string
}

// Error gives the record and the reason.
func (e *UnknownError) Error() string {
	if e.LSN == 0 {
		return fmt.Sprintf("$LogFile: %s: %v", e.Reason, fs.ErrUnsupported)
	}
	return fmt.Sprintf("$LogFile record %#x (%v, undo %v): %s: %v", uint64(e.LSN), e.Redo, e.Undo, e.Reason, fs.ErrUnsupported)
}

// Unwrap returns fs.ErrUnsupported.
func (e *UnknownError) Unwrap() error { return fs.ErrUnsupported }

func unknown(format string, args ...any) error {
	return &UnknownError{Reason: fmt.Sprintf(format, args...)}
}
