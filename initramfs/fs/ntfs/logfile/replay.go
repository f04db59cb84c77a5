package logfile

import (
	"fmt"
	"io"
	"slices"
)

// Geometry is what replay has to know of the volume.
type Geometry struct {
	Cluster, Volume int64 // bytes
	Record          int   // bytes of a file record
	Mirror          int64 // where $MFTMirr lies
	MirrorRecords   int64 // how many records it repeats
}

// Volume is a volume to be changed: byte 0 is its boot sector.
type Volume interface {
	io.ReaderAt
	io.WriterAt
}

// Result counts what replay did.
type Result struct {
	Redone, Current, Undone int // Current: redo that had reached the disk before
	Bytes                   int64
}

// blockSize is the grain of the changes in memory.
const blockSize = 4 << 10

// maxChanged bounds them. Windows keeps far less dirty.
const maxChanged = 64 << 20 / blockSize

// replay is a replay under way.
type replay struct {
	p      *Plan
	g      Geometry
	dev    Volume
	blocks map[int64][]byte // by number; what was changed
	res    Result
}

// Replay carries the plan out. It works in memory and writes to the volume only
// when everything succeeded, so that after an error nothing is changed (unless
// the error is one of writing). What it writes are whole blocks of 4 KiB that
// changed. The log itself is left as it is: the caller has to empty it, or the
// next mount would do it all again.
func (p *Plan) Replay(dev Volume, g Geometry) (Result, error) {
	if len(p.Unknown) > 0 {
		return Result{}, p.Unknown[0]
	}
	s := &replay{p: p, g: g, dev: dev, blocks: map[int64][]byte{}}
	if len(p.dirty) > 0 {
		if _, err := p.walkFrom(p.From, s.redo); err != nil {
			return Result{}, err
		}
	}
	for _, n := range p.Undo {
		r, _, ok, err := p.log.At(n)
		if err == nil && !ok {
			err = damaged(fmt.Sprintf("record %#x", uint64(n)), "gone")
		}
		if err == nil {
			err = s.change(r, r.Undo, r.UndoData, r.UndoLen, false)
		}
		if err != nil {
			return Result{}, err
		}
		s.res.Undone++
	}
	return s.res, s.write()
}

func (s *replay) write() error {
	numbers := make([]int64, 0, len(s.blocks))
	for n := range s.blocks {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	old := make([]byte, blockSize)
	for _, n := range numbers {
		b := s.blocks[n]
		if k, err := s.dev.ReadAt(old[:len(b)], n*blockSize); k == len(b) && slices.Equal(old[:k], b) {
			continue
		} else if k < len(b) {
			return fmt.Errorf("volume at %#x: %w", n*blockSize, err)
		}
		if _, err := s.dev.WriteAt(b, n*blockSize); err != nil {
			return fmt.Errorf("volume at %#x: %w", n*blockSize, err)
		}
		s.res.Bytes += int64(len(b))
	}
	return nil
}

// block returns the block n for changing.
func (s *replay) block(n int64) ([]byte, error) {
	if b := s.blocks[n]; b != nil {
		return b, nil
	}
	if len(s.blocks) >= maxChanged {
		return nil, unknown("more than %d MiB are to be changed", maxChanged*blockSize>>20)
	}
	b := make([]byte, min(blockSize, s.g.Volume-n*blockSize))
	if k, err := s.dev.ReadAt(b, n*blockSize); k < len(b) {
		return nil, fmt.Errorf("volume at %#x: %w", n*blockSize, err)
	}
	s.blocks[n] = b
	return b, nil
}

// each calls fn for the pieces of the volume that make up size bytes of the
// record's target, from its structure on.
func (s *replay) each(r Record, size int, fn func(p []byte, at int)) error {
	for at := 0; at < size; {
		off := int64(r.SectorOff)*stride + int64(at)
		i, in := off/s.g.Cluster, off%s.g.Cluster
		if i >= int64(len(r.LCNs)) || r.LCNs[i] <= 0 || r.LCNs[i] >= s.g.Volume/s.g.Cluster {
			return &UnknownError{r.LSN, r.Redo, r.Undo, fmt.Sprintf("byte %d of its target lies in none of its clusters %v", at, r.LCNs)}
		}
		vol := r.LCNs[i]*s.g.Cluster + in
		n, err := s.span(vol, min(int64(size-at), s.g.Cluster-in), func(p []byte, done int) { fn(p, at+done) })
		if err != nil {
			return err
		}
		at += n
	}
	return nil
}

// span calls fn for the blocks of a range of the volume.
func (s *replay) span(vol, size int64, fn func(p []byte, done int)) (int, error) {
	done := int64(0)
	for done < size {
		b, err := s.block((vol + done) / blockSize)
		if err != nil {
			return 0, err
		}
		in := (vol + done) % blockSize
		k := min(size-done, int64(len(b))-in)
		if k <= 0 {
			return 0, damaged("volume", "%#x lies behind its end", vol+done)
		}
		fn(b[in:in+k], int(done))
		done += k
	}
	return int(done), nil
}

func (s *replay) redo(r Record) error {
	if r.Checkpoint || !changesPage(r.Redo) || !s.p.pending(r) {
		return nil
	}
	return s.change(r, r.Redo, r.RedoData, r.RedoLen, true)
}

// change carries one operation out.
func (s *replay) change(r Record, op Op, data []byte, n int, redo bool) error {
	a := s.p.attrs[r.Target]
	switch {
	case onMFT(op):
		return s.protected(r, op, data, n, s.g.Record, "FILE", redo)
	case onIndex(op) || op == UpdateNonResidentValue && a.typ == 0xa0:
		if a.indexSize < stride || a.indexSize > maxPage || a.indexSize%stride != 0 {
			return &UnknownError{r.LSN, r.Redo, r.Undo, fmt.Sprintf("index blocks of %d bytes", a.indexSize)}
		}
		return s.protected(r, op, data, n, int(a.indexSize), "INDX", redo)
	}
	return s.plain(r, op, data, n, redo)
}

// protected changes a file record or an index block.
func (s *replay) protected(r Record, op Op, data []byte, n, size int, magic string, redo bool) error {
	b := make([]byte, size)
	if err := s.each(r, size, func(p []byte, at int) { copy(b[at:], p) }); err != nil {
		return err
	}
	t := target{b: b, r: r, op: op, data: data, n: n}
	if string(b[:4]) != magic || !unprotect(b) {
		if op == DeallocateFileRecordSegment && string(b[:4]) != magic {
			return nil // taken, but never written: there is nothing to free
		}
		// Never written, or torn: only what brings all of it helps.
		if !t.whole(magic) {
			return t.bad("%q is not a sound %s", b[:4], magic)
		}
		clear(b)
	} else if lsn := LSN(le.Uint64(b[8:])); redo && lsn >= r.LSN && lsn <= max(s.p.To, s.p.log.rst.current) {
		// A greater one is from before the log was emptied the last time.
		s.res.Current++
		return nil
	}
	if err := t.apply(); err != nil {
		return err
	}
	if redo {
		le.PutUint64(b[8:], uint64(r.LSN))
		s.res.Redone++
	}
	if !protect(b) {
		return t.bad("no update sequence array")
	}
	if err := s.each(r, size, func(p []byte, at int) { copy(p, b[at:]) }); err != nil {
		return err
	}
	if magic != "FILE" {
		return nil
	}
	if no := (r.VCN*s.g.Cluster + int64(r.SectorOff)*stride) / int64(size); no < s.g.MirrorRecords {
		_, err := s.span(s.g.Mirror+no*int64(size), int64(size), func(p []byte, done int) { copy(p, b[done:]) })
		return err
	}
	return nil
}

// plain changes a page that carries no LSN.
func (s *replay) plain(r Record, op Op, data []byte, n int, redo bool) error {
	if redo {
		s.res.Redone++
	}
	from := r.RecordOff + r.AttrOff
	if op == UpdateNonResidentValue {
		return s.each(r, from+n, func(p []byte, at int) {
			for i := range p {
				if k := at + i - from; k >= 0 && data != nil {
					p[i] = data[k]
				} else if k >= 0 {
					p[i] = 0
				}
			}
		})
	}
	if len(data) != 8 {
		return &UnknownError{r.LSN, r.Redo, r.Undo, fmt.Sprintf("%d bytes for a range of bits", len(data))}
	}
	first, count := int(le.Uint32(data)), int(le.Uint32(data[4:]))
	if limit := 8 * (len(r.LCNs)*int(s.g.Cluster) - from); first < 0 || count < 0 || first > limit || count > limit-first {
		return &UnknownError{r.LSN, r.Redo, r.Undo, fmt.Sprintf("bits %d to %d of a page of %d", first, first+count-1, limit)}
	}
	first += 8 * from
	return s.each(r, (first+count+7)/8, func(p []byte, at int) {
		for bit := max(first, 8*at); bit < min(first+count, 8*(at+len(p))); bit++ {
			if op == SetBitsInNonResidentBitMap {
				p[bit/8-at] |= 1 << (bit % 8)
			} else {
				p[bit/8-at] &^= 1 << (bit % 8)
			}
		}
	})
}
