package regfcheck

import (
	"cmp"
	"fmt"
	"slices"
)

// Offsets in a security cell, from its signature.
const (
	skNext  = 4
	skPrev  = 8
	skCount = 12
	skSize  = 16
	skData  = 20
)

// security is the ring of security cells and how often each is used.
type security struct {
	cells []skCell // sorted by offset
	torn  bool     // the ring does not close; cells are all that there are
}

type skCell struct{ off, uses uint32 }

func (s *security) find(off uint32) *skCell {
	i, ok := slices.BinarySearchFunc(s.cells, off, func(c skCell, off uint32) int { return cmp.Compare(c.off, off) })
	if !ok {
		return nil
	}
	return &s.cells[i]
}

// ring follows the security cells from that of the root key on. Where that
// fails all cells that hold a security descriptor are taken instead; those that
// keys use can be linked again.
func (c *checker) ring() {
	first := c.u32(pos(c.root) + nkSecurity)
	if first == none { // ReactOS: keys without security
		return
	}
	at, off, prev := pos(c.root)+nkSecurity, first, uint32(none)
	for c.err == nil {
		size, ok := c.cell(ref{at, off, "security", c.relink, []string{"sk"}, SecuritySignature}, skData)
		if !ok {
			c.sec.torn = true
			break
		}
		c.descriptor(off, size)
		c.sec.cells = append(c.sec.cells, skCell{off: off})
		if prev != none {
			c.backLink(off, prev)
		}
		prev, at = off, pos(off)+skNext
		if off = c.u32(at); off == first {
			c.backLink(first, prev)
			break
		}
	}
	if c.sec.torn {
		c.allSecurity()
	}
	slices.SortFunc(c.sec.cells, func(a, b skCell) int { return cmp.Compare(a.off, b.off) })
}

// allSecurity finds all cells that hold a security descriptor.
func (c *checker) allSecurity() {
	c.sec.cells = nil
	c.eachCell(func(off uint32, size int64) bool {
		if size > -skData-20-4 {
			return true
		}
		b := c.bytes(pos(off), skData+4)
		if n := int64(le.Uint32(b[skSize:])); string(b[:2]) == "sk" && n >= 20 && skData+n <= -size-4 && b[skData] == 1 && b[skData+3]&0x80 != 0 {
			c.sec.cells = append(c.sec.cells, skCell{off: off})
		}
		return true
	})
}

// relink makes the ring anew from the cells that keys use.
func (c *checker) relink(f *fixer) string {
	var used []uint32
	for _, s := range c.sec.cells {
		if s.uses > 0 {
			used = append(used, s.off)
		}
	}
	for i, off := range used {
		f.put32(pos(off)+skNext, used[(i+1)%len(used)])
		f.put32(pos(off)+skPrev, used[(i+len(used)-1)%len(used)])
	}
	if len(used) == 0 {
		return ""
	}
	return fmt.Sprintf("the ring of security descriptors was linked anew from the %d that keys use", len(used))
}

func (c *checker) backLink(off, prev uint32) {
	if got := c.u32(pos(off) + skPrev); got != prev {
		c.add(SecurityRing, pos(off)+skPrev, prev, got, set(pos(off)+skPrev, prev), "a security cell names another one before it")
	}
}

// descriptor looks at the security descriptor in a cell.
func (c *checker) descriptor(off uint32, size int64) {
	b := c.bytes(pos(off), skData+4)
	n := int64(le.Uint32(b[skSize:]))
	if skData+n > size || n < 20 {
		c.add(SecurityData, pos(off)+skSize, nil, n, nil, "the security descriptor has an impossible length")
	} else if b[skData] != 1 || b[skData+3]&0x80 == 0 {
		c.add(SecurityData, pos(off)+skData, nil, b[skData:skData+4], nil, "the security descriptor is none (revision, self-relative)")
	}
}

// useSecurity counts the key's use of its security cell.
func (c *checker) useSecurity(k *keyNode) {
	off := k.u32(nkSecurity)
	if off == none {
		c.harmless(SecurityRing, k.at(nkSecurity), nil, off, "the key has no security descriptor")
		return
	}
	if s := c.sec.find(off); s != nil {
		if s.uses++; !c.used.has(off) {
			c.used.set(off)
			c.rep.Cells++
		}
		return
	}
	c.add(SecurityRing, k.at(nkSecurity), nil, off, c.otherSecurity(k), "the key's security descriptor is none of the ring")
}

// otherSecurity gives a key the security descriptor of the key above, as a new
// key would have it; the root key the only one that there is.
func (c *checker) otherSecurity(k *keyNode) mend {
	parent, at := k.u32(nkParent), k.at(nkSecurity)
	if k.off == c.root {
		if len(c.sec.cells) != 1 {
			return nil
		}
		return set(at, c.sec.cells[0].off)
	}
	return func(f *fixer) string {
		sk := f.u32(pos(parent) + nkSecurity)
		if !c.start.has(parent) || c.sec.find(sk) == nil {
			return ""
		}
		f.put32(at, sk)
		return "the security descriptor of the key cannot be found; it was given that of the key above"
	}
}

// countSecurity compares the reference counts.
func (c *checker) countSecurity() {
	for _, s := range c.sec.cells {
		if c.sec.torn && s.uses == 0 {
			continue // not one of the ring
		}
		got := c.u32(pos(s.off) + skCount)
		switch {
		case got == s.uses:
		case s.uses == 0:
			c.harmless(SecurityCount, pos(s.off)+skCount, s.uses, got, "no key uses the security descriptor")
		default:
			c.add(SecurityCount, pos(s.off)+skCount, s.uses, got, set(pos(s.off)+skCount, s.uses), "another number of keys uses the security descriptor")
		}
	}
}
