package regf

import (
	"encoding/binary"
	"fmt"
)

// Offsets in a self-relative security descriptor; MS-DTYP 2.4.6.
const (
	sdControl = 2
	sdOwner   = 4
	sdGroup   = 8
	sdSacl    = 12
	sdDacl    = 16
	sdHeader  = 20

	sdSelfRelative = 0x8000
)

// checkDescriptor demands that bytes are a self-relative security descriptor
// whose parts lie in it whole: Windows does not load a hive with another one.
// Parts may be missing, as they are in hives that no Windows made.
func checkDescriptor(b []byte) error {
	bad := func(what string) error {
		return fmt.Errorf("%w: the bytes are no security descriptor: %s", ErrRefused, what)
	}
	if len(b) < sdHeader {
		return bad(fmt.Sprintf("%d bytes are too few", len(b)))
	}
	if b[0] != 1 || binary.LittleEndian.Uint16(b[sdControl:])&sdSelfRelative == 0 {
		return bad(fmt.Sprintf("it starts with % x, which is not revision 1, self-relative", b[:4]))
	}
	for _, part := range []struct {
		field int
		what  string
		whole func(b []byte) bool
	}{{sdOwner, "owner", wholeSID}, {sdGroup, "group", wholeSID}, {sdSacl, "SACL", wholeACL}, {sdDacl, "DACL", wholeACL}} {
		off := binary.LittleEndian.Uint32(b[part.field:])
		if off == 0 {
			continue
		}
		if off < sdHeader || off%4 != 0 || int64(off) > int64(len(b)) || !part.whole(b[off:]) {
			return bad(fmt.Sprintf("the %s at %#x does not lie in it", part.what, off))
		}
	}
	return nil
}

// wholeSID: revision 1, at most 15 sub-authorities (MS-DTYP 2.4.2.2).
func wholeSID(b []byte) bool {
	return len(b) >= 8 && b[0] == 1 && b[1] <= 15 && len(b) >= 8+4*int(b[1])
}

// wholeACL: revision 2 to 4, and the entries that it counts (MS-DTYP 2.4.5).
func wholeACL(b []byte) bool {
	if len(b) < 8 || b[0] < 2 || b[0] > 4 {
		return false
	}
	size, count := int(binary.LittleEndian.Uint16(b[2:])), binary.LittleEndian.Uint16(b[4:])
	if size < 8 || size > len(b) {
		return false
	}
	for b = b[8:size]; count > 0; count-- {
		if len(b) < 4 {
			return false
		}
		n := int(binary.LittleEndian.Uint16(b[2:]))
		if n < 4 || n > len(b) {
			return false
		}
		b = b[n:]
	}
	return true
}
