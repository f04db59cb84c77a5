package regtext

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// Limits of what one entry may cost in memory. Windows refuses longer names.
const (
	maxData = 16 << 20 // bytes of one value
	maxName = 16383    // characters of a value's name
	maxPath = 64 << 10 // characters of a line with a key
)

// Kind is what an entry asks for.
type Kind int

// The kinds of entries.
const (
	CreateKey   Kind = iota // [KEY]
	DeleteKey               // [-KEY]
	SetValue                // "name"=data
	DeleteValue             // "name"=-
)

// Entry is one order of a file.
type Entry struct {
	Line int // where it starts, from 1
	Kind Kind
	Key  string    // as written, without a final backslash
	Name string    // of a value; "" is the default value
	Type regf.Type // with SetValue
	Data []byte    // with SetValue: as it is stored in a hive; the caller's
}

// ReadOptions says what a file does not say itself.
type ReadOptions struct {
	// ANSI is the encoding of text without a byte order mark. Nil means
	// Windows-1252 for REGEDIT4 and ASCII, anything else being an error, for
	// version 5, which regedit never writes without a mark.
	ANSI encoding.Encoding
}

// Reader reads a file.
type Reader struct {
	dec     *decoder
	ansi    encoding.Encoding
	version int

	ch   rune  // not yet consumed
	err  error // why ch is eof, if not the end
	line int   // of ch

	key     string
	inKey   bool
	deleted bool // key was deleted: no values may follow
}

// NewReader reads the first line. Errors are *SyntaxError or come from r.
func NewReader(r io.Reader, opt ReadOptions) (*Reader, error) {
	dec, err := newDecoder(r)
	if err != nil {
		return nil, err
	}
	p := &Reader{dec: dec, ansi: opt.ANSI, line: 1}
	if p.ansi != nil && !dec.bom {
		dec.setANSI(p.ansi)
	}
	p.advance()
	if err := p.header(); err != nil {
		return nil, err
	}
	if p.ansi == nil && p.version == 4 {
		p.ansi = charmap.Windows1252
		if !dec.bom {
			dec.setANSI(p.ansi)
		}
	}
	p.endLine() // only now: the character behind it may be in the code page
	return p, nil
}

// Version is 4 (REGEDIT4) or 5.
func (p *Reader) Version() int { return p.version }

// header reads the first line that is not empty, up to its end.
func (p *Reader) header() error {
	for p.ch == ' ' || p.ch == '\t' || p.ch == '\r' || p.ch == '\n' {
		if isBreak(p.ch) {
			p.endLine()
		} else {
			p.advance()
		}
	}
	var b []byte
	for p.ch != eof && !isBreak(p.ch) && len(b) < 100 {
		b = appendRune(b, p.ch)
		p.advance()
	}
	if p.err != nil {
		return p.readError()
	}
	switch text := strings.TrimRight(string(b), " \t"); {
	case strings.EqualFold(text, "REGEDIT4"):
		p.version = 4
	case strings.EqualFold(text, "Windows Registry Editor Version 5.00"):
		p.version = 5
	case strings.EqualFold(text, "REGEDIT"):
		return p.errorf("it is registry text of Windows 3.1, which holds no keys of later versions")
	default:
		return p.errorf("the file starts with %.40q; registry text starts with \"Windows Registry Editor Version 5.00\" or \"REGEDIT4\"", text)
	}
	return nil
}

// Next returns the next entry, or io.EOF behind the last one. Errors are
// *SyntaxError or come from the input; after one there is nothing more.
func (p *Reader) Next() (Entry, error) {
	for {
		p.blanks()
		switch p.ch {
		case eof:
			if p.err != nil {
				return Entry{}, p.readError()
			}
			return Entry{}, io.EOF
		case '\r', '\n':
			p.endLine()
		case ';':
			p.comment()
		case 0x1a: // the end of a file since CP/M
			p.advance()
			if p.ch != eof {
				return Entry{}, p.errorf("there is text behind the end-of-file character")
			}
		case '[':
			return p.section()
		case '"', '@':
			return p.value()
		default:
			return Entry{}, p.errorf("the line starts with %q: want a key in brackets, a value in quotes, @ or a comment", p.ch)
		}
	}
}

// section reads [KEY] or [-KEY].
func (p *Reader) section() (Entry, error) {
	e := Entry{Line: p.line}
	var b []byte
	for n := 0; p.ch != eof && !isBreak(p.ch); p.advance() {
		if n++; n > maxPath {
			return e, p.errorf("the line is longer than any key's path")
		}
		if p.ch == 0 {
			return e, p.errorf("there is a NUL character in a key's path")
		}
		b = appendRune(b, p.ch)
	}
	if p.err != nil {
		return e, p.readError()
	}
	path, err := p.closed(string(b[1:]))
	if err != nil {
		return e, err
	}
	path, p.deleted = strings.CutPrefix(path, "-")
	if e.Kind = CreateKey; p.deleted {
		e.Kind = DeleteKey
	}
	if path == "" {
		return e, p.errorf("there is no key between the brackets")
	}
	if trimmed := strings.TrimSuffix(path, `\`); trimmed != "" {
		path = trimmed
	}
	p.key, p.inKey = path, true
	e.Key = path
	return e, nil
}

// closed cuts off the closing bracket and a comment behind it. Names of keys
// may hold brackets, so that it takes the last one; where a comment may have a
// bracket, too, nobody can tell.
func (p *Reader) closed(s string) (string, error) {
	var ends []int
	for i := range len(s) {
		if s[i] != ']' {
			continue
		}
		if rest := strings.TrimLeft(s[i+1:], " \t"); rest == "" || rest[0] == ';' {
			ends = append(ends, i)
		}
	}
	switch len(ends) {
	case 0:
		return "", p.errorf("the key is not closed with a bracket")
	case 1:
		return s[:ends[0]], nil
	}
	return "", p.errorf("it is not certain where the key ends and the comment starts: put the comment on a line of its own")
}

func (p *Reader) errorf(format string, args ...any) error {
	if p.err != nil {
		return p.readError()
	}
	return &SyntaxError{p.line, fmt.Sprintf(format, args...)}
}

// readError reports why the input ended early.
func (p *Reader) readError() error {
	if text := textError(""); errors.As(p.err, &text) {
		return &SyntaxError{p.line, string(text)}
	}
	return fmt.Errorf("read registry text, line %d: %w", p.line, p.err)
}

func isBreak(r rune) bool { return r == '\r' || r == '\n' }

// advance consumes a character that is no line break outside of quotes.
func (p *Reader) advance() {
	if p.err != nil {
		p.ch = eof
		return
	}
	r, err := p.dec.next()
	if err != nil {
		if err != io.EOF {
			p.err = err
		}
		r = eof
	}
	p.ch = r
}

// endLine consumes CR, LF or both.
func (p *Reader) endLine() {
	if p.ch == '\r' {
		p.advance()
		if p.ch != '\n' {
			p.line++
			return
		}
	}
	if p.ch == '\n' {
		p.line++
		p.advance()
	}
}

func (p *Reader) blanks() {
	for p.ch == ' ' || p.ch == '\t' {
		p.advance()
	}
}

// comment consumes the rest of the line but not its end.
func (p *Reader) comment() {
	for p.ch != eof && !isBreak(p.ch) {
		p.advance()
	}
}

// tail wants nothing but a comment up to the end of the line.
func (p *Reader) tail(what string) error {
	p.blanks()
	if p.ch == ';' {
		p.comment()
	}
	if p.err != nil {
		return p.readError()
	}
	if p.ch != eof && !isBreak(p.ch) {
		return p.errorf("there is %q behind %s", p.ch, what)
	}
	return nil
}
