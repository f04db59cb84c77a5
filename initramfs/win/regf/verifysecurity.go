package regf

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
)

// sameSecurity compares the security of a key with its announcement.
func (v *verifier) sameSecurity(a *announced, before, after *Key) error {
	if a.security == nil {
		if before == nil {
			return wrong("nothing was said of the security of a new key")
		}
		return sameFields(before, after, nkSecurity)
	}
	if got, want := after.u32(nkSecurity), a.security.cell; got != want {
		return wrong("security cell %#x, want %#x", got, want)
	}
	b, err := after.Security()
	if err != nil {
		return err
	}
	if a.security.cell == none {
		return nil
	}
	if sha256.Sum256(b) != a.security.sum {
		return wrong("the security descriptor would be another than was set or inherited")
	}
	_, err = v.space.at(a.security.cell)
	v.secure = append(v.secure, a.security.cell)
	return err
}

// ring wants the security cells of the keys of the edit to be in the ring with
// that of the root, and to be nothing else.
func (v *verifier) ring(root *Key) error {
	if len(v.secure) == 0 {
		return nil
	}
	anchor := root.u32(nkSecurity)
	if anchor == none {
		anchor = v.secure[0]
	}
	in := newCellSet(root.h)
	err := root.h.ring(anchor, func(sk uint32, _ []byte) error {
		in.add(sk)
		_, err := v.space.at(sk)
		return err
	})
	if err != nil {
		return err
	}
	for _, sk := range v.secure {
		if !in.has(sk) || v.owned.has(sk) {
			return wrong("security cell %#x would not be in the ring, or another cell, too", sk)
		}
	}
	return nil
}

// resecured tells whether security was set anywhere: a new key then has what the
// key above had when it was made.
func (e *Editor) resecured() bool {
	for _, a := range e.said {
		if a.security != nil && a.security.set {
			return true
		}
	}
	return false
}

// security asks the security cells. Links and reference counts may change; only
// a cell that no key has any more may go. Those of the ring that no key had
// before stay as well.
func (g *guard) security() error {
	for sk, stays := range g.secure {
		c, _, err := g.h.signed(sk, skData, "sk")
		if err != nil {
			return err
		}
		if err := g.take(sk); err != nil {
			return err
		}
		if !stays {
			continue
		}
		if err := g.keepSecurity(c); err != nil {
			return err
		}
	}
	for sk := range g.secure {
		if err := g.unusedSecurity(sk); err != nil {
			return err
		}
	}
	return nil
}

func (g *guard) keepSecurity(c cell) error {
	return errors.Join(g.keep("sk", c.off-4, c.off+skFlink), g.keep("sk", c.off+skSize, c.off+c.size))
}

// unusedSecurity follows the ring from a security cell over those that no key
// has. Where it is broken no edit went along it.
func (g *guard) unusedSecurity(sk uint32) error {
	for {
		_, head, err := g.h.signed(sk, skData, "sk")
		if err != nil {
			return err
		}
		sk = binary.LittleEndian.Uint32(head[skFlink:])
		c, _, err := g.h.signed(sk, skData, "sk")
		if err != nil || g.used.has(sk) {
			return nil
		}
		if err := errors.Join(g.take(sk), g.keepSecurity(c)); err != nil {
			return err
		}
	}
}
