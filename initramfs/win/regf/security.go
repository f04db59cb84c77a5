package regf

import "encoding/binary"

// Offsets in a security cell (sk), from its signature.
const (
	skFlink = 4
	skBlink = 8
	skCount = 12
	skSize  = 16
	skData  = 20
)

// Security returns the key's security descriptor as stored, self-relative. It
// is nil when the key has none, as keys made by the installer of ReactOS.
func (k *Key) Security() ([]byte, error) {
	off := k.u32(nkSecurity)
	if off == none {
		return nil, nil
	}
	return k.h.descriptor(off)
}

// descriptor reads the descriptor in a security cell.
func (h *Hive) descriptor(off uint32) ([]byte, error) {
	c, head, err := h.signed(off, skData, "sk")
	if err != nil {
		return nil, err
	}
	n := int64(binary.LittleEndian.Uint32(head[skSize:]))
	if n > c.size-skData {
		return nil, &FormatError{"sk", c.off + skSize, "", number(n), "descriptor is longer than the cell"}
	}
	b := make([]byte, n)
	if err := h.read(b, c.off+skData); err != nil {
		return nil, err
	}
	return b, nil
}
