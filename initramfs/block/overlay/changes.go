package overlay

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Change is a run of sectors whose content differs from the base.
type Change struct {
	Off    int64 // bytes from the start of the device, a multiple of the sector size
	Before []byte
	After  []byte
}

// Range is the run of bytes that the change covers.
func (c Change) Range() block.Range { return block.Range{Off: c.Off, Len: int64(len(c.After))} }

// maxRun keeps one change small enough to be written and journaled at once.
const maxRun = 1 << 20

// Changes lists what differs from the base in ascending order, neighbouring
// sectors joined. Sectors that were written with the bytes they had are no
// change.
func (o *Overlay) Changes() ([]Change, error) { return o.ChangesOutside(nil) }

// ChangesOutside is Changes without the sectors that lie in one of the given
// ranges, which the caller writes in another way. It is refused when what is
// left of the store is more than MaxBytes, since all of it would be in memory.
func (o *Overlay) ChangesOutside(ranges []block.Range) ([]Change, error) {
	l := lister{o: o, skip: ranges}
	if err := l.checkSize(); err != nil {
		return nil, err
	}
	spilled := o.spilled
	for _, s := range slices.Sorted(maps.Keys(o.sectors)) {
		for len(spilled) > 0 && spilled[0].first < s {
			if err := l.addRun(spilled[0].first, spilled[0].n); err != nil {
				return nil, err
			}
			spilled = spilled[1:]
		}
		if err := l.addRun(s, 1); err != nil {
			return nil, err
		}
	}
	for _, s := range spilled {
		if err := l.addRun(s.first, s.n); err != nil {
			return nil, err
		}
	}
	return l.all, nil
}

// lister collects changes.
type lister struct {
	o    *Overlay
	skip []block.Range
	all  []Change

	filled []byte // FF; nil until it is needed
}

func (l *lister) checkSize() error {
	ss := int64(l.o.SectorSize())
	left := int64(0)
	for _, s := range l.o.spilled {
		left += s.n * ss
		for _, r := range l.skip {
			left -= max(0, min(r.End(), (s.first+s.n)*ss)-max(r.Off, s.first*ss))
		}
	}
	if left > MaxBytes {
		return fmt.Errorf("overlay: %d bytes of large changes, at most %d can be listed", left, MaxBytes)
	}
	return nil
}

// addRun compares n sectors from first on, all of which the overlay holds.
func (l *lister) addRun(first, n int64) error {
	ss := int64(l.o.SectorSize())
	for n > 0 {
		k := min(n, maxRun/ss)
		size := min(k*ss, l.o.Size()-first*ss) // the last sector may be short
		before := make([]byte, size)
		if m, err := l.o.base.ReadAt(before, first*ss); int64(m) < size {
			return fmt.Errorf("read of sector %d: %w", first, unexpected(err))
		}
		img, ok := l.o.sectors[first]
		after := bytes.Clone(img) // the overlay goes on changing it
		if !ok {
			after = make([]byte, size)
			if err := l.o.readSpilled(after, first*ss); err != nil {
				return err
			}
		}
		l.addChanged(first*ss, before, after)
		first, n = first+k, n-k
	}
	return nil
}

// addChanged adds the runs of sectors in which before and after differ.
func (l *lister) addChanged(off int64, before, after []byte) {
	ss, size := int64(l.o.SectorSize()), int64(len(after))
	from := int64(0) // of the run
	for at := int64(0); at < size; at += ss {
		end := min(at+ss, size)
		sector := block.Range{Off: off + at, Len: end - at}
		if bytes.Equal(before[at:end], after[at:end]) || slices.ContainsFunc(l.skip, func(r block.Range) bool { return r.Contains(sector) }) {
			l.add(off+from, before[from:at], after[from:at])
			from = end
		}
	}
	l.add(off+from, before[min(from, size):], after[min(from, size):])
}

// add adds a run of sectors. Of a long one the slices are kept, of a short one
// copies; and long ones that are filled with FF, as an emptied log is, share
// their bytes.
func (l *lister) add(off int64, before, after []byte) {
	if len(after) == 0 {
		return
	}
	if k := len(l.all) - 1; k >= 0 && l.all[k].Range().End() == off && len(l.all[k].After)+len(after) <= maxRun {
		l.all[k].Before = append(l.all[k].Before, before...)
		l.all[k].After = append(l.all[k].After, after...)
		return
	}
	c := Change{off, slices.Clip(before), slices.Clip(after)}
	if 2*len(after) < cap(after) {
		c.Before, c.After = bytes.Clone(before), bytes.Clone(after)
	} else if len(after) >= spillMin {
		if l.filled == nil {
			l.filled = bytes.Repeat([]byte{0xFF}, maxRun)
		}
		if bytes.Equal(after, l.filled[:len(after)]) {
			c.After = slices.Clip(l.filled[:len(after)])
		}
	}
	l.all = append(l.all, c)
}
