package ntfs

import (
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// File is an open stream of a file.
type File struct {
	s      *stream
	data   io.ReaderAt // s itself, or what decodes it
	packed string      // how it is compressed, "" when it is plain
	info   fs.Info
	path   string
	meta   bool // belongs to the file system itself

	records []uint64 // MFT records that the file consists of
}

var _ fs.Overwriter = (*File)(nil)

// Open opens the unnamed data of a file. The result is a *File.
func (v *Volume) Open(path string) (fs.File, error) {
	f, err := v.OpenStream(path, "")
	if err != nil {
		return nil, err
	}
	return f, nil
}

// OpenStream opens a named stream of a file or directory, or with name "" the
// unnamed one of a file. Case is ignored. Info().Size is that of the stream.
func (v *Volume) OpenStream(path, name string) (*File, error) {
	n, err := v.find(path)
	if err != nil {
		return nil, err
	}
	if name == "" && n.rec.isDir() {
		return nil, fmt.Errorf("%s: %w", n.path, fs.ErrIsDir)
	}
	reparse, err := n.reparsePoint()
	if err != nil {
		return nil, err
	}
	overlaid := isOverlaid(reparse)
	if err := n.refuseReparse(reparse); err != nil && !overlaid {
		return nil, err
	}
	info, err := n.info()
	if err != nil {
		return nil, err
	}
	s, err := n.openData(name)
	if err != nil {
		return nil, err
	}
	info.Size = s.size
	f := &File{s: s, data: s, info: info, path: s.what, meta: n.rec.no < firstUserEntry, records: n.records()}
	switch {
	case overlaid && name == "":
		f.packed = "compressed by the system (WOF)"
		f.data, err = n.overlaid(reparse, s.size)
	case s.compressed():
		f.packed = "compressed by NTFS (LZNT1)"
		f.data, err = s.plain()
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// openData opens a $DATA attribute that is not encrypted.
func (n *node) openData(name string) (*stream, error) {
	what := n.path
	if name != "" {
		what += ":" + name
	}
	up, err := n.v.upcaseOf()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	var found attribute
	want := fs.EncodeName(name)
	err = n.each(attrData, func(a attribute) error {
		if up.compareFold(a.name(), want) != 0 {
			return nil
		}
		found = a
		return errStop
	})
	if err == nil {
		return nil, fmt.Errorf("%s: no such data stream: %w", what, fs.ErrNotExist)
	}
	if err != errStop {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	s, err := n.stream(what, found)
	if err != nil {
		return nil, err
	}
	if s.encrypted() {
		return nil, unsupported(what, "encrypted (EFS)")
	}
	return s, nil
}

// Info describes the file; Size is that of the open stream.
func (f *File) Info() fs.Info { return f.info }

// ReadAt reads the stream. Holes and what lies behind the initialized size are
// zeros.
func (f *File) ReadAt(p []byte, off int64) (int, error) { return f.data.ReadAt(p, off) }

// Resident reports whether the data lies inside the file's MFT record.
func (f *File) Resident() bool { return f.s.parts == nil }

// ValidSize is the initialized size: what lies behind it reads as zeros
// whatever the clusters hold.
func (f *File) ValidSize() int64 { return f.s.init }

// Extents gives the plain bytes of the stream up to its initialized size, in
// file order; adjoining runs are one extent.
func (f *File) Extents() ([]fs.Extent, error) {
	var list []fs.Extent
	if f.Resident() || f.packed != "" {
		return nil, nil
	}
	err := f.s.pieces(0, f.s.init, func(p piece) error {
		if p.vol < 0 {
			return nil
		}
		if k := len(list) - 1; k >= 0 && list[k].Vol.End() == p.vol && list[k].FileOff+list[k].Vol.Len == p.off {
			list[k].Vol.Len += p.n
			return nil
		}
		list = append(list, fs.Extent{FileOff: p.off, Vol: block.Range{Off: p.vol, Len: p.n}})
		return nil
	})
	return list, err
}
