package overlay

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Overlay implements block.Device. ReadAt may be called concurrently, but not
// together with WriteAt.
type Overlay struct {
	base    block.Device
	sectors map[int64][]byte // after-images by sector index
	limit   int              // sectors
}

// MaxBytes bounds the after-images of one overlay. A repair changes metadata
// and a few hives; whoever wants to write more than this has lost his way.
const MaxBytes = 64 << 20

// New returns an overlay of base in which nothing is changed yet.
func New(base block.Device) *Overlay {
	return &Overlay{base: base, sectors: map[int64][]byte{}, limit: MaxBytes / base.SectorSize()}
}

// Size is that of the base.
func (o *Overlay) Size() int64 { return o.base.Size() }

// SectorSize is that of the base.
func (o *Overlay) SectorSize() int { return o.base.SectorSize() }

// Flush does nothing: memory is not stable storage.
func (o *Overlay) Flush() error { return nil }

// ReadAt reads the base with the after-images laid over it.
func (o *Overlay) ReadAt(p []byte, off int64) (int, error) {
	n, err := o.base.ReadAt(p, off)
	if len(o.sectors) == 0 || n == 0 {
		return n, err
	}
	ss := int64(o.SectorSize())
	for s := off / ss; s*ss < off+int64(n); s++ {
		img, ok := o.sectors[s]
		if !ok {
			continue
		}
		if at := s*ss - off; at >= 0 {
			copy(p[at:n], img)
		} else {
			copy(p[:n], img[-at:])
		}
	}
	return n, err
}

// WriteAt changes the overlay. A write past the end, or one that would make
// the overlay larger than MaxBytes, changes nothing.
func (o *Overlay) WriteAt(p []byte, off int64) (int, error) {
	if !(block.Range{Len: o.Size()}).Contains(block.Range{Off: off, Len: int64(len(p))}) {
		return 0, fmt.Errorf("write of %#x bytes at %#x, disk ends at %#x: %w", len(p), off, o.Size(), block.ErrBounds)
	}
	if len(p) == 0 {
		return 0, nil
	}
	ss := int64(o.SectorSize())
	first, last := off/ss, (off+int64(len(p))-1)/ss
	fresh, err := o.load(first, last)
	if err != nil {
		return 0, err
	}
	for s, img := range fresh {
		o.sectors[s] = img
	}
	for s := first; s <= last; s++ {
		if at := s*ss - off; at >= 0 {
			copy(o.sectors[s], p[at:])
		} else {
			copy(o.sectors[s][-at:], p)
		}
	}
	return len(p), nil
}

// load reads the before-images of the sectors first to last that the overlay
// does not hold yet.
func (o *Overlay) load(first, last int64) (map[int64][]byte, error) {
	ss := int64(o.SectorSize())
	fresh := map[int64][]byte{}
	for s := first; s <= last; s++ {
		if _, ok := o.sectors[s]; ok {
			continue
		}
		if len(o.sectors)+len(fresh) >= o.limit {
			return nil, fmt.Errorf("overlay would hold more than %d bytes of changes", MaxBytes)
		}
		img := make([]byte, ss)
		// The last sector of an image may be short; a disk's never is.
		want := min(ss, o.Size()-s*ss)
		if n, err := o.base.ReadAt(img[:want], s*ss); int64(n) < want {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("read of sector %d before changing it: %w", s, err)
		}
		fresh[s] = img[:want]
	}
	return fresh, nil
}

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
func (o *Overlay) Changes() ([]Change, error) {
	keys := make([]int64, 0, len(o.sectors))
	for s := range o.sectors {
		keys = append(keys, s)
	}
	slices.Sort(keys)
	ss := int64(o.SectorSize())
	var all []Change
	for _, s := range keys {
		after := o.sectors[s]
		before := make([]byte, len(after))
		if n, err := o.base.ReadAt(before, s*ss); n < len(before) {
			return nil, fmt.Errorf("read of sector %d: %w", s, err)
		}
		if bytes.Equal(before, after) {
			continue
		}
		if last := len(all) - 1; last >= 0 && all[last].Range().End() == s*ss && len(all[last].After) < maxRun {
			all[last].Before = append(all[last].Before, before...)
			all[last].After = append(all[last].After, after...)
			continue
		}
		all = append(all, Change{s * ss, before, bytes.Clone(after)})
	}
	return all, nil
}
