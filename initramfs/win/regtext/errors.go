package regtext

import (
	"errors"
	"fmt"
)

// Classes of errors, to be tested with errors.Is.
var (
	// ErrSyntax is wrapped by every *SyntaxError.
	ErrSyntax = errors.New("registry text cannot be understood")
	// ErrMapping: it is not certain which key of the hive a path means.
	ErrMapping = errors.New("path cannot be mapped to the hive")
	// ErrLink: a key on the way is a symbolic link.
	ErrLink = errors.New("key is a symbolic link")
	// ErrInexpressible: the format cannot carry a name or a character.
	ErrInexpressible = errors.New("cannot be expressed in registry text")
)

// SyntaxError says what is wrong with a line of a file.
type SyntaxError struct {
	Line   int // from 1
	Reason string
}

// Error gives the line and the reason.
func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// Unwrap makes errors.Is(err, ErrSyntax) true.
func (e *SyntaxError) Unwrap() error { return ErrSyntax }
