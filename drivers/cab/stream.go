package cab

import (
	"errors"
	"fmt"
	"io"
)

// stream is a folder that is being decoded.
type stream struct {
	folder *folder
	blocks *blocks
	decode decoder
	at     int64  // plain offset of plain
	plain  []byte // what is decoded and not taken yet
	buf    []byte
}

// Open gives the content of a file of c.Files; it is valid until the next call.
// Files before it in the folder are decoded, unless that was done already.
// Errors, of Open and of the reader, wrap ErrDamaged, ErrMethod or ErrPart, or
// come from the file that holds the cabinet. A file that ends early is an
// error.
func (c *Cabinet) Open(f *File) (io.Reader, error) {
	c.opened++
	d := f.folder
	if d.prev != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, d.prev)
	}
	if f.off+f.Size > d.limit() {
		if d.next != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, d.next)
		}
		return nil, fmt.Errorf("%s: %w", f.Name, &FormatError{Struct: "CFFILE", Off: c.Offset,
			Reason: fmt.Sprintf("bytes %#x to %#x of folder %d, which has %#x at most", f.off, f.off+f.Size, d.index, d.limit())})
	}
	if d.failed != nil && f.off+f.Size > d.failedAt {
		return nil, fmt.Errorf("%s: %w", f.Name, d.failed)
	}
	if s := c.current; s == nil || s.folder != d || s.at > f.off {
		c.current = nil // the old window goes before the new one comes
		decode, err := newDecoder(d.method)
		if err != nil {
			if !errors.Is(err, ErrMethod) {
				err = &FormatError{Struct: "CFFOLDER", Off: d.segments[0].part.Offset, Reason: d.method.String(), Err: err}
			}
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		c.current = &stream{folder: d, blocks: newBlocks(d), decode: decode}
	}
	r := &fileReader{c: c, f: f, opened: c.opened, left: f.Size}
	for c.current.at < f.off {
		if _, err := c.current.read(int(min(f.off-c.current.at, maxPlain))); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return r, nil
}

// read takes up to n plain bytes, at least one.
func (s *stream) read(n int) ([]byte, error) {
	for len(s.plain) == 0 {
		if err := s.fill(); err != nil {
			s.folder.failed, s.folder.failedAt = err, s.at
			return nil, err
		}
	}
	b := s.plain[:min(n, len(s.plain))]
	s.plain = s.plain[len(b):]
	s.at += int64(len(b))
	return b, nil
}

func (s *stream) fill() error {
	packed, n, err := s.blocks.next()
	if err == io.EOF {
		if s.folder.next != nil {
			return s.folder.next
		}
		return s.blocks.bad("the folder ends after %d bytes", s.at)
	}
	if err != nil {
		return err
	}
	if n == 0 && s.folder.next != nil && s.blocks.last() {
		return s.folder.next // half a block
	}
	if s.buf == nil {
		s.buf = make([]byte, maxPlain)
	}
	if err := s.decode(s.buf[:n], packed); err != nil {
		return &FormatError{Struct: "CFDATA", Off: s.blocks.start, Reason: s.folder.method.String(), Err: err}
	}
	s.plain = s.buf[:n]
	return nil
}

// fileReader is the content of a file.
type fileReader struct {
	c      *Cabinet
	f      *File
	opened int
	left   int64
}

var errClosed = errors.New("another file of the cabinet was opened since")

// Read implements io.Reader.
func (r *fileReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if r.opened != r.c.opened {
		return 0, fmt.Errorf("%s: %w", r.f.Name, errClosed)
	}
	b, err := r.c.current.read(int(min(int64(len(p)), r.left)))
	if err != nil {
		return 0, fmt.Errorf("%s: %w", r.f.Name, err)
	}
	r.left -= int64(len(b))
	return copy(p, b), nil
}
