package regf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"time"
)

// EditorOptions is what an Editor has to know from its caller.
type EditorOptions struct {
	Now     time.Time // time stamp of what changes; zero: none changes
	MaxBins int64     // bytes of hbins that must not be exceeded; 0: no limit but the format's
	MinSeq  uint32    // the new sequence numbers exceed it: the highest in any log of the hive
}

// Editor changes keys and values of a hive of version 1.3 to 1.6, in memory:
// it copies the blocks of 4096 bytes that it changes and reads everything else
// from the file, so that it costs what changes and not what the hive has.
//
// An operation that returns an error has changed nothing, and the editor goes
// on. Names are compared without case; symbolic links (REG_LINK) are not
// followed: the key that is named is the one that changes. Cells are written
// only where the chain of bins and the chain of cells in the bin lead to them;
// damage on the way is an error that wraps ErrDamaged. What becomes free is
// joined with its free neighbours and used again before the hive grows; a hive
// never gets shorter. Bytes of unknown meaning, padding and the content of
// freed cells stay as they are.
//
// An Editor is not safe for concurrent use.
type Editor struct {
	was    *Hive
	h      *Hive // with the changes
	opt    EditorOptions
	heap   heap
	undo   undo
	sorted map[uint32]bool // nk offsets: whether the subkey list is in order
	visits map[uint32]int  // how often a list was searched without knowing that
	names  valueNames
	said   map[string]*announced
	saying []func() // announcements of the operation that is under way
	done   bool
}

// NewEditor starts to edit a hive. Errors wrap ErrDirty when it is not clean,
// ErrUnsupported for versions 1.1 and 1.2, and ErrLimit when MinSeq is the last
// sequence number.
func NewEditor(h *Hive, opt EditorOptions) (*Editor, error) {
	if err := h.writable(); err != nil {
		return nil, err
	}
	if opt.MinSeq == math.MaxUint32 {
		return nil, limitError("a log of the hive has the last sequence number there is")
	}
	e := &Editor{was: h, opt: opt, sorted: map[uint32]bool{}, visits: map[uint32]int{}, said: map[string]*announced{}}
	e.h = &Hive{pages: pages{r: below{&h.pages}, size: h.size, file: h.size, over: map[int64][]byte{}}, base: h.base}
	e.heap.h = e.h
	return e, nil
}

// Hive is a view of the hive as it is at the moment. Keys and values got from
// it are as they were when they were got.
func (e *Editor) Hive() *Hive { return e.h }

// below reads a hive's file through the hive, which may itself be edited.
type below struct{ *pages }

func (b below) ReadAt(p []byte, off int64) (int, error) {
	n := int(min(int64(len(p)), max(0, b.size-off)))
	if err := b.read(p[:n], off); err != nil {
		return 0, err
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// undo is what an operation that fails takes back.
type undo struct {
	base BaseBlock
	size int64
	over map[int64][]byte // what the overlay had, nil for nothing
	hint [32]uint32
}

// do runs one operation; if that fails, all it changed is taken back.
func (e *Editor) do(op func() error) error {
	if e.done {
		return fmt.Errorf("%w: the edit is finished", ErrRefused)
	}
	e.undo = undo{e.h.base, e.h.size, map[int64][]byte{}, e.heap.hint}
	e.heap.old = map[uint32]block{}
	e.saying = nil
	err := op()
	if err != nil {
		e.takeBack()
	} else {
		for _, say := range e.saying {
			say()
		}
	}
	e.heap.old = nil
	return err
}

func (e *Editor) takeBack() {
	e.h.mu.Lock()
	defer e.h.mu.Unlock()
	for no, b := range e.undo.over {
		if b == nil {
			delete(e.h.over, no)
		} else {
			e.h.over[no] = b
		}
	}
	e.h.base, e.h.size = e.undo.base, e.undo.size
	e.heap.hint = e.undo.hint
	for no, b := range e.heap.old {
		e.heap.blocks[no] = b
	}
	if n := int(e.heap.total()); len(e.heap.blocks) > n {
		e.heap.blocks = e.heap.blocks[:n]
	}
	clear(e.sorted)
	e.names = valueNames{}
}

// write changes bytes of the file. What is there already changes nothing.
func (e *Editor) write(off int64, b []byte) error {
	for len(b) > 0 {
		part := b[:min(int64(len(b)), blockSize-off%blockSize)]
		if err := e.writeBlock(off, part); err != nil {
			return err
		}
		b, off = b[len(part):], off+int64(len(part))
	}
	return nil
}

func (e *Editor) writeBlock(off int64, b []byte) error {
	no, in := off/blockSize, off%blockSize
	page := e.h.over[no]
	if page != nil && bytes.Equal(page[in:][:len(b)], b) {
		return nil
	}
	if _, ok := e.undo.over[no]; !ok || page == nil { // not yet copied in this operation
		old := page
		page = make([]byte, blockSize)
		if old != nil {
			copy(page, old)
		} else if n := min(blockSize, e.h.file-no*blockSize); n > 0 {
			if err := e.h.read(page[:n], no*blockSize); err != nil {
				return err
			}
			if in+int64(len(b)) <= n && bytes.Equal(page[in:][:len(b)], b) {
				return nil
			}
		}
		e.undo.over[no] = old
	}
	e.h.mu.Lock()
	defer e.h.mu.Unlock()
	copy(page[in:], b)
	e.h.over[no] = page
	return nil
}

func (e *Editor) zero(off, n int64) error {
	var zeros [blockSize]byte
	for n > 0 {
		part := min(n, blockSize)
		if err := e.write(off, zeros[:part]); err != nil {
			return err
		}
		off, n = off+part, n-part
	}
	return nil
}

func (e *Editor) put32(off int64, n uint32) error {
	return e.write(off, binary.LittleEndian.AppendUint32(nil, n))
}

func (e *Editor) put16(off int64, n uint16) error {
	return e.write(off, binary.LittleEndian.AppendUint16(nil, n))
}
