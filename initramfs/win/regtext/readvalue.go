package regtext

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// value reads a line that starts with the name of a value.
func (p *Reader) value() (Entry, error) {
	e := Entry{Line: p.line, Kind: SetValue, Key: p.key}
	var err error
	if p.ch == '@' {
		p.advance()
	} else if e.Name, err = p.quoted("the name", maxName); err != nil {
		return e, err
	}
	p.blanks()
	switch {
	case p.ch != '=':
		return e, p.errorf("want = behind the name of a value")
	case !p.inKey:
		return e, p.errorf("a value comes before the first key")
	case p.deleted:
		return e, p.errorf("a value follows a key that is deleted: write the key again without - above its values")
	}
	p.advance()
	p.blanks()
	switch p.ch {
	case '-':
		e.Kind = DeleteValue
		p.advance()
		return e, p.tail("the -")
	case '"':
		return e, p.text(&e, regf.RegSZ)
	}
	return e, p.typed(&e)
}

// text reads a quoted string as the data of a value.
func (p *Reader) text(e *Entry, typ regf.Type) error {
	s, err := p.quoted("the string", maxData/2-1)
	if err != nil {
		return err
	}
	e.Type, e.Data = typ, registry.SZ(s)
	return p.tail("the string")
}

// quoted reads "..." with the escapes \\ and \", and line breaks as they are:
// regedit writes those of data between quotes. It refuses other escapes, of
// which most are paths somebody forgot to double the backslashes in.
func (p *Reader) quoted(what string, limit int) (string, error) {
	start := p.line
	p.advance()
	var b []byte
	for n := 0; ; n++ {
		switch {
		case p.err != nil:
			return "", p.readError()
		case p.ch == eof || n > limit:
			return "", &SyntaxError{start, what + " has no closing quote, or is too long"}
		case p.ch == '"':
			p.advance()
			return string(b), nil
		case p.ch == 0:
			return "", p.errorf("there is a NUL character in %s", what)
		case p.ch == '\\':
			p.advance()
			if p.ch != '"' && p.ch != '\\' {
				return "", p.errorf(`there is a single backslash in %s: write \\ for a backslash and \" for a quote`, what)
			}
		case p.ch == '\n' || p.ch == '\r':
			b = p.brokenLine(b)
			continue
		}
		b = appendRune(b, p.ch)
		p.advance()
	}
}

// brokenLine keeps a line break within quotes.
func (p *Reader) brokenLine(b []byte) []byte {
	if p.ch == '\r' {
		b = append(b, '\r')
		p.advance()
		if p.ch != '\n' {
			p.line++
			return b
		}
	}
	p.line++
	b = append(b, '\n')
	p.advance()
	return b
}

// typed reads dword:, hex:, hex(n):, and the str: and str(n): of Wine.
func (p *Reader) typed(e *Entry) error {
	word := p.word()
	var typ uint64
	hasType := p.ch == '('
	if hasType {
		p.advance()
		digits := p.word()
		var err error
		if typ, err = strconv.ParseUint(digits, 16, 32); err != nil || p.ch != ')' {
			return p.errorf("want a type in hexadecimal between the brackets, like hex(7):")
		}
		p.advance()
	}
	if p.ch != ':' {
		return p.errorf(`want data: a string in quotes, dword:, hex:, hex(n): or -`)
	}
	p.advance()
	p.blanks()
	switch {
	case word == "dword" && !hasType:
		return p.dword(e)
	case word == "hex":
		e.Type = regf.RegBinary
		if hasType {
			e.Type = regf.Type(typ)
		}
		return p.hex(e)
	case word == "str" && p.ch == '"' && !hasType:
		return p.text(e, regf.RegSZ)
	case word == "str" && p.ch == '"' && (typ == uint64(regf.RegSZ) || typ == uint64(regf.RegExpandSZ)):
		return p.text(e, regf.Type(typ))
	}
	return p.errorf("data of the kind %q is not known: there are dword:, hex: and hex(n):", word)
}

// word reads letters and digits, in lower case.
func (p *Reader) word() string {
	var b []byte
	for len(b) < 16 && (p.ch >= 'a' && p.ch <= 'z' || p.ch >= 'A' && p.ch <= 'Z' || p.ch >= '0' && p.ch <= '9') {
		b = append(b, byte(p.ch))
		p.advance()
	}
	return strings.ToLower(string(b))
}

func (p *Reader) dword(e *Entry) error {
	digits := p.word()
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || len(digits) > 8 {
		return p.errorf("%q is no number of 1 to 8 hexadecimal digits", digits)
	}
	e.Type, e.Data = regf.RegDWORD, binary.LittleEndian.AppendUint32(nil, uint32(n))
	return p.tail("the number")
}

// hex reads bytes separated by commas, over several lines.
func (p *Reader) hex(e *Entry) error {
	start := p.line
	e.Data = []byte{}
	for comma := false; ; { // comma: the last thing that was read
		p.blanks()
		if p.ch == '\\' {
			if err := p.continued(start); err != nil {
				return err
			}
			continue
		}
		n, digits, err := p.hexByte()
		switch {
		case err != nil:
			return err
		case digits == 0 && p.ch == ',':
			return p.errorf("there is no byte before a comma")
		case digits == 0 && comma:
			return p.errorf("the data ends with a comma: something is missing behind it")
		case digits == 0:
			return p.hexEnd(e)
		case len(e.Data) > 0 && !comma:
			return p.errorf("want a comma between two bytes")
		case len(e.Data) == maxData:
			return p.errorf("the data is longer than %d bytes", maxData)
		}
		e.Data = append(e.Data, n)
		p.blanks()
		if comma = p.ch == ','; comma {
			p.advance()
		}
	}
}

// hexByte reads at most two digits.
func (p *Reader) hexByte() (n byte, digits int, err error) {
	for ; ; digits++ {
		d, ok := hexDigit(p.ch)
		if !ok {
			return n, digits, nil
		}
		if digits == 2 {
			return 0, 0, p.errorf("a byte has more than two digits")
		}
		n = n<<4 | d
		p.advance()
	}
}

func hexDigit(r rune) (byte, bool) {
	switch {
	case '0' <= r && r <= '9':
		return byte(r - '0'), true
	case 'a' <= r && r <= 'f':
		return byte(r - 'a' + 10), true
	case 'A' <= r && r <= 'F':
		return byte(r - 'A' + 10), true
	}
	return 0, false
}

// continued goes from a backslash to the next line that holds data. Blank lines
// and comments in between are skipped.
func (p *Reader) continued(start int) error {
	p.advance()
	if err := p.tail("the backslash"); err != nil {
		return err
	}
	for {
		p.blanks()
		switch {
		case p.ch == ';':
			p.comment()
		case isBreak(p.ch):
			p.endLine()
		case p.err != nil:
			return p.readError()
		case p.ch == eof:
			return &SyntaxError{start, "the file ends in the middle of this value"}
		default:
			if _, ok := hexDigit(p.ch); !ok {
				return p.errorf("the line above ends with a backslash; want bytes in hexadecimal here")
			}
			return nil
		}
	}
}

// hexEnd checks the line's end. REGEDIT4 keeps strings in the code page.
func (p *Reader) hexEnd(e *Entry) error {
	if err := p.tail("the data"); err != nil {
		return err
	}
	if p.version != 4 || len(e.Data) == 0 {
		return nil
	}
	switch e.Type {
	case regf.RegSZ, regf.RegExpandSZ, regf.RegMultiSZ:
	default:
		return nil
	}
	if looksUTF16(e.Data) {
		return p.errorf("strings in hex are in the code page in a REGEDIT4 file, but this one looks like UTF-16: the first line should be \"Windows Registry Editor Version 5.00\"")
	}
	text, err := p.ansi.NewDecoder().Bytes(e.Data)
	if err != nil || strings.ContainsRune(string(text), '\ufffd') {
		return p.errorf("the string in hex is not in the code page of the file")
	}
	e.Data = registry.Units(string(text))
	return nil
}

// looksUTF16: every second byte is zero. A list of strings of one letter each
// looks like that, too; nothing else in a code page does.
func looksUTF16(b []byte) bool {
	if len(b) < 4 || len(b)%2 != 0 {
		return false
	}
	for i := 1; i < len(b); i += 2 {
		if b[i] != 0 {
			return false
		}
	}
	return true
}
