package bcd

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// GUID is a GUID as it lies on disks and in binary data: the first three fields
// little endian.
type GUID [16]byte

// ParseGUID reads 9dea862c-5cdd-4e70-acc1-f32b344d4795, in braces or not, in
// either case.
func ParseGUID(s string) (GUID, error) {
	var g GUID
	text := s
	if strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}") {
		text = text[1 : len(text)-1]
	}
	parts := strings.Split(text, "-")
	if len(parts) != 5 || len(parts[0]) != 8 || len(parts[1]) != 4 || len(parts[2]) != 4 || len(parts[3]) != 4 || len(parts[4]) != 12 {
		return g, fmt.Errorf("%q is no GUID", s)
	}
	b, err := hex.DecodeString(strings.Join(parts, ""))
	if err != nil {
		return g, fmt.Errorf("%q is no GUID", s)
	}
	copy(g[:], b)
	g.swap()
	return g, nil
}

// swap turns the first three fields around, from big to little endian and back.
func (g *GUID) swap() {
	binary.LittleEndian.PutUint32(g[0:], binary.BigEndian.Uint32(g[0:]))
	binary.LittleEndian.PutUint16(g[4:], binary.BigEndian.Uint16(g[4:]))
	binary.LittleEndian.PutUint16(g[6:], binary.BigEndian.Uint16(g[6:]))
}

// known is a GUID as it is written: the first three fields, and the rest.
func known(a uint32, b, c uint16, rest uint64) GUID {
	var g GUID
	binary.LittleEndian.PutUint32(g[0:], a)
	binary.LittleEndian.PutUint16(g[4:], b)
	binary.LittleEndian.PutUint16(g[6:], c)
	binary.BigEndian.PutUint64(g[8:], rest)
	return g
}

// String gives the GUID in lower case and braces, as stores and bcdedit spell it.
func (g GUID) String() string { return "{" + g.Bare() + "}" }

// Bare is String without the braces.
func (g GUID) Bare() string {
	g.swap()
	return fmt.Sprintf("%x-%x-%x-%x-%x", g[0:4], g[4:6], g[6:8], g[8:10], g[10:])
}

// IsZero reports that all bytes are zero.
func (g GUID) IsZero() bool { return g == GUID{} }
