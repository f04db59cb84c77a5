package inf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// Bounds of a file. The largest that Windows comes with have about 60,000 lines.
const (
	maxSize     = 8 << 20
	maxSections = 1 << 15
	maxLines    = 1 << 18
	maxValues   = 1 << 20
	maxField    = 4096 // as Windows
)

// Classes of errors, to be tested with errors.Is.
var (
	// ErrNotINF: the file is something else.
	ErrNotINF = errors.New("not an INF file")
	// ErrSyntax is wrapped by every *Error.
	ErrSyntax = errors.New("INF file cannot be used")
)

// Error says what is wrong at a line of the file.
type Error struct {
	Line    int // from 1
	Section string
	Reason  string
}

// Error gives line, section and reason.
func (e *Error) Error() string {
	if e.Section == "" {
		return fmt.Sprintf("INF file, line %d: %s", e.Line, e.Reason)
	}
	return fmt.Sprintf("INF file, line %d, [%s]: %s", e.Line, e.Section, e.Reason)
}

// Unwrap makes errors.Is(err, ErrSyntax) true.
func (e *Error) Unwrap() error { return ErrSyntax }

// readText reads a whole file and decodes it: UTF-16 and UTF-8 by their marks,
// other files by the code page.
func readText(r io.Reader, page encoding.Encoding) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxSize+1))
	if err != nil {
		return "", err
	}
	if len(b) > maxSize {
		return "", fmt.Errorf("%w: more than %d MiB", ErrNotINF, maxSize>>20)
	}
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return strings.ToValidUTF8(string(b[3:]), "\ufffd"), nil
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		return utf16Text(b[2:], 0, 1), nil
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return utf16Text(b[2:], 1, 0), nil
	// Windows takes UTF-16 without mark too: it guesses by the zeros.
	case len(b) > 4 && b[1] == 0 && b[3] == 0 && b[0] != 0:
		return utf16Text(b, 0, 1), nil
	}
	if page == nil {
		page = charmap.Windows1252
	}
	text, err := page.NewDecoder().Bytes(b)
	if err != nil {
		return "", fmt.Errorf("%w: not text of its code page: %w", ErrNotINF, err)
	}
	return strings.ToValidUTF8(string(text), "\ufffd"), nil
}

func utf16Text(b []byte, low, high int) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = uint16(b[2*i+low]) | uint16(b[2*i+high])<<8
	}
	return string(utf16.Decode(u))
}
