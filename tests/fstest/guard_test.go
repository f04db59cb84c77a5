package fstest

import (
	"io"
	"maps"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
	"github.com/bootmend/bootmend/tests/volume"
)

// guard remembers what an image held, by sectors of 512 bytes, and what the
// writer was asked for since.
type guard struct {
	*volume.Device
	before map[int64][]byte
	about  scope.Scope
}

const unit = 512

// WriteAt is that of the image.
func (g *guard) WriteAt(p []byte, off int64) (int, error) {
	for s := off / unit; s*unit < off+int64(len(p)); s++ {
		if g.before[s] != nil {
			continue
		}
		b := make([]byte, unit)
		if _, err := g.Device.ReadAt(b, s*unit); err != nil && err != io.EOF {
			return 0, err
		}
		g.before[s] = b
	}
	return g.Device.WriteAt(p, off)
}

// was is the image as it was.
type was struct{ *guard }

func (w was) ReadAt(p []byte, off int64) (int, error) {
	n, err := w.Device.ReadAt(p, off)
	for s := off / unit; s*unit < off+int64(n); s++ {
		b := w.before[s]
		if b == nil {
			continue
		}
		if at := s*unit - off; at >= 0 {
			copy(p[at:n], b)
		} else {
			copy(p[:n], b[-at:])
		}
	}
	return n, err
}

// judge lets the limited checks look at what was written since the last call.
func (g *guard) judge(t *testing.T) {
	t.Helper()
	var ranges []block.Range
	for _, s := range slices.Sorted(maps.Keys(g.before)) {
		ranges = append(ranges, block.Range{Off: s * unit, Len: unit})
	}
	touched, err := check.Touched(was{g}, g, ranges)
	mustDo(t, err)
	within, err := check.Within(was{g}, g, ranges, g.about)
	mustDo(t, err)
	for _, p := range append(touched.Problems, within.Problems...) {
		t.Errorf("%v\nafter %+v", p, g.about.Changes)
	}
	clear(g.before)
	g.about.Changes = nil
}
