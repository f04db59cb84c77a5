package fat

import (
	"fmt"
	"io"
	"slices"
	"sort"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// File is an open file.
type File struct {
	v       *Volume
	path    string
	info    fs.Info
	extents []fs.Extent
}

// Open opens a file for reading. A file whose chain is shorter than its size
// is damaged.
func (v *Volume) Open(path string) (fs.File, error) {
	n, err := v.find(path)
	if err != nil {
		return nil, err
	}
	if n.isDir() {
		return nil, fmt.Errorf("%s: %w", n.path, fs.ErrIsDir)
	}
	f := &File{v: v, path: n.path, info: n.info}
	if n.info.Size == 0 {
		return f, nil // has no chain
	}
	err = v.call(func() error {
		ranges, err := n.file.GetDiskRanges()
		if err != nil {
			return fmt.Errorf("%s: %v: %w", n.path, err, fs.ErrDamaged)
		}
		end := v.boot.TotalSectors * int64(v.boot.BytesPerSector)
		var off int64
		for _, r := range ranges {
			if off == n.info.Size {
				break // more clusters than the size needs: harmless
			}
			size := min(int64(r.Length), n.info.Size-off)
			if at := int64(r.Offset); at < 0 || at > end-size {
				return damaged(n.path, "clusters at %#x, the volume ends at %#x", at, end)
			}
			f.extents = append(f.extents, fs.Extent{FileOff: off, Vol: block.Range{Off: int64(r.Offset), Len: size}})
			off += size
		}
		if off < n.info.Size {
			return damaged(n.path, "size %d, but its clusters hold only %d bytes", n.info.Size, off)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Info describes the file.
func (f *File) Info() fs.Info { return f.info }

// Extents gives where the file lies.
func (f *File) Extents() ([]fs.Extent, error) { return slices.Clone(f.extents), nil }

// ReadAt reads from the Device, extent by extent.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
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
	for done := 0; done < len(p); i++ {
		e := f.extents[i]
		in := off + int64(done) - e.FileOff
		n := int(min(int64(len(p)-done), e.Vol.Len-in))
		k, err := f.v.dev.ReadAt(p[done:done+n], e.Vol.Off+in)
		done += k
		if k < n {
			return done, fmt.Errorf("%s: volume at %#x: %w", f.path, e.Vol.Off+in, err)
		}
	}
	return len(p), eof
}
