package overlay

import (
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Overlay implements block.Device. ReadAt may be called concurrently, but not
// together with WriteAt.
type Overlay struct {
	base    block.Device
	sectors map[int64][]byte // after-images by sector index
	limit   int              // sectors

	store   Store   // nil: all is in memory
	spilled []spill // in ascending order, no sector twice, none that is in sectors
	stored  int64   // bytes of the store that are in use
}

// MaxBytes bounds the after-images in memory of one overlay. A repair changes
// metadata and a few hives; the content of large files goes into a Store.
const MaxBytes = 64 << 20

// New returns an overlay of base in which nothing is changed yet.
func New(base block.Device) *Overlay {
	return &Overlay{base: base, sectors: map[int64][]byte{}, limit: MaxBytes / base.SectorSize()}
}

// Allow lets the overlay hold n bytes of after-images in memory where that is
// more than MaxBytes: for a caller who knows how many there will be.
func (o *Overlay) Allow(n int64) { o.limit = max(o.limit, int(n)/o.SectorSize()) }

// Size is that of the base.
func (o *Overlay) Size() int64 { return o.base.Size() }

// SectorSize is that of the base.
func (o *Overlay) SectorSize() int { return o.base.SectorSize() }

// Flush does nothing: memory is not stable storage.
func (o *Overlay) Flush() error { return nil }

// ReadAt reads the base with the after-images laid over it.
func (o *Overlay) ReadAt(p []byte, off int64) (int, error) {
	n, err := o.base.ReadAt(p, off)
	if n == 0 {
		return n, err
	}
	if len(o.spilled) > 0 {
		if err := o.readSpilled(p[:n], off); err != nil {
			return 0, err
		}
	}
	if len(o.sectors) == 0 {
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
	if o.store == nil || len(p) < spillMin {
		return o.writeSmall(p, off)
	}
	from, to := (off+ss-1)/ss*ss, (off+int64(len(p)))/ss*ss // whole sectors
	for _, x := range [][2]int64{{off, from}, {to, off + int64(len(p))}} {
		if x[0] < x[1] {
			if _, err := o.writeSmall(p[x[0]-off:x[1]-off], x[0]); err != nil {
				return 0, err
			}
		}
	}
	if err := o.writeLarge(p[from-off:to-off], from/ss); err != nil {
		return 0, err
	}
	return len(p), nil
}

// writeSmall changes sectors in memory, and those in the store there.
func (o *Overlay) writeSmall(p []byte, off int64) (int, error) {
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
		from, to := max(off, s*ss), min(off+int64(len(p)), (s+1)*ss)
		if img, ok := o.sectors[s]; ok {
			copy(img[from-s*ss:], p[from-off:to-off])
			continue
		}
		i, _ := o.find(s)
		if err := o.storeAt(p[from-off:to-off], o.spilled[i].at+from-o.spilled[i].first*ss); err != nil {
			return 0, err
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
		if _, ok := o.find(s); ok {
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
