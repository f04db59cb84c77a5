package regtext

import (
	"bufio"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// eof is the character behind the last one.
const eof rune = -1

// decoder yields the characters of a file. A surrogate without its partner
// comes as itself: names in hives may hold such.
type decoder struct {
	in   *bufio.Reader
	next func() (rune, error) // io.EOF at the end
	bom  bool
}

// textError is the fault of the text, not of reading it.
type textError string

func (e textError) Error() string { return string(e) }

const errEncoding textError = "the text is not in the encoding that its beginning promises"

// newDecoder finds out the encoding by the byte order mark. Without one it is
// UTF-16LE when the second byte is zero, else bytes, which are ASCII until the
// header says more; see setANSI.
func newDecoder(r io.Reader) (*decoder, error) {
	d := &decoder{in: bufio.NewReaderSize(r, 32<<10)}
	head, err := d.in.Peek(3)
	if err != nil && err != io.EOF {
		return nil, err
	}
	skip := 0
	switch {
	case len(head) >= 2 && head[0] == 0xff && head[1] == 0xfe:
		skip, d.next = 2, d.utf16(binary.LittleEndian)
	case len(head) >= 2 && head[0] == 0xfe && head[1] == 0xff:
		skip, d.next = 2, d.utf16(binary.BigEndian)
	case len(head) == 3 && string(head) == "\xef\xbb\xbf":
		skip, d.next = 3, d.utf8
	case len(head) >= 2 && head[0] != 0 && head[1] == 0:
		d.next = d.utf16(binary.LittleEndian)
		d.bom = true // nothing is to be guessed
	default:
		d.next = d.ascii
	}
	d.bom = d.bom || skip > 0
	_, err = d.in.Discard(skip)
	return d, err
}

func (d *decoder) utf16(order binary.ByteOrder) func() (rune, error) {
	unit := func() (rune, error) {
		hi, err := d.in.ReadByte()
		if err != nil {
			return 0, err
		}
		lo, err := d.in.ReadByte()
		if err == io.EOF {
			return 0, errEncoding
		}
		return rune(order.Uint16([]byte{hi, lo})), err
	}
	return func() (rune, error) {
		r, err := unit()
		if err != nil || r < 0xd800 || r > 0xdbff {
			return r, err
		}
		two, err := d.in.Peek(2)
		if err != nil && err != io.EOF {
			return 0, err
		}
		if len(two) == 2 {
			if pair := utf16.DecodeRune(r, rune(order.Uint16(two))); pair != utf8.RuneError {
				_, err := d.in.Discard(2)
				return pair, err
			}
		}
		return r, nil
	}
}

func (d *decoder) utf8() (rune, error) {
	r, n, err := d.in.ReadRune()
	if err == nil && r == utf8.RuneError && n == 1 {
		return 0, errEncoding
	}
	return r, err
}

func (d *decoder) ascii() (rune, error) {
	c, err := d.in.ReadByte()
	if err == nil && c >= utf8.RuneSelf {
		return 0, textError("there is a character outside ASCII and no byte order mark: say which code page the file is in, or save it as Unicode")
	}
	return rune(c), err
}

// setANSI decodes the rest of a file without byte order mark.
func (d *decoder) setANSI(e encoding.Encoding) {
	if one, ok := e.(*charmap.Charmap); ok {
		d.next = func() (rune, error) {
			c, err := d.in.ReadByte()
			if err != nil {
				return 0, err
			}
			return known(one.DecodeByte(c))
		}
		return
	}
	rest := bufio.NewReader(e.NewDecoder().Reader(d.in))
	d.next = func() (rune, error) {
		r, _, err := rest.ReadRune()
		if err != nil {
			return 0, err
		}
		return known(r)
	}
}

// known refuses what a decoder puts in the place of bytes that mean nothing.
func known(r rune) (rune, error) {
	if r == utf8.RuneError {
		return 0, textError("there is a byte that the code page does not have: say which code page the file is in")
	}
	return r, nil
}

// appendRune is utf8.AppendRune that keeps lone surrogates, as three bytes
// (WTF-8), like the names of package regf.
func appendRune(b []byte, r rune) []byte {
	if utf16.IsSurrogate(r) {
		return append(b, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
	}
	return utf8.AppendRune(b, r)
}
