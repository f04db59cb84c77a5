package fsrandom

import (
	"io"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/tests/volume"
)

// device is an image that remembers what it held before the current operation.
type device struct {
	f      *os.File
	path   string
	start  int64 // of the volume in the file
	size   int64
	sector int
	before map[int64][]byte // by sector of 512 bytes
	writes int64
}

const unit = 512

func openDevice(tb testing.TB, path string, sector int) *device {
	tb.Helper()
	f := volume.Open(tb, path)
	return &device{f: f.File, path: path, size: f.Size(), sector: sector, before: map[int64][]byte{}}
}

func (d *device) Size() int64     { return d.size }
func (d *device) SectorSize() int { return d.sector }
func (d *device) Flush() error    { return nil }

func (d *device) ReadAt(p []byte, off int64) (int, error) { return d.f.ReadAt(p, off) }

func (d *device) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || off+int64(len(p)) > d.size {
		return 0, block.ErrBounds
	}
	d.writes++
	for s := off / unit; s*unit < off+int64(len(p)); s++ {
		if _, ok := d.before[s]; ok {
			continue
		}
		b := make([]byte, unit)
		if _, err := d.f.ReadAt(b, s*unit); err != nil && err != io.EOF {
			return 0, err
		}
		d.before[s] = b
	}
	return d.f.WriteAt(p, off)
}

// forget makes the state of now the one before.
func (d *device) forget() { clear(d.before) }

// ranges are the written ones.
func (d *device) ranges() []block.Range {
	var all []block.Range
	for _, s := range slices.Sorted(maps.Keys(d.before)) {
		if n := len(all); n > 0 && all[n-1].End() == s*unit {
			all[n-1].Len += unit
		} else {
			all = append(all, block.Range{Off: s * unit, Len: unit})
		}
	}
	return all
}

// old is the device as it was before the operation.
type old struct{ *device }

func (o old) WriteAt([]byte, int64) (int, error) { return 0, block.ErrReadOnly }

func (o old) ReadAt(p []byte, off int64) (int, error) {
	n, err := o.device.ReadAt(p, off)
	if len(o.before) == 0 {
		return n, err
	}
	for s := off / unit; s*unit < off+int64(n); s++ {
		b, ok := o.before[s]
		if !ok {
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
