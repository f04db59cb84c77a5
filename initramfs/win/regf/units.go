package regf

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

// units turns a string as decodeUTF16 makes it back into UTF-16.
func units(s string) ([]uint16, error) {
	u := make([]uint16, 0, len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			half, ok := halfOf(s[i:])
			if !ok {
				return nil, fmt.Errorf("%w: %q is no UTF-8 text", ErrRefused, s)
			}
			u, n = append(u, half), 3
		case r > 0xffff:
			r -= 0x10000
			u = append(u, uint16(0xd800+r>>10), uint16(0xdc00+r&0x3ff))
		default:
			u = append(u, uint16(r))
		}
		i += n
	}
	return u, nil
}

// halfOf decodes a surrogate that stands alone, which decodeUTF16 keeps as
// three bytes.
func halfOf(s string) (uint16, bool) {
	if len(s) < 3 || s[0] != 0xed || s[1]&0xe0 != 0xa0 || s[2]&0xc0 != 0x80 {
		return 0, false
	}
	return 0xd000 | uint16(s[1]&0x3f)<<6 | uint16(s[2]&0x3f), true
}

// upperUnits is what names are compared and hashed by. Text that is no UTF-8
// cannot come from a hive; it compares as if it ended there.
func upperUnits(s string) []uint16 {
	u, _ := units(s)
	for i, c := range u {
		if c < 0xd800 || c > 0xdfff {
			u[i] = uint16(Upper(rune(c)))
		}
	}
	return u
}

// compareNames orders names as the lists of subkeys are: by the codes of their
// upper case, the shorter first.
func compareNames(a, b string) int {
	for i := 0; ; i++ {
		switch {
		case i == len(a) && i == len(b):
			return 0
		case i == len(a):
			return -1
		case i == len(b):
			return 1
		case a[i] >= utf8.RuneSelf || b[i] >= utf8.RuneSelf:
			return slices.Compare(upperUnits(a[i:]), upperUnits(b[i:]))
		}
		if x, y := Upper(rune(a[i])), Upper(rune(b[i])); x != y {
			return int(x) - int(y)
		}
	}
}

// storedName is a name as an nk or vk holds it.
type storedName struct {
	bytes      []byte
	compressed bool
	utf16Len   int // bytes that it would have as UTF-16
}

// storeName encodes a name: one byte for each character where all are below
// U+0100, as Windows does, UTF-16 otherwise.
func storeName(name string) (storedName, error) {
	u, err := units(name)
	if err != nil {
		return storedName{}, err
	}
	n := storedName{compressed: true, utf16Len: 2 * len(u)}
	for _, c := range u {
		n.compressed = n.compressed && c < 0x100
	}
	for _, c := range u {
		n.bytes = append(n.bytes, byte(c))
		if !n.compressed {
			n.bytes = append(n.bytes, byte(c>>8))
		}
	}
	return n, nil
}

// nameHash is the hash in lh lists: h = 37 h + upper-cased unit.
func nameHash(name string) uint32 {
	var h uint32
	for _, c := range upperUnits(name) {
		h = 37*h + uint32(c)
	}
	return h
}

// nameHint is the hint in lf lists: the first four characters as they are
// written, where each fits into a byte; otherwise nothing, which Windows takes
// for "look into the node".
func nameHint(name string) uint32 {
	u, _ := units(name)
	var hint uint32
	for i, c := range u[:min(4, len(u))] {
		if c > 0xff {
			return 0
		}
		hint |= uint32(c) << (8 * i)
	}
	return hint
}
