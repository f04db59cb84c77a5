package cab

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// Header flags, and the folder numbers of files that do not lie in this cabinet
// alone.
const (
	flagPrev    = 1
	flagNext    = 2
	flagReserve = 4

	fromPrev     = 0xfffd
	toNext       = 0xfffe
	fromPrevNext = 0xffff
)

const (
	headerSize = 36
	maxString  = 256 // with its NUL
)

var le = binary.LittleEndian

// part is one cabinet of a set.
type part struct {
	Header
	r           io.ReaderAt
	dataReserve int // bytes before the data of each CFDATA
	folders     []*folder
	files       []*partFile
}

// partFile is a file whose folder number is as it was read.
type partFile struct {
	*File
	number uint16
}

func (f *partFile) continued() bool { return f.number == fromPrev || f.number == fromPrevNext }
func (f *partFile) continues() bool { return f.number == toNext || f.number == fromPrevNext }

// reader reads the tables.
type reader struct {
	*bufio.Reader
	base, pos int64 // of the cabinet in the file, of the reader in the cabinet
	what      string
}

func (r *reader) bad(reason string, args ...any) error {
	return &FormatError{Struct: r.what, Off: r.base + r.pos, Reason: fmt.Sprintf(reason, args...)}
}

func (r *reader) cut(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return r.bad("the file ends here")
	}
	return fmt.Errorf("read cabinet at %#x: %w", r.base+r.pos, err)
}

// bytes reads n bytes, at most 64 KiB.
func (r *reader) bytes(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, r.cut(err)
	}
	r.pos += int64(n)
	return b, nil
}

// str reads a string that ends with NUL.
func (r *reader) str() ([]byte, error) {
	var b []byte
	for range maxString {
		c, err := r.ReadByte()
		if err != nil {
			return nil, r.cut(err)
		}
		r.pos++
		if c == 0 {
			return b, nil
		}
		b = append(b, c)
	}
	return nil, r.bad("a name of more than %d bytes", maxString-1)
}

// readPart reads the tables of the cabinet at off.
func readPart(f io.ReaderAt, off, size int64, o Options) (*part, error) {
	p := &part{r: f}
	p.Offset = off
	r := &reader{Reader: bufio.NewReader(io.NewSectionReader(f, off, size-off)), base: off, what: "CFHEADER"}
	head, err := r.bytes(headerSize)
	if err != nil {
		if errors.Is(err, ErrDamaged) {
			err = fmt.Errorf("%w: %d bytes", ErrNotCabinet, size-off)
		}
		return nil, err
	}
	if string(head[:4]) != magic {
		return nil, fmt.Errorf("%w: it starts with % x", ErrNotCabinet, head[:4])
	}
	if head[25] != 1 {
		return nil, fmt.Errorf("%w: version %d.%d, only 1.x is known", ErrNotCabinet, head[25], head[24])
	}
	p.Size, p.Set, p.Index = int64(le.Uint32(head[8:])), le.Uint16(head[32:]), le.Uint16(head[34:])
	folders, files := int(le.Uint16(head[26:])), int(le.Uint16(head[28:]))
	if folders == 0 || files == 0 {
		return nil, r.bad("%d folders, %d files", folders, files)
	}
	folderReserve, err := p.readRest(r, le.Uint16(head[30:]))
	if err != nil {
		return nil, err
	}
	if err := p.readFolders(r, folders, folderReserve); err != nil {
		return nil, err
	}
	at := int64(le.Uint32(head[16:]))
	if off+at > size {
		return nil, r.bad("files are said to be at %#x, behind the end", off+at)
	}
	r.Reset(io.NewSectionReader(f, off+at, size-off-at))
	r.pos, r.what = at, "CFFILE"
	return p, p.readFiles(r, files, o)
}

// readRest reads what follows the fixed part of the header.
func (p *part) readRest(r *reader, flags uint16) (folderReserve int, err error) {
	if flags&flagReserve != 0 {
		b, err := r.bytes(4)
		if err != nil {
			return 0, err
		}
		folderReserve, p.dataReserve = int(b[2]), int(b[3])
		if p.Reserved, err = r.bytes(int(le.Uint16(b))); err != nil {
			return 0, err
		}
	}
	for _, n := range []struct {
		flag uint16
		to   *Neighbour
	}{{flagPrev, &p.Prev}, {flagNext, &p.Next}} {
		if flags&n.flag == 0 {
			continue
		}
		name, err := r.str()
		if err != nil {
			return 0, err
		}
		disk, err := r.str()
		if err != nil {
			return 0, err
		}
		if len(name) == 0 {
			return 0, r.bad("another cabinet of the set has no name")
		}
		*n.to = Neighbour{latin(name), latin(disk)}
	}
	return folderReserve, nil
}

// latin: the names of cabinets have no code page.
func latin(b []byte) string { return decodeName(b, charmap.Windows1252) }

func decodeName(b []byte, e encoding.Encoding) string {
	s, err := e.NewDecoder().Bytes(b)
	if err != nil {
		s = b
	}
	return strings.ToValidUTF8(string(s), "\ufffd")
}

func (p *part) readFolders(r *reader, n, reserve int) error {
	r.what = "CFFOLDER"
	for range n {
		b, err := r.bytes(8 + reserve)
		if err != nil {
			return err
		}
		s := segment{part: p, off: int64(le.Uint32(b)), blocks: int(le.Uint16(b[4:]))}
		p.folders = append(p.folders, &folder{method: Method(le.Uint16(b[6:])), segments: []segment{s}})
	}
	return nil
}

func (p *part) readFiles(r *reader, n int, o Options) error {
	names := o.Names
	if names == nil {
		names = charmap.Windows1252
	}
	for range n {
		b, err := r.bytes(16)
		if err != nil {
			return err
		}
		f := &partFile{File: &File{Size: int64(le.Uint32(b)), off: int64(le.Uint32(b[4:]))}, number: le.Uint16(b[8:])}
		f.Modified = dosTime(le.Uint16(b[10:]), le.Uint16(b[12:]))
		f.Attributes = Attributes(le.Uint16(b[14:]))
		switch k := len(p.folders); {
		case f.number < fromPrev && int(f.number) < k:
			f.folder = p.folders[f.number]
		case f.number == fromPrev, f.number == fromPrevNext && k == 1:
			f.folder = p.folders[0]
		case f.number == toNext:
			f.folder = p.folders[k-1]
		default:
			return r.bad("folder %#x of %d", f.number, k)
		}
		name, err := r.str()
		if err != nil {
			return err
		}
		if len(name) == 0 {
			return r.bad("a file without name")
		}
		if f.Name = strings.ToValidUTF8(string(name), "\ufffd"); f.Attributes&NameIsUTF8 == 0 {
			f.Name = decodeName(name, names)
		}
		p.files = append(p.files, f)
	}
	return nil
}

// dosTime decodes date and time in FAT's form.
func dosTime(date, clock uint16) time.Time {
	y, m, d := 1980+int(date>>9), time.Month(date>>5&15), int(date&31)
	t := time.Date(y, m, d, int(clock>>11), int(clock>>5&63), int(clock&31)*2, 0, time.UTC)
	if t.Month() != m || t.Day() != d {
		return time.Time{}
	}
	return t
}
