package cab

import (
	"errors"
	"fmt"
)

// Classes of errors, to be tested with errors.Is.
var (
	// ErrNotCabinet: the file is something else.
	ErrNotCabinet = errors.New("not a cabinet")
	// ErrDamaged is wrapped by every *FormatError.
	ErrDamaged = errors.New("cabinet is damaged")
	// ErrMethod: the folder is compressed by a method that is not supported.
	ErrMethod = errors.New("compression is not supported")
	// ErrPart is wrapped by every *PartError.
	ErrPart = errors.New("another cabinet of the set is needed")
)

// FormatError says that the cabinet breaks the format at one place.
type FormatError struct {
	Struct string // name in MS-CAB, e.g. "CFDATA"
	Off    int64  // byte offset in the file that holds the cabinet
	Reason string
	Err    error // of the decoder, or nil
}

// Error gives structure, offset and reason.
func (e *FormatError) Error() string {
	s := fmt.Sprintf("cabinet is damaged: %s at %#x: %s", e.Struct, e.Off, e.Reason)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives ErrDamaged and the error of the decoder.
func (e *FormatError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrDamaged}
	}
	return []error{ErrDamaged, e.Err}
}

// PartError names the cabinet that is needed to read a file of a set.
type PartError struct {
	Name string // file name
	Disk string // what the disk is labelled, may be empty
	Err  error  // why it is not there, nil: nobody was asked for it
}

// Error names file and disk.
func (e *PartError) Error() string {
	s := fmt.Sprintf("cabinet %q of the same set is needed", e.Name)
	if e.Disk != "" {
		s += fmt.Sprintf(" (disk %q)", e.Disk)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives ErrPart and the cause.
func (e *PartError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrPart}
	}
	return []error{ErrPart, e.Err}
}
