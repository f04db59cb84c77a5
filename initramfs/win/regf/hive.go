package regf

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// Hive is an open hive. It is safe for concurrent use if its reader is, and
// its methods never change the file.
type Hive struct {
	pages
	base BaseBlock
}

// Open reads the base block of a hive of size bytes. Errors wrap ErrShort,
// ErrSignature or ErrUnsupported, or come from r. A hive that is not clean
// opens without error: ask State.
func Open(r io.ReaderAt, size int64) (*Hive, error) {
	if size < baseSize {
		if err := openShort(r, size); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %d bytes, a base block has %d", ErrShort, size, baseSize)
	}
	h := &Hive{pages: pages{r: r, size: size, file: size}}
	b := make([]byte, baseSize)
	if err := h.read(b, 0); err != nil {
		return nil, err
	}
	var err error
	if h.base, err = parseBase(b); err != nil {
		return nil, err
	}
	return h, nil
}

// openShort prefers "this is no hive" over "this hive is short".
func openShort(r io.ReaderAt, size int64) error {
	b := make([]byte, 4)
	if size < int64(len(b)) {
		return nil
	}
	if _, err := r.ReadAt(b, 0); err != nil && err != io.EOF {
		return fmt.Errorf("read hive at 0: %w", err)
	}
	if string(b) != "regf" {
		return fmt.Errorf("%w: %d bytes, it starts with % x", ErrSignature, size, b)
	}
	return nil
}

// Header returns the decoded base block.
func (h *Hive) Header() BaseBlock { return h.base }

// Size is the length of the file in bytes. It may be longer than the base block
// and the hbins: Windows leaves a tail, which belongs to the file.
func (h *Hive) Size() int64 { return h.size }

// State judges the base block; see State.
func (h *Hive) State() State { return h.base.state(h.size) }

// Root returns the root key. Its own name is a leftover and means nothing.
func (h *Hive) Root() (*Key, error) { return h.key(h.base.RootOffset) }

// Key follows a path of names separated by backslashes from the root, ignoring
// case. The empty path is the root. Errors wrap ErrNotExist when a key on the
// way is missing.
func (h *Hive) Key(path string) (*Key, error) {
	k, err := h.Root()
	if err != nil {
		return nil, err
	}
	for path != "" {
		var name string
		name, path, _ = strings.Cut(path, `\`)
		if name == "" {
			continue
		}
		if k, err = k.Subkey(name); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// none is the cell offset that points nowhere.
const none = 0xffffffff

// cell is an allocated cell: its content without the size field.
type cell struct {
	off  int64 // file offset of the content
	size int64 // bytes of content
}

// limit is the file offset where the last hbin, or the file if that is shorter, ends.
func (h *Hive) limit() int64 { return min(h.size, baseSize+int64(h.base.BinsSize)) }

// cell checks the cell at an offset from the first hbin.
func (h *Hive) cell(off uint32, structure string) (cell, error) {
	pos := baseSize + int64(off)
	head, align := h.head(), h.head()*2
	if int64(off)%align != 0 || off < binHeader || pos+8 > h.limit() {
		return cell{}, &FormatError{structure, pos, "", number(off),
			fmt.Sprintf("cell offset is outside the hbins or no multiple of %d", align)}
	}
	var b [4]byte
	if err := h.read(b[:], pos); err != nil {
		return cell{}, err
	}
	n := int64(int32(binary.LittleEndian.Uint32(b[:])))
	if n >= 0 {
		return cell{}, &FormatError{structure, pos, "a negative size", number(n), "cell is not allocated"}
	}
	if n = -n; n%align != 0 || pos+n > h.limit() {
		return cell{}, &FormatError{structure, pos, "", number(n),
			fmt.Sprintf("cell size is no multiple of %d or reaches past the hbins", align)}
	}
	return cell{pos + head, n - head}, nil
}

// head is the length of what precedes a cell's content: the size and, in
// version 1.1, the offset of the cell before it. Cells are aligned to twice
// that.
func (h *Hive) head() int64 {
	if h.base.Minor == 1 {
		return 8
	}
	return 4
}

// signed reads the first n bytes of a cell that must start with a two letter
// signature.
func (h *Hive) signed(off uint32, n int, sig string) (cell, []byte, error) {
	c, err := h.cell(off, sig)
	if err != nil {
		return c, nil, err
	}
	b := make([]byte, n)
	if err := h.content(c, b, sig); err != nil {
		return c, nil, err
	}
	if string(b[:2]) != sig {
		return c, nil, &FormatError{sig, c.off, sig, fmt.Sprintf("% x", b[:2]), "wrong signature"}
	}
	return c, b, nil
}

// content fills b with the beginning of a cell's content.
func (h *Hive) content(c cell, b []byte, structure string) error {
	if int64(len(b)) > c.size {
		return &FormatError{structure, c.off, number(len(b)), number(c.size), "cell is too small"}
	}
	return h.read(b, c.off)
}
