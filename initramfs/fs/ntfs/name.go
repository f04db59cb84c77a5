package ntfs

import (
	"time"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// maxName is the longest file name in UTF-16 code units.
const maxName = 255

// units reads little-endian UTF-16 code units.
func units(b []byte) []uint16 {
	if len(b) < 2 {
		return nil
	}
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = le.Uint16(b[2*i:])
	}
	return u
}

// Namespaces of a $FILE_NAME.
const (
	namePOSIX  = 0
	nameWin32  = 1
	nameDOS    = 2 // an 8.3 alias of an entry with a Win32 name
	nameWinDOS = 3 // one name that is both
)

// Offsets in a $FILE_NAME.
const (
	fnParent     = 0x00
	fnModified   = 0x10
	fnDataSize   = 0x30
	fnAttributes = 0x38
	fnLength     = 0x40
	fnNamespace  = 0x41
	fnName       = 0x42
)

// fileName is a view of a $FILE_NAME, as an attribute or as an index key.
type fileName []byte

func newFileName(b []byte, what string, off int) (fileName, error) {
	if len(b) < fnName || len(b) < fnName+2*int(b[fnLength]) {
		return nil, damaged(what, int64(off), "$FILE_NAME of %d bytes", len(b))
	}
	return b, nil
}

func (f fileName) parent() ref      { return ref(le.Uint64(f[fnParent:])) }
func (f fileName) namespace() uint8 { return f[fnNamespace] }
func (f fileName) name() []uint16   { return units(f[fnName : fnName+2*int(f[fnLength])]) }

// info is what the entry says; Windows brings the copy in the directory up to
// date only for the name through which a file was opened.
func (f fileName) info() fs.Info {
	return fs.Info{
		Name:       fs.DecodeName(f.name()),
		Size:       int64(le.Uint64(f[fnDataSize:])),
		Attributes: attributes(le.Uint32(f[fnAttributes:])),
		Modified:   filetime(le.Uint64(f[fnModified:])),
	}
}

// attributes keeps the bits that Windows shows. A directory is marked in
// $FILE_NAME by a bit of NTFS's own.
func attributes(u uint32) fs.Attributes {
	const directory = 0x10000000
	a := fs.Attributes(u & 0xffff &^ uint32(fs.AttrDirectory))
	if u&directory != 0 {
		a |= fs.AttrDirectory
	}
	return a
}

// filetime converts 100 ns units since 1601.
func filetime(t uint64) time.Time {
	const perSecond, to1970 = 10_000_000, 11_644_473_600
	return time.Unix(int64(t/perSecond)-to1970, int64(t%perSecond)*100).UTC()
}
