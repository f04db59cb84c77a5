package secondopinion

import (
	"errors"
	"io"
	iofs "io/fs"
	"os"
	"time"

	"github.com/diskfs/go-diskfs/backend"
)

// view is the volume as the library sees it: without a writable side, and
// while it opens the volume with fat in place of every FAT and with a valid
// FSInfo sector. The library refuses a volume whose two FATs or whose FSInfo
// are not perfect; Windows only looks at the active FAT, and rebuilds FSInfo.
type view struct {
	dev io.ReaderAt
	geo geometry
	fat []byte // nil once the library is open
	pos int64
	err error // the first read error, which the library may have dropped
}

var _ backend.Storage = (*view)(nil)

func (v *view) ReadAt(p []byte, off int64) (int, error) {
	if v.fat != nil && off == v.geo.fsInfo && len(p) == 512 {
		clear(p)
		le.PutUint32(p, 0x41615252)
		le.PutUint32(p[0x1e4:], 0x61417272)
		le.PutUint32(p[0x1fc:], 0xaa550000)
		return len(p), nil
	}
	if v.fat != nil && int64(len(p)) == v.geo.fatBytes {
		for i := range int64(2) {
			if off == v.geo.fatOffset+i*v.geo.fatBytes {
				return copy(p, v.fat), nil
			}
		}
	}
	n, err := v.dev.ReadAt(p, off)
	if n == len(p) {
		return n, nil
	}
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	if v.err == nil {
		v.err = err
	}
	return n, err
}

func (v *view) Read(p []byte) (int, error) {
	n, err := v.ReadAt(p, v.pos)
	v.pos += int64(n)
	return n, err
}

func (v *view) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		off += v.pos
	case io.SeekEnd:
		off += v.geo.size
	}
	if off < 0 {
		return v.pos, errors.New("seek before the start")
	}
	v.pos = off
	return off, nil
}

func (v *view) Close() error                            { return nil }
func (v *view) Path() string                            { return "" }
func (v *view) Sys() (*os.File, error)                  { return nil, backend.ErrNotSuitable }
func (v *view) Writable() (backend.WritableFile, error) { return nil, backend.ErrIncorrectOpenMode }
func (v *view) Stat() (iofs.FileInfo, error)            { return viewInfo{v.geo.size}, nil }

// viewInfo is the little that Stat can say of a volume.
type viewInfo struct{ size int64 }

func (i viewInfo) Name() string        { return "volume" }
func (i viewInfo) Size() int64         { return i.size }
func (i viewInfo) Mode() iofs.FileMode { return 0o400 }
func (i viewInfo) ModTime() time.Time  { return time.Time{} }
func (i viewInfo) IsDir() bool         { return false }
func (i viewInfo) Sys() any            { return nil }
