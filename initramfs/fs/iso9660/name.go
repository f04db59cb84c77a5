package iso9660

import (
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// decodeUCS2 decodes a name of Joliet. Whether surrogates come in pairs is
// nobody's concern, as in Windows. ok is false when half a character is left.
func decodeUCS2(b []byte) (name string, ok bool) {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return fs.DecodeName(u), len(b)%2 == 0
}

// decodeBytes decodes other names: UTF-8 where it is, which Rock Ridge has
// mostly, else ISO 8859-1, so that every name can be shown and found.
func decodeBytes(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	r := make([]rune, len(b))
	for i, c := range b {
		r[i] = rune(c)
	}
	return string(r)
}

// cutVersion cuts off the version number, and dots at the end: Windows knows
// no such names.
func cutVersion(name string) string {
	if base, version, ok := cutLast(name, ";"); ok && strings.Trim(version, "0123456789") == "" && base != "" {
		name = base
	}
	if cut := strings.TrimRight(name, "."); cut != "" {
		return cut
	}
	return name
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// showable makes a name that is one component of a path and does not lead out
// of its directory.
func showable(name string) string {
	if name == "" || name == "." || name == ".." {
		return strings.Repeat("_", max(1, len(name)))
	}
	return strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r == 0 {
			return '_'
		}
		return r
	}, name)
}

// sameName compares without case, as Windows does: character by character, and
// an ASCII letter is the same as nothing but itself.
func sameName(a, b string) bool { return fold(a) == fold(b) }

func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return unicode.ToUpper(r)
		}
		if u := unicode.ToUpper(r); u >= utf8.RuneSelf {
			return u
		}
		return r
	}, s)
}
