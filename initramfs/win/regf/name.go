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

// upper is the registry's upper case of one character: like the kernel's, it
// maps one UTF-16 unit to one unit, so nothing beyond U+FFFF has case.
func upper(r rune) rune {
	switch {
	case r < 0x80:
		if 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	case r == 0xb5 || r == 0x131 || r == 0x17f || r > 0xffff:
		return r
	}
	if u := unicode.ToUpper(r); u <= 0xffff && u >= 0x80 {
		return u
	}
	return r
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
		} else if ra != rb && upper(ra) != upper(rb) {
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
			out = utf8.AppendRune(out, upper(r))
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
