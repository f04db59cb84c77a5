package iso9660

import (
	"fmt"
	"io"
	"slices"
	"sort"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// File is an open file of a disc.
type File struct {
	dev     block.Device
	path    string
	info    fs.Info
	extents []fs.Extent
}

// Open opens a file. One that does not lie on the medium as a whole is
// damaged, be it the directory or a medium that was cut short.
func (v *Volume) Open(path string) (fs.File, error) {
	e, err := v.find(path)
	switch {
	case err != nil:
		return nil, err
	case e.dir:
		return nil, fmt.Errorf("%s: %w", path, fs.ErrIsDir)
	case e.refuse != "":
		return nil, unsupported(path, "%s", e.refuse)
	}
	f := &File{dev: v.dev, path: path, info: e.info()}
	var at int64
	for _, p := range e.parts {
		if p.len == 0 {
			continue // the place of nothing is nowhere
		}
		r := block.Range{Off: p.off, Len: p.len}
		if !(block.Range{Len: v.dev.Size()}).Contains(r) {
			return nil, damaged(path, "the file lies at %v, the medium ends at %#x", r, v.dev.Size())
		}
		f.extents = append(f.extents, fs.Extent{FileOff: at, Vol: r})
		at += p.len
	}
	return f, nil
}

// Info describes the file.
func (f *File) Info() fs.Info { return f.info }

// Extents gives where the file lies.
func (f *File) Extents() ([]fs.Extent, error) { return slices.Clone(f.extents), nil }

// ReadAt reads from the Device, extent by extent.
func (f *File) ReadAt(p []byte, off int64) (done int, err error) {
	if off < 0 {
		return 0, fmt.Errorf("%s: read at %d", f.path, off)
	}
	if off >= f.info.Size {
		return 0, io.EOF
	}
	var eof error
	if int64(len(p)) > f.info.Size-off {
		p, eof = p[:f.info.Size-off], io.EOF
	}
	i := sort.Search(len(f.extents), func(i int) bool { return f.extents[i].FileOff+f.extents[i].Vol.Len > off })
	for ; done < len(p); i++ {
		e := f.extents[i]
		in := off + int64(done) - e.FileOff
		n := int(min(int64(len(p)-done), e.Vol.Len-in))
		k, err := f.dev.ReadAt(p[done:done+n], e.Vol.Off+in)
		done += k
		if k < n {
			return done, fmt.Errorf("%s: volume at %#x: %w", f.path, e.Vol.Off+in+int64(k), noEOF(err))
		}
	}
	return done, eof
}
