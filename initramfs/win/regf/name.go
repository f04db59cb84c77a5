package regf

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"
)

// decodeLatin1 decodes a compressed name: one byte per character below U+0100.
func decodeLatin1(b []byte) string {
	ascii := true
	for _, c := range b {
		ascii = ascii && c < 0x80
	}
	if ascii {
		return string(b)
	}
	s := make([]byte, 0, len(b)+8)
	for _, c := range b {
		s = utf8.AppendRune(s, rune(c))
	}
	return string(s)
}

// decodeUTF16 decodes UTF-16LE. A surrogate without its partner keeps its
// identity as three bytes (WTF-8), so that two different names never become
// equal. An odd last byte is dropped.
func decodeUTF16(b []byte) string {
	s := make([]byte, 0, len(b)/2)
	for len(b) >= 2 {
		u := rune(binary.LittleEndian.Uint16(b))
		b = b[2:]
		switch {
		case u < 0xd800 || u > 0xdfff:
			s = utf8.AppendRune(s, u)
		case u < 0xdc00 && len(b) >= 2 && b[1]&0xfc == 0xdc:
			low := rune(binary.LittleEndian.Uint16(b))
			s = utf8.AppendRune(s, (u-0xd800)<<10+(low-0xdc00)+0x10000)
			b = b[2:]
		default:
			s = append(s, 0xe0|byte(u>>12), 0x80|byte(u>>6)&0x3f, 0x80|byte(u)&0x3f)
		}
	}
	return string(s)
}

// Upper is the registry's upper case of one character: like the kernel's, it
// maps one UTF-16 unit to one unit, so nothing beyond U+FFFF has case.
func Upper(r rune) rune {
	switch {
	case r < 0x80:
		if 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	case r > 0xffff || caseless(r):
		return r
	}
	return unicode.ToUpper(r)
}

// caseless lists the characters that have an upper case in Unicode but not in
// Windows, whose table was made before most of them. Source: the $UpCase file
// of volumes formatted by Windows, compared with Unicode 15.
func caseless(r rune) bool {
	switch {
	case r < 0x250:
		switch r {
		case 0xb5, 0x131, 0x17f, 0x1c5, 0x1c8, 0x1cb, 0x1f2, 0x23f, 0x240:
			return true
		}
	case r < 0x370:
		switch r {
		case 0x252, 0x25c, 0x261, 0x264, 0x265, 0x266, 0x26a, 0x26c, 0x282, 0x287, 0x29d, 0x29e, 0x345:
			return true
		}
	case r < 0x530:
		switch r {
		case 0x3c2, 0x3d0, 0x3d1, 0x3d5, 0x3d6, 0x3f0, 0x3f1, 0x3f3, 0x3f5:
			return true
		}
		return r >= 0x525
	case r < 0x2c00:
		return 0x10d0 <= r && r <= 0x10ff || 0x13f8 <= r && r <= 0x13fd || 0x1c80 <= r && r <= 0x1c8a ||
			r == 0x1d8e || r == 0x1e9b || r == 0x1fbe
	case r < 0xa700:
		return r == 0x2c5f || 0x2cec <= r && r <= 0x2cf3 || r == 0x2d27 || r == 0x2d2d ||
			r == 0xa661 || 0xa699 <= r && r <= 0xa69b
	}
	return 0xa790 <= r && r <= 0xabbf
}

// EqualFold compares two key or value names as the registry does: without case.
func EqualFold(a, b string) bool {
	for a != "" && b != "" {
		ra, na := utf8.DecodeRuneInString(a)
		rb, nb := utf8.DecodeRuneInString(b)
		if ra == utf8.RuneError && na == 1 || rb == utf8.RuneError && nb == 1 {
			if a[0] != b[0] {
				return false
			}
			na, nb = 1, 1
		} else if ra != rb && Upper(ra) != Upper(rb) {
			return false
		}
		a, b = a[na:], b[nb:]
	}
	return a == b
}

// fold brings names that are EqualFold to the same string.
func fold(s string) string {
	out := make([]byte, 0, len(s))
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			out = append(out, s[0])
		} else {
			out = utf8.AppendRune(out, Upper(r))
		}
		s = s[n:]
	}
	return string(out)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
