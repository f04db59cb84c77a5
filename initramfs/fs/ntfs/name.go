package ntfs

import (
	"time"
	"unicode/utf16"
	"unicode/utf8"

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

// decodeName turns a stored name into a string. NTFS does not care whether
// surrogates come in pairs; a lone one becomes its three-byte form (WTF-8), so
// that every name can be given back and found again.
func decodeName(u []uint16) string {
	b := make([]byte, 0, len(u))
	for i := 0; i < len(u); i++ {
		r := rune(u[i])
		if utf16.IsSurrogate(r) {
			if i+1 < len(u) {
				if pair := utf16.DecodeRune(r, rune(u[i+1])); pair != utf8.RuneError {
					b = utf8.AppendRune(b, pair)
					i++
					continue
				}
			}
			b = append(b, byte(0xe0|r>>12), byte(0x80|r>>6&0x3f), byte(0x80|r&0x3f))
			continue
		}
		b = utf8.AppendRune(b, r)
	}
	return string(b)
}

// encodeName is the inverse of decodeName.
func encodeName(s string) []uint16 {
	u := make([]uint16, 0, len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 && i+2 < len(s) && s[i] == 0xed && s[i+1]&0xe0 == 0xa0 && s[i+2]&0xc0 == 0x80 {
			u = append(u, 0xd000|uint16(s[i+1]&0x3f)<<6|uint16(s[i+2]&0x3f))
			i += 3
			continue
		}
		u = utf16.AppendRune(u, r)
		i += n
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
		Name:       decodeName(f.name()),
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
