package szdd

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
)

// fixedSize is the size of the header without optional fields.
const fixedSize = 14

// Optional fields of the KWAJ header, in their order.
const (
	hasSize = 1 << iota
	hasWord // meaning not known
	hasData // length and bytes of unknown meaning
	hasName // up to 8 bytes and NUL
	hasExt  // up to 3 bytes and NUL
	hasText // length and text
)

// Methods of KWAJ.
const (
	methodStored = iota
	methodXOR    // every bit inverted
	methodLZSS   // as SZDD
	methodLZH
	methodMSZIP
)

// kwaj reads the fields behind the fixed header.
func (f *Reader) kwaj(method uint16, start int, flags uint16) error {
	switch method {
	case methodStored:
		f.decode = plain(0)
	case methodXOR:
		f.decode = plain(0xff)
	case methodLZSS:
		f.decode = newLZSS(windowSize - 16)
	default:
		return fmt.Errorf("%w: method %d of KWAJ; expand the file with another program", ErrMethod, method)
	}
	h := header{r: f.src}
	h.bytes(fixedSize)
	if flags&hasSize != 0 {
		if b := h.bytes(4); b != nil {
			f.Size = int64(le.Uint32(b))
		}
	}
	if flags&hasWord != 0 {
		h.bytes(2)
	}
	if flags&hasData != 0 {
		h.counted()
	}
	if flags&hasName != 0 {
		f.name = h.str(9)
	}
	if flags&hasExt != 0 {
		if ext := h.str(4); ext != "" {
			f.name += "." + ext
		}
	}
	if flags&hasText != 0 {
		h.counted()
	}
	h.bytes(start - h.n)
	if h.err == nil && start < fixedSize {
		h.err = fmt.Errorf("%w: the data is said to start at %d, in the header", ErrDamaged, start)
	}
	if h.err == nil && start < h.n {
		// libmspack believes the offset, so that there are files like this.
		f.src = bufio.NewReader(io.MultiReader(bytes.NewReader(h.all[start:]), f.src))
	}
	if i := strings.LastIndexAny(f.name, `/\:`); i >= 0 {
		f.name = f.name[i+1:]
	}
	return h.err
}

// header reads fields until the first error.
type header struct {
	r   io.ByteReader
	n   int    // bytes read
	all []byte // them
	err error
}

func (h *header) byte() byte {
	if h.err != nil {
		return 0
	}
	c, err := h.r.ReadByte()
	if err == io.EOF {
		err = fmt.Errorf("%w: it ends in its header, after %d bytes", ErrDamaged, h.n)
	}
	if h.err = err; err == nil {
		h.n, h.all = h.n+1, append(h.all, c)
	}
	return c
}

// bytes reads up to 64 KiB; nil after an error.
func (h *header) bytes(n int) []byte {
	var b []byte
	for i := 0; i < n && h.err == nil; i++ {
		b = append(b, h.byte())
	}
	if h.err != nil {
		return nil
	}
	return b
}

func (h *header) counted() {
	if b := h.bytes(2); b != nil {
		h.bytes(int(le.Uint16(b)))
	}
}

// str reads a string of at most n bytes with its NUL.
func (h *header) str(n int) string {
	var b []byte
	for range n {
		c := h.byte()
		if h.err != nil || c == 0 {
			return string(b)
		}
		b = append(b, c)
	}
	h.err = fmt.Errorf("%w: a name of more than %d bytes in its header", ErrDamaged, n-1)
	return ""
}
