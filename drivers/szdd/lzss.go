package szdd

import (
	"bufio"
	"fmt"
	"io"
)

// decoder turns packed bytes into plain ones.
type decoder interface {
	// read gives at least one byte; io.EOF alone at the end of the data.
	read(src *bufio.Reader, p []byte) (int, error)
	// end is io.EOF when no data is left, nil when there is more.
	end(src *bufio.Reader) error
}

// plain is stored data, every byte combined with the value.
type plain byte

func (x plain) read(src *bufio.Reader, p []byte) (int, error) {
	n, err := src.Read(p)
	for i := range p[:n] {
		p[i] ^= byte(x)
	}
	return n, err
}

func (plain) end(src *bufio.Reader) error {
	_, err := src.Peek(1)
	return err
}

const (
	windowSize = 4096
	minMatch   = 3
)

// lzss is the state of the decoder of SZDD.
type lzss struct {
	window     [windowSize]byte
	pos        int // where the next byte goes in window
	flags      uint
	from, left int // of the match that is being copied
}

func newLZSS(pos int) *lzss {
	d := &lzss{pos: pos, flags: 1}
	for i := range d.window {
		d.window[i] = ' '
	}
	return d
}

func (d *lzss) read(src *bufio.Reader, p []byte) (n int, err error) {
	for n < len(p) {
		if d.left == 0 {
			literal, c, err := d.item(src)
			if err == io.EOF && n > 0 {
				return n, nil // comes again
			}
			if err != nil {
				return n, err
			}
			if literal {
				p[n] = d.put(c)
				n++
				continue
			}
		}
		for d.left > 0 && n < len(p) {
			p[n] = d.put(d.window[d.from])
			d.from, d.left, n = (d.from+1)%windowSize, d.left-1, n+1
		}
	}
	return n, nil
}

func (d *lzss) put(c byte) byte {
	d.window[d.pos] = c
	d.pos = (d.pos + 1) % windowSize
	return c
}

// item reads a literal, or starts a match. The data may end between items.
func (d *lzss) item(src *bufio.Reader) (literal bool, c byte, err error) {
	if d.flags == 1 { // the eight are used up
		b, err := src.ReadByte()
		if err != nil {
			return false, 0, err
		}
		d.flags = uint(b) | 0x100
	}
	if c, err = src.ReadByte(); err != nil {
		return false, 0, err
	}
	literal = d.flags&1 == 1
	d.flags >>= 1
	if literal {
		return true, c, nil
	}
	high, err := src.ReadByte()
	if err == io.EOF {
		err = fmt.Errorf("%w: it ends in the middle of a match", ErrDamaged)
	}
	d.from, d.left = int(c)|int(high&0xf0)<<4, int(high&15)+minMatch
	return false, 0, err
}

// end: an unused byte of flags may be the last one.
func (d *lzss) end(src *bufio.Reader) error {
	if d.left > 0 {
		return nil
	}
	b, err := src.Peek(2)
	if err == io.EOF && (len(b) == 0 || d.flags == 1 && len(b) == 1) {
		return io.EOF
	}
	if err == io.EOF {
		err = nil
	}
	return err
}
