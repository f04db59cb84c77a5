package regf

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// secured is the security that a key is to have in the end. Security cells that
// keys have do not move.
type secured struct {
	cell uint32 // none: the key has no descriptor
	sum  [sha256.Size]byte
	set  bool // by SetSecurity; otherwise the key is new and inherited it
}

// SetSecurity gives a key exactly this security descriptor, which is
// self-relative as Key.Security returns it. The key then shares the security
// cell of other keys with the same bytes, or has a new one; its old cell goes
// when no key is left that has it. What is there already changes nothing.
// Errors wrap ErrNotExist when the key is missing, ErrRefused for bytes that
// are no descriptor, also for none where the key has one, ErrLimit where no
// cell is large enough, and ErrDamaged where the ring of security cells is
// broken.
func (e *Editor) SetSecurity(path string, descriptor []byte) error {
	return e.do(func() error {
		at, err := e.existing(path)
		if err != nil {
			return err
		}
		if err := e.setSecurity(at, descriptor); err != nil {
			return fmt.Errorf("set security of key %q: %w", at.path, err)
		}
		return nil
	})
}

func (e *Editor) setSecurity(at step, descriptor []byte) error {
	old := at.key.u32(nkSecurity)
	was, err := at.key.Security()
	if err != nil {
		return err
	}
	if len(descriptor) == 0 && old == none {
		return nil
	}
	if len(descriptor) == 0 {
		return fmt.Errorf("%w: the key has a security descriptor; give it another one, it cannot be without", ErrRefused)
	}
	if old != none && bytes.Equal(was, descriptor) {
		return nil
	}
	sk, err := e.securityCell(at.key, descriptor)
	if err != nil {
		return err
	}
	if err := e.addReference(sk); err != nil {
		return err
	}
	if err := e.setKey(at.key, nkSecurity, sk); err != nil {
		return err
	}
	if old != none {
		if err := e.dropReferences(map[uint32]uint32{old: 1}); err != nil {
			return err
		}
	}
	e.announceSecurity(at.path, &secured{sk, sha256.Sum256(descriptor), true})
	return e.touch(at.key)
}

// securityCell finds the cell of a descriptor or makes one. It does not count
// the reference.
func (e *Editor) securityCell(k *Key, descriptor []byte) (uint32, error) {
	anchor, err := e.anySecurity(k)
	if err != nil {
		return 0, err
	}
	if anchor != none {
		sk, err := e.sameDescriptor(anchor, descriptor)
		if err != nil || sk != none {
			return sk, err
		}
	}
	if err := checkDescriptor(descriptor); err != nil {
		return 0, err
	}
	if n := len(descriptor); n > maxCellData-skData {
		return 0, limitError("descriptor has %d bytes, a cell takes %d", n, maxCellData-skData)
	}
	return e.newSecurity(anchor, k.off, descriptor)
}

// anySecurity is a security cell from which the ring can be reached: that of the
// key, of one above it, or of any key; none in a hive without.
func (e *Editor) anySecurity(k *Key) (uint32, error) {
	sk, err := e.nearestSecurity(k)
	if err != nil || sk != none {
		return sk, err
	}
	err = e.h.Walk(func(_ string, k *Key, err error) error {
		if sk == none && err == nil {
			sk = k.u32(nkSecurity)
		}
		return err
	})
	return sk, err
}

// sameDescriptor looks for a cell with a descriptor in the ring; none when there
// is none. A cell that counts no key is passed over: it belongs to nobody.
func (e *Editor) sameDescriptor(anchor uint32, descriptor []byte) (uint32, error) {
	found := uint32(none)
	err := e.h.ring(anchor, func(sk uint32, head []byte) error {
		n := int(binary.LittleEndian.Uint32(head[skSize:]))
		if found != none || n != len(descriptor) || binary.LittleEndian.Uint32(head[skCount:]) == 0 {
			return nil
		}
		have, err := e.h.descriptor(sk)
		if err == nil && bytes.Equal(have, descriptor) {
			found = sk
		}
		return err
	})
	return found, err
}

// ring calls fn for each security cell of the ring that one is in. Each link
// back must be right, so that it comes to an end.
func (h *Hive) ring(anchor uint32, fn func(sk uint32, head []byte) error) error {
	_, head, err := h.signed(anchor, skData, "sk")
	for sk := anchor; err == nil; {
		if err := fn(sk, head); err != nil {
			return err
		}
		next := binary.LittleEndian.Uint32(head[skFlink:])
		if _, head, err = h.signed(next, skData, "sk"); err != nil {
			return err
		}
		if got := binary.LittleEndian.Uint32(head[skBlink:]); got != sk {
			return &FormatError{"sk", skPos(next, skBlink), number(sk), number(got), "ring of security cells is broken"}
		}
		if sk = next; sk == anchor {
			return nil
		}
	}
	return err
}

// newSecurity makes a cell with a descriptor, which counts no key yet, and links
// it behind another one.
func (e *Editor) newSecurity(anchor, near uint32, descriptor []byte) (uint32, error) {
	sk, err := e.alloc(skData+len(descriptor), near)
	if err != nil {
		return 0, err
	}
	next, prev := sk, sk
	if anchor != none {
		_, head, err := e.h.signed(anchor, skData, "sk")
		if err != nil {
			return 0, err
		}
		next, prev = binary.LittleEndian.Uint32(head[skFlink:]), anchor
		for _, end := range []struct {
			cell  uint32
			field int64
		}{{next, skBlink}, {prev, skFlink}} {
			if err := e.own(end.cell); err != nil {
				return 0, err
			}
			if err := e.put32(skPos(end.cell, end.field), sk); err != nil {
				return 0, err
			}
		}
	}
	b := make([]byte, skData, skData+len(descriptor))
	copy(b, "sk")
	for field, n := range map[int]uint32{skFlink: next, skBlink: prev, skSize: uint32(len(descriptor))} {
		binary.LittleEndian.PutUint32(b[field:], n)
	}
	return sk, e.write(skPos(sk, 0), append(b, descriptor...))
}
