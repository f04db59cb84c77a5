package fat

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"sync/atomic"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// File is an open file. WriteAt is a change in the sense of Volume.
type File struct {
	v    *Volume
	path string

	info       fs.Info
	extents    []fs.Extent
	generation atomic.Uint64 // of the Volume when the extents were last known to be true
}

var _ fs.Overwriter = (*File)(nil)

// Open opens a file. A file whose chain is shorter than its size is damaged;
// more clusters than the size needs are harmless and not looked at.
func (v *Volume) Open(path string) (fs.File, error) {
	f, err := v.open(path)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (v *Volume) open(path string) (*File, error) {
	o := v.begin()
	n, err := o.find(path)
	if err != nil {
		return nil, err
	}
	if n.isDir() {
		return nil, fmt.Errorf("%s: %w", n.path, fs.ErrIsDir)
	}
	f := &File{v: v, path: n.path, info: n.info()}
	f.generation.Store(v.generation.Load())
	size := f.info.Size
	if size == 0 {
		return f, nil // whether it has a chain or not
	}
	runs, err := o.chain(n.path, n.item.e.cluster(v.boot.Kind), v.clustersFor(size))
	if err != nil {
		return nil, err
	}
	off := int64(0)
	for _, r := range runs {
		part := block.Range{Off: v.boot.clusterOffset(r.first), Len: min(r.n*v.boot.clusterSize(), size-off)}
		f.extents = append(f.extents, fs.Extent{FileOff: off, Vol: part})
		off += part.Len
	}
	if off < size {
		return nil, damaged(n.path, "size %d, but its clusters hold only %d bytes", size, off)
	}
	return f, nil
}

// Info describes the file as it was when it was opened.
func (f *File) Info() fs.Info { return f.info }

// Extents gives where the file lies.
func (f *File) Extents() ([]fs.Extent, error) { return slices.Clone(f.extents), f.current() }

// current makes sure that the clusters still are those of the file, where the
// Volume has changed since.
func (f *File) current() error {
	if f.generation.Load() == f.v.generation.Load() {
		return nil
	}
	now, err := f.v.open(f.path)
	if err != nil {
		return fmt.Errorf("the volume has changed since the file was opened: %w", err)
	}
	if now.info.Size != f.info.Size || !slices.Equal(now.extents, f.extents) {
		return unsupported(f.path, "the file was replaced or resized since it was opened")
	}
	f.generation.Store(now.generation.Load())
	return nil
}

// ReadAt reads from the Device, extent by extent.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("%s: read at %d", f.path, off)
	}
	if err := f.current(); err != nil {
		return 0, err
	}
	if off >= f.info.Size {
		return 0, io.EOF
	}
	var eof error
	if int64(len(p)) > f.info.Size-off {
		p, eof = p[:f.info.Size-off], io.EOF
	}
	if n, err := f.each(p, off, f.v.dev.ReadAt); n < len(p) {
		return n, err
	}
	return len(p), eof
}

// WriteAt replaces existing bytes in place: it writes the clusters of the data
// and nothing else, no time stamp, no attribute. A range that is not inside
// the file is refused (fs.ErrUnsupported) before anything is written, and so is
// a volume that is not clean (ErrDirty): its files may share clusters.
//
// An error of the Device in the middle leaves the part before it written; n
// says how much.
func (f *File) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || off > f.info.Size-int64(len(p)) {
		return 0, unsupported(f.path, "write of %d bytes at %d, the file ends at %d", len(p), off, f.info.Size)
	}
	if err := errors.Join(f.v.checkClean(), f.current()); err != nil {
		return 0, err
	}
	return f.each(p, off, f.v.dev.WriteAt)
}

// each calls move for the parts of p, which stands for the bytes of the file
// from off on and lies inside it.
func (f *File) each(p []byte, off int64, move func([]byte, int64) (int, error)) (done int, err error) {
	i := sort.Search(len(f.extents), func(i int) bool { return f.extents[i].FileOff+f.extents[i].Vol.Len > off })
	for ; done < len(p); i++ {
		e := f.extents[i]
		in := off + int64(done) - e.FileOff
		n := int(min(int64(len(p)-done), e.Vol.Len-in))
		k, err := move(p[done:done+n], e.Vol.Off+in)
		done += k
		if k < n {
			return done, fmt.Errorf("%s: volume at %#x: %w", f.path, e.Vol.Off+in, noEOF(err))
		}
	}
	return done, nil
}
