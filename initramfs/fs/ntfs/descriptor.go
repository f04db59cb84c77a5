package ntfs

// Offsets in a self-relative security descriptor.
const (
	sdOwner = 0x04
	sdGroup = 0x08
	sdSACL  = 0x0c
	sdDACL  = 0x10
	sdSize  = 0x14
)

// tightDescriptor copies a self-relative security descriptor without the
// unused room in its lists: the root directory of mkntfs has a list of 4 KiB
// for eight entries. What cannot be parsed is returned as it is.
func tightDescriptor(b []byte) []byte {
	if len(b) < sdSize || b[0] != 1 {
		return b
	}
	out := append([]byte(nil), b[:sdSize]...)
	for _, at := range []int{sdSACL, sdDACL, sdOwner, sdGroup} {
		off := int(le.Uint32(b[at:]))
		if off == 0 {
			continue
		}
		if off < sdSize || off > len(b)-8 {
			return b
		}
		var part []byte
		if at == sdOwner || at == sdGroup {
			part = sidAt(b[off:])
		} else {
			part = tightList(b[off:])
		}
		if part == nil {
			return b
		}
		le.PutUint32(out[at:], uint32(len(out)))
		out = append(out, part...)
	}
	return out
}

// sidAt is the security identifier at the start of b, nil when it is cut off.
func sidAt(b []byte) []byte {
	if n := 8 + 4*int(b[1]); n <= len(b) {
		return b[:n]
	}
	return nil
}

// tightList copies an access control list: size at 2, number of entries at 4;
// an entry has its size at 2.
func tightList(b []byte) []byte {
	end := 8
	for range le.Uint16(b[4:]) {
		if end+4 > len(b) {
			return nil
		}
		n := int(le.Uint16(b[end+2:]))
		if n < 4 || n%4 != 0 || end+n > len(b) {
			return nil
		}
		end += n
	}
	if end > int(le.Uint16(b[2:])) {
		return nil
	}
	out := append([]byte(nil), b[:end]...)
	le.PutUint16(out[2:], uint16(end))
	return out
}
