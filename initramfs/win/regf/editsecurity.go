package regf

import (
	"encoding/binary"
	"slices"
)

// nearestSecurity is the security cell of a key or of the nearest one above it
// that has one; none when no key up to the root has.
func (e *Editor) nearestSecurity(k *Key) (uint32, error) {
	for depth := 0; k.u32(nkSecurity) == none; depth++ {
		if k.off == e.h.base.RootOffset {
			return none, nil
		}
		if depth > maxDepth {
			return 0, damaged("nk", k.pos(nkParent), "keys are nested too deep")
		}
		var err error
		if k, err = e.h.key(k.u32(nkParent)); err != nil {
			return 0, err
		}
	}
	return k.u32(nkSecurity), nil
}

// references reads the reference count of a security cell.
func (e *Editor) references(sk uint32) (uint32, error) {
	_, head, err := e.h.signed(sk, skData, "sk")
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(head[skCount:]), e.own(sk)
}

func skPos(sk uint32, field int64) int64 { return baseSize + int64(sk) + 4 + field }

func (e *Editor) addReference(sk uint32) error {
	n, err := e.references(sk)
	if err != nil {
		return err
	}
	if n == 0xffffffff {
		return damaged("sk", skPos(sk, skCount), "reference count overflows")
	}
	return e.put32(skPos(sk, skCount), n+1)
}

// dropReferences takes back the references of keys that are gone: gone[sk] is
// how many had it. A count that would reach zero is not believed before all
// keys of the hive were asked: a cell that is released is lost to whoever else
// has it.
func (e *Editor) dropReferences(gone map[uint32]uint32) error {
	var last []uint32
	for _, sk := range sortedKeys(gone) {
		n, err := e.references(sk)
		if err != nil {
			return err
		}
		if n > gone[sk] {
			if err := e.put32(skPos(sk, skCount), n-gone[sk]); err != nil {
				return err
			}
			continue
		}
		last = append(last, sk)
	}
	if len(last) == 0 {
		return nil
	}
	users, err := e.users(last)
	if err != nil {
		return err
	}
	for _, sk := range last {
		if users[sk] > 0 {
			err = e.put32(skPos(sk, skCount), users[sk])
		} else {
			err = e.unlink(sk)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func sortedKeys(m map[uint32]uint32) []uint32 {
	keys := make([]uint32, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// users counts the keys of the whole hive that have one of some security cells.
func (e *Editor) users(of []uint32) (map[uint32]uint32, error) {
	n := map[uint32]uint32{}
	err := e.h.Walk(func(_ string, k *Key, err error) error {
		if sk := k.u32(nkSecurity); err == nil && slices.Contains(of, sk) {
			n[sk]++
		}
		return err
	})
	return n, err
}

// unlink takes a security cell out of the ring that they form, and releases it.
func (e *Editor) unlink(sk uint32) error {
	_, head, err := e.h.signed(sk, skData, "sk")
	if err != nil {
		return err
	}
	next, prev := binary.LittleEndian.Uint32(head[skFlink:]), binary.LittleEndian.Uint32(head[skBlink:])
	if next != sk || prev != sk {
		for _, end := range []struct {
			cell  uint32
			field int64
			to    uint32
		}{{next, skBlink, prev}, {prev, skFlink, next}} {
			_, head, err := e.h.signed(end.cell, skData, "sk")
			if err != nil {
				return err
			}
			if got := binary.LittleEndian.Uint32(head[end.field:]); got != sk {
				return &FormatError{"sk", skPos(end.cell, end.field), number(sk), number(got), "ring of security cells is broken"}
			}
			if err := e.own(end.cell); err != nil {
				return err
			}
			if err := e.put32(skPos(end.cell, end.field), end.to); err != nil {
				return err
			}
		}
	}
	return e.release(sk)
}
