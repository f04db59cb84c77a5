package szdd

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Classes of errors, to be tested with errors.Is.
var (
	// ErrNotPacked: the file is something else.
	ErrNotPacked = errors.New("not a compressed file of COMPRESS.EXE")
	// ErrDamaged: the header or the data contradicts itself.
	ErrDamaged = errors.New("compressed file is damaged")
	// ErrMethod: a method of KWAJ that is not supported.
	ErrMethod = errors.New("compression is not supported")
)

const (
	magicSZDD   = "SZDD\x88\xf0\x27\x33"
	magicQBasic = "SZ \x88\xf0\x27\x33\xd1"
	magicKWAJ   = "KWAJ\x88\xf0\x27\xd1"
)

// Format is the kind of file.
type Format string

// The formats.
const (
	SZDD   Format = "SZDD"
	QBasic Format = "QuickBASIC"
	KWAJ   Format = "KWAJ"
)

// Reader is the plain content of a file.
type Reader struct {
	// Format of the file.
	Format Format
	// Size of the content in bytes, -1 when the header does not say.
	Size int64

	letter byte   // the last of the name, 0: not known (SZDD)
	name   string // the whole name, or what there is of it (KWAJ)
	src    *bufio.Reader
	decode decoder
	at     int64
	err    error
}

var le = binary.LittleEndian

// Open reads the header. Errors wrap ErrNotPacked, ErrDamaged or ErrMethod, or
// come from r.
func Open(r io.Reader) (*Reader, error) {
	f := &Reader{src: bufio.NewReader(r), Size: -1}
	b, err := f.src.Peek(14)
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch s := string(b); {
	case len(s) == 14 && strings.HasPrefix(s, magicSZDD):
		if b[8] != 'A' {
			return nil, fmt.Errorf("%w: SZDD with mode %q, only A is known", ErrMethod, b[8])
		}
		f.Format, f.letter, f.Size = SZDD, b[9], int64(le.Uint32(b[10:]))
		f.decode = newLZSS(windowSize - 16)
		f.src.Discard(14)
	case len(s) >= 12 && strings.HasPrefix(s, magicQBasic):
		f.Format, f.Size = QBasic, int64(le.Uint32(b[8:]))
		f.decode = newLZSS(windowSize - 18)
		f.src.Discard(12)
	case len(s) == 14 && strings.HasPrefix(s, magicKWAJ):
		f.Format = KWAJ
		return f, f.kwaj(le.Uint16(b[8:]), int(le.Uint16(b[10:])), le.Uint16(b[12:]))
	default:
		return nil, fmt.Errorf("%w: it starts with % x", ErrNotPacked, b[:min(8, len(b))])
	}
	return f, nil
}

// Name is the name of the content when the packed file has this one: what the
// header says is put in the place of the last underscore. It is not to be
// trusted when it comes from a KWAJ header; directories are removed from it.
func (f *Reader) Name(packed string) string {
	if strings.Contains(f.name, ".") && !strings.HasPrefix(f.name, ".") {
		return f.name
	}
	stem, ok := strings.CutSuffix(packed, "_")
	switch {
	case f.name != "" && !strings.HasPrefix(f.name, "."): // without extension
		return f.name
	case f.name != "": // extension only
		if i := strings.LastIndexByte(packed, '.'); i >= 0 {
			packed = packed[:i]
		}
		return packed + f.name
	case !ok, f.letter == 0:
		return stem
	}
	letter := string(rune(f.letter))
	if strings.ToLower(stem) == stem {
		letter = strings.ToLower(letter)
	}
	return stem + letter
}

// Read implements io.Reader. A file that ends before or after the size that its
// header gives is an error.
func (f *Reader) Read(p []byte) (int, error) {
	if f.err != nil || len(p) == 0 {
		return 0, f.err
	}
	if f.Size >= 0 {
		p = p[:min(int64(len(p)), f.Size-f.at)]
	}
	n, err := 0, error(nil)
	if len(p) > 0 {
		n, err = f.decode.read(f.src, p)
		f.at += int64(n)
	} else if err = f.decode.end(f.src); err == nil {
		err = fmt.Errorf("%w: the data goes on behind the %d bytes of the header", ErrDamaged, f.Size)
	}
	if err == io.EOF && f.Size >= 0 && f.at < f.Size {
		err = fmt.Errorf("%w: it ends after %d bytes of %d", ErrDamaged, f.at, f.Size)
	}
	f.err = err
	if n > 0 {
		return n, nil
	}
	return n, err
}
