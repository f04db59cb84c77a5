package regtext

import (
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// Encoding is how text is written.
type Encoding int

// The encodings of version 5, each with a byte order mark, and the code page of
// REGEDIT4.
const (
	UTF16LE Encoding = iota // what regedit writes
	UTF8                    // for people and other tools
	ANSI                    // REGEDIT4
)

// WriteOptions says how a file is written; the zero value is what regedit of
// Windows 2000 and later writes.
type WriteOptions struct {
	Encoding Encoding
	ANSI     encoding.Encoding // with Encoding ANSI; nil means Windows-1252
}

// foldAt is the column from which regedit starts a new line of hex data,
// counted before the backslash.
const foldAt = 77

// bufferSize is how much is written at once.
const bufferSize = 64 << 10

// Writer writes registry text with CR LF line ends. Close writes what is left
// in the buffer. An error of the output stays.
type Writer struct {
	out  io.Writer
	opt  WriteOptions
	buf  []byte
	err  error
	line []byte // being put together, in UTF-8 (WTF-8)
}

// NewWriter starts a file with its byte order mark and header.
func NewWriter(out io.Writer, opt WriteOptions) *Writer {
	if opt.ANSI == nil {
		opt.ANSI = charmap.Windows1252
	}
	w := &Writer{out: out, opt: opt, buf: make([]byte, 0, bufferSize+4096)}
	header := "Windows Registry Editor Version 5.00\r\n"
	switch opt.Encoding {
	case UTF16LE:
		w.buf = append(w.buf, 0xff, 0xfe)
	case UTF8:
		w.buf = append(w.buf, 0xef, 0xbb, 0xbf)
	case ANSI:
		header = "REGEDIT4\r\n"
	}
	w.put(header) // ASCII: it cannot fail
	return w
}

// Key starts the section of a key. path is the whole path, e.g.
// HKEY_LOCAL_MACHINE\SYSTEM\Select. Errors wrap ErrInexpressible when the
// format cannot carry the name; nothing is written then.
func (w *Writer) Key(path string) error { return w.section("[", path) }

// DeleteKey orders that the key and everything below it be removed.
func (w *Writer) DeleteKey(path string) error { return w.section("[-", path) }

func (w *Writer) section(open, path string) error {
	if strings.ContainsAny(path, "\x00\r\n") || commentInside(path) || len(path) > maxPath {
		return fmt.Errorf("key %q: %w", path, ErrInexpressible)
	}
	return w.put("\r\n" + open + path + "]\r\n")
}

// commentInside: a bracket with a semicolon behind it reads like the end of the
// key and a comment.
func commentInside(path string) bool {
	for {
		i := strings.IndexByte(path, ']')
		if i < 0 {
			return false
		}
		path = path[i+1:]
		if strings.HasPrefix(strings.TrimLeft(path, " \t"), ";") {
			return true
		}
	}
}

// Comment writes lines that readers skip.
func (w *Writer) Comment(text string) error {
	text = strings.NewReplacer("\r", " ", "\n", " ", "\x00", " ").Replace(text)
	if !w.encodable(text) {
		text = strconv.QuoteToASCII(text)
	}
	return w.put("; " + text + "\r\n")
}

// DeleteValue orders that a value of the section's key be removed.
func (w *Writer) DeleteValue(name string) error {
	line, err := appendName(w.line[:0], name)
	if err != nil {
		return err
	}
	return w.put(string(append(line, "=-\r\n"...)))
}

// Value writes a value of the section's key. Errors wrap ErrInexpressible as in
// Key.
func (w *Writer) Value(name string, typ regf.Type, data []byte) error {
	line, err := appendName(w.line[:0], name)
	if err != nil {
		return err
	}
	line = append(line, '=')
	switch {
	case typ == regf.RegDWORD && len(data) == 4:
		line = fmt.Appendf(line, "dword:%08x", binary.LittleEndian.Uint32(data))
	case typ == regf.RegSZ && w.quotable(data):
		line = append(line, '"')
		line = appendEscaped(line, decode(data[:len(data)-2]))
		line = append(line, '"')
	default:
		if line, err = w.hex(line, typ, data); err != nil {
			return fmt.Errorf("value %q: %w", name, err)
		}
	}
	w.line = append(line, "\r\n"...)
	return w.put(string(w.line))
}

func appendName(line []byte, name string) ([]byte, error) {
	if name == "" {
		return append(line, '@'), nil
	}
	if strings.ContainsRune(name, 0) || utf8.RuneCountInString(name) > maxName {
		return line, fmt.Errorf("value %q: %w", name, ErrInexpressible)
	}
	line = append(line, '"')
	line = appendEscaped(line, name)
	return append(line, '"'), nil
}

func appendEscaped(line []byte, s string) []byte {
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			line = append(line, '\\')
		}
		line = append(line, s[i])
	}
	return line
}

// quotable: the quoted string would be read back as the same bytes by everybody.
func (w *Writer) quotable(data []byte) bool {
	n := len(data)
	if n < 2 || n%2 != 0 || data[n-1] != 0 || data[n-2] != 0 {
		return false
	}
	for i := 0; i < n-2; i += 2 {
		if data[i+1] == 0 && (data[i] == 0 || data[i] == '\r' || data[i] == '\n') {
			return false
		}
	}
	return w.opt.Encoding == UTF16LE || w.encodable(decode(data[:n-2]))
}

// encodable: no lone surrogate, nothing outside the code page.
func (w *Writer) encodable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	if w.opt.Encoding != ANSI {
		return true
	}
	_, err := w.opt.ANSI.NewEncoder().String(s)
	return err == nil
}

// hex appends hex: or hex(n): and the bytes, folded.
func (w *Writer) hex(line []byte, typ regf.Type, data []byte) ([]byte, error) {
	if typ == regf.RegBinary {
		line = append(line, "hex:"...)
	} else {
		line = fmt.Appendf(line, "hex(%x):", uint32(typ))
	}
	if w.opt.Encoding == ANSI && (typ == regf.RegSZ || typ == regf.RegExpandSZ || typ == regf.RegMultiSZ) {
		ansi, err := w.opt.ANSI.NewEncoder().String(decode(data))
		if err != nil || len(data)%2 != 0 || looksUTF16([]byte(ansi)) {
			return line, fmt.Errorf("its data is not in the code page: %w", ErrInexpressible)
		}
		data = []byte(ansi)
	}
	const digits = "0123456789abcdef"
	column := columns(line)
	for i, c := range data {
		line = append(line, digits[c>>4], digits[c&15])
		if i == len(data)-1 {
			break
		}
		line = append(line, ',')
		if column += 3; column >= foldAt {
			line = append(line, "\\\r\n  "...)
			column = 2
		}
	}
	return line, nil
}

// columns counts UTF-16 units, which is what regedit counts.
func columns(line []byte) int {
	n := 0
	for _, r := range string(line) {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// decode turns UTF-16LE into a string. An odd last byte is dropped.
func decode(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return fs.DecodeName(u)
}

// put encodes text into the buffer.
func (w *Writer) put(text string) error {
	if w.err != nil {
		return w.err
	}
	switch w.opt.Encoding {
	case UTF16LE:
		w.utf16(text)
	default:
		if !w.encodable(text) {
			return fmt.Errorf("%q: %w in this encoding", strings.TrimSpace(text), ErrInexpressible)
		}
		if w.opt.Encoding == ANSI {
			text, _ = w.opt.ANSI.NewEncoder().String(text) // encodable has just tried
		}
		w.buf = append(w.buf, text...)
	}
	if len(w.buf) >= bufferSize {
		w.write()
	}
	return w.err
}

func (w *Writer) utf16(text string) {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf { // rare, and the rest may be as well
			for _, u := range fs.EncodeName(text[i:]) {
				w.buf = binary.LittleEndian.AppendUint16(w.buf, u)
			}
			return
		}
		w.buf = append(w.buf, text[i], 0)
	}
}

func (w *Writer) write() {
	if w.err == nil {
		_, w.err = w.out.Write(w.buf)
		w.buf = w.buf[:0]
	}
}

// Close ends the file with an empty line, as regedit does, and writes the rest
// of the buffer. It does not close the output.
func (w *Writer) Close() error {
	if w.err == nil {
		w.err = w.put("\r\n")
	}
	w.write()
	return w.err
}
