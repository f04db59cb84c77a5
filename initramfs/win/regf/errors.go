package regf

import (
	"errors"
	"fmt"
)

// Classes of errors, to be tested with errors.Is.
var (
	// ErrSignature: the file is no registry hive; the message says what it
	// looks like instead.
	ErrSignature = errors.New("not a registry hive")
	// ErrShort: the file is too short to hold a base block.
	ErrShort = errors.New("hive is too short")
	// ErrUnsupported: a hive of a version or kind this package does not read.
	ErrUnsupported = errors.New("hive not supported")
	// ErrDamaged is wrapped by every *FormatError.
	ErrDamaged = errors.New("hive is damaged")
	// ErrNotExist: the key or value is not there.
	ErrNotExist = errors.New("no such key or value")
	// ErrType: the value has not the type or length that was asked for.
	ErrType = errors.New("value has another type")
	// ErrDirty: the hive needs its transaction log and must not be edited.
	ErrDirty = errors.New("hive is not clean")
	// ErrEdit: the edit cannot be done in place.
	ErrEdit = errors.New("value cannot be changed in place")
	// ErrUnproved: the result of an edit is not what was asked for. The fault
	// is in this package; nothing must be written.
	ErrUnproved = errors.New("the edit did not come out as it was asked for")
	// ErrLimit: the edit would exceed a limit of the format or one that the
	// caller set; the message names it.
	ErrLimit = errors.New("beyond a limit of the hive")
	// ErrRefused: an edit that makes no sense or rests on something that is not
	// as it should be; the message says what.
	ErrRefused = errors.New("edit refused")
)

// FormatError says that the hive breaks the format at one place.
type FormatError struct {
	Struct string // what was read there: "nk", "lh", "cell", ...
	Off    int64  // byte offset in the hive file
	Want   string // what the format demands, may be empty
	Got    string // what is there, may be empty
	Reason string // in words
}

// Error gives structure, offset, reason, expected and actual on one line.
func (e *FormatError) Error() string {
	s := fmt.Sprintf("hive is damaged: %s at %#x: %s", e.Struct, e.Off, e.Reason)
	if e.Want != "" {
		s += ", want " + e.Want
	}
	if e.Got != "" {
		s += ", got " + e.Got
	}
	return s
}

// Unwrap makes errors.Is(err, ErrDamaged) true.
func (e *FormatError) Unwrap() error { return ErrDamaged }

func damaged(structure string, off int64, reason string) *FormatError {
	return &FormatError{Struct: structure, Off: off, Reason: reason}
}

// number formats a field for Want and Got.
func number[T ~int32 | ~uint16 | ~uint32 | ~int64 | ~int](n T) string {
	return fmt.Sprintf("%#x", n)
}
