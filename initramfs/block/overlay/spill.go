package overlay

import (
	"fmt"
	"io"
	"slices"
	"sort"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Store keeps what an overlay does not keep in memory: a file without other
// use, or a Device that nobody else writes, from its byte 0 on. What is in it
// afterwards means nothing.
type Store interface {
	io.ReaderAt
	io.WriterAt
}

// spillMin is the length in bytes of the shortest write that goes into the
// Store: content of large files comes in pieces of up to 1 MiB, metadata in
// sectors.
const spillMin = 64 << 10

// spill is a run of sectors whose after-images are in the store.
type spill struct {
	first, n int64 // sectors
	at       int64 // bytes from the start of the store
}

// Spill lets the overlay put large writes into a store from now on. They do
// not count for MaxBytes. When the store refuses a write, the overlay must not
// be used any more: what was in the range may be half of each.
func (o *Overlay) Spill(store Store) { o.store = store }

// Spilled lists what lies in the store, in ascending order, neighbours joined:
// ranges of whole sectors. Their content is read through the overlay. What of
// it was free space before can be streamed to where it belongs; see
// ChangesOutside.
func (o *Overlay) Spilled() []block.Range {
	ss := int64(o.SectorSize())
	var all []block.Range
	for _, s := range o.spilled {
		if k := len(all) - 1; k >= 0 && all[k].End() == s.first*ss {
			all[k].Len += s.n * ss
			continue
		}
		all = append(all, block.Range{Off: s.first * ss, Len: s.n * ss})
	}
	return all
}

// find is the index of the spill that holds sector s, or of the first one
// behind it.
func (o *Overlay) find(s int64) (i int, holds bool) {
	i = sort.Search(len(o.spilled), func(i int) bool { return o.spilled[i].first+o.spilled[i].n > s })
	return i, i < len(o.spilled) && o.spilled[i].first <= s
}

// readSpilled lays what is in the store over p, which lies at off.
func (o *Overlay) readSpilled(p []byte, off int64) error {
	ss := int64(o.SectorSize())
	end := off + int64(len(p))
	for i, _ := o.find(off / ss); i < len(o.spilled) && o.spilled[i].first*ss < end; i++ {
		s := o.spilled[i]
		from, to := max(off, s.first*ss), min(end, (s.first+s.n)*ss)
		at := s.at + from - s.first*ss
		if n, err := o.store.ReadAt(p[from-off:to-off], at); int64(n) < to-from {
			return fmt.Errorf("store of the overlay at %#x: %w", at, unexpected(err))
		}
	}
	return nil
}

func unexpected(err error) error {
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// writeLarge puts whole sectors, from first on, where they are kept already,
// and the rest into the store.
func (o *Overlay) writeLarge(p []byte, first int64) error {
	ss := int64(o.SectorSize())
	for n := int64(0); len(p) > 0; first, p = first+n, p[n*ss:] {
		if img, ok := o.sectors[first]; ok {
			n = 1
			copy(img, p)
			continue
		}
		i, holds := o.find(first)
		if holds {
			s := o.spilled[i]
			n = min(int64(len(p))/ss, s.first+s.n-first)
			if err := o.storeAt(p[:n*ss], s.at+(first-s.first)*ss); err != nil {
				return err
			}
			continue
		}
		n = int64(len(p)) / ss
		if i < len(o.spilled) {
			n = min(n, o.spilled[i].first-first)
		}
		for k := int64(1); k < n; k++ {
			if _, ok := o.sectors[first+k]; ok {
				n = k
			}
		}
		if err := o.storeAt(p[:n*ss], o.stored); err != nil {
			return err
		}
		o.keep(i, spill{first, n, o.stored})
		o.stored += n * ss
	}
	return nil
}

func (o *Overlay) storeAt(p []byte, at int64) error {
	if _, err := o.store.WriteAt(p, at); err != nil {
		return fmt.Errorf("store of the overlay at %#x: %w", at, err)
	}
	return nil
}

// keep inserts a spill at index i, or lengthens the one before.
func (o *Overlay) keep(i int, s spill) {
	if i > 0 {
		b := &o.spilled[i-1]
		if b.first+b.n == s.first && b.at+b.n*int64(o.SectorSize()) == s.at {
			b.n += s.n
			return
		}
	}
	o.spilled = slices.Insert(o.spilled, i, s)
}
