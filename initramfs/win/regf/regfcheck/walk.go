package regfcheck

import (
	"slices"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// Offsets in a key node, from its signature.
const (
	nkFlags      = 2
	nkParent     = 16
	nkSubkeys    = 20
	nkList       = 28
	nkValues     = 36
	nkValueList  = 40
	nkSecurity   = 44
	nkClass      = 48
	nkMaxName    = 52 // low half; the high half has flags since XP SP3
	nkMaxClass   = 56
	nkMaxValue   = 60
	nkMaxData    = 64
	nkNameLen    = 72
	nkClassLen   = 74
	nkName       = 76
	keyRoot      = 4
	keyLatin     = 0x20
	keyHandle    = 0x40 // the number of values is a predefined handle, 0x800000xx
	maxDepth     = 512
	maxNameBytes = 512 // 255 characters, and what was seen of longer ones
)

var keySig = []string{"nk"}

// keyNode is a key that is being looked at.
type keyNode struct {
	off   uint32
	b     [nkName]byte
	depth int
	// what the longest names and data are, in the units of the fields
	maxName, maxClass, maxValue, maxData uint32
}

func (k *keyNode) u32(off int) uint32 { return le.Uint32(k.b[off:]) }
func (k *keyNode) u16(off int) uint16 { return le.Uint16(k.b[off:]) }

// at is the file offset of a field.
func (k *keyNode) at(field int64) int64 { return pos(k.off) + field }

// readKey reads the node in a cell whose content has size bytes; its name is
// nil when there is no key.
func (c *checker) readKey(off uint32, size int64, r ref) (k *keyNode, name []uint16) {
	k = &keyNode{off: off}
	c.read(k.b[:], pos(off))
	n := int64(k.u16(nkNameLen))
	if nkName+n > size || n == 0 && off != c.root || n > maxNameBytes*2 {
		c.add(KeyName, k.at(nkNameLen), nil, n, r.cut, "the name has an impossible length")
		return nil, nil
	}
	raw, flags := c.bytes(k.at(nkName), int(n)), k.u16(nkFlags)
	if flags&keyLatin == 0 && n%2 == 1 {
		m := r.cut
		if !slices.Contains(raw, 0) {
			m = set16(k.at(nkFlags), flags|keyLatin)
		}
		c.add(KeyName, k.at(nkFlags), flags|keyLatin, flags, m, "the name has %d bytes and is said to be UTF-16", n)
		flags |= keyLatin
	}
	name = decode(raw, flags&keyLatin != 0)
	if bad := badName(name); bad != "" && off != c.root {
		c.add(KeyName, k.at(nkName), nil, nil, nil, "the name %s", bad)
	}
	return k, name
}

// walkKey checks the root key and, by walkBelow, all others.
func (c *checker) walkKey(off, parent uint32, depth int) {
	r := ref{at: offRoot, to: off, what: "root key", sig: keySig, other: KeySignature}
	size, ok := c.cell(r, nkName)
	if !ok {
		return
	}
	k, _ := c.readKey(off, size, r)
	if k == nil {
		return
	}
	c.keys.set(off)
	c.key = baseSize + int64(off)
	if f := k.u16(nkFlags); f&keyRoot == 0 {
		c.add(KeyFlags, k.at(nkFlags), f|keyRoot, f, set16(k.at(nkFlags), f|keyRoot), "the root key is not marked as one")
	}
	k.depth = depth
	c.below(k)
}

// below checks what a key refers to: class, security, values, subkeys.
func (c *checker) below(k *keyNode) {
	c.rep.Keys++
	c.useSecurity(k)
	c.class(k)
	if k.u16(nkFlags)&keyHandle == 0 || k.u32(nkValues)>>31 == 0 {
		c.values(k)
	}
	c.subkeys(k)
	c.key = baseSize + int64(k.off)
	c.longest(k)
}

// subkey checks one entry of a subkey list and everything below it. It returns
// the name of the key, nil when it could not be read.
func (c *checker) subkey(parent *keyNode, r ref) []uint16 {
	if r.to%8 == 0 && int64(r.to) < c.bins && c.keys.has(r.to) {
		c.add(KeyLoop, r.at, nil, r.to, r.cut, "the key is in a list already")
		return nil
	}
	size, ok := c.cell(r, nkName)
	if !ok {
		return nil
	}
	k, name := c.readKey(r.to, size, r)
	if k == nil {
		return nil
	}
	if parent.depth+1 > maxDepth {
		c.add(KeyDepth, r.at, nil, parent.depth+1, nil, "keys are nested too deep")
		return name
	}
	c.keys.set(r.to)
	outer := c.key
	c.key, c.path = baseSize+int64(r.to), append(c.path, name)
	if p := k.u32(nkParent); p != parent.off {
		c.add(KeyParent, k.at(nkParent), parent.off, p, c.parentMend(k, parent.off, r), "the key names another parent than the one that lists it")
	}
	if f := k.u16(nkFlags); f&keyRoot != 0 {
		c.add(KeyFlags, k.at(nkFlags), f&^keyRoot, f, set16(k.at(nkFlags), f&^keyRoot), "the key is marked as the root key")
	}
	parent.maxName = max(parent.maxName, uint32(len(name))*2)
	parent.maxClass = max(parent.maxClass, uint32(k.u16(nkClassLen)))
	k.depth = parent.depth + 1
	c.below(k)
	c.key, c.path = outer, c.path[:len(c.path)-1]
	return name
}

// parentMend: the list is right, unless the parent that the key names has the
// same list and its keys by this proof.
func (c *checker) parentMend(k *keyNode, parent uint32, r ref) mend {
	named, at := k.u32(nkParent), k.at(nkParent)
	return func(f *fixer) string {
		if c.claims[named] && r.cut != nil {
			r.cut(f)
			f.cut = false // it comes into the other list
			return "the key was taken from this list, because it belongs to the parent that it names, which has the same list"
		}
		return set(at, parent)(f)
	}
}

func (c *checker) class(k *keyNode) {
	n, off := k.u16(nkClassLen), k.u32(nkClass)
	if n == 0 {
		if off != none && off != 0 {
			c.harmless(ClassName, k.at(nkClass), nil, off, "the key has a class name of no length")
			if off%8 == 0 && int64(off) < c.bins && c.start.has(off) && !c.used.has(off) {
				c.used.set(off)
			}
		}
		return
	}
	cut := func(f *fixer) string {
		f.put16(k.at(nkClassLen), 0)
		f.put32(k.at(nkClass), none)
		f.cut = true
		return "the class name, which cannot be read, was taken from the key"
	}
	c.cell(ref{at: k.at(nkClass), to: off, what: "class name", cut: cut}, int64(n))
}

// longest compares the fields for the longest name and data. They are bounds,
// not lengths, and Windows itself leaves them wrong: too large after something
// was removed, too small in the control sets that it copies (seen in XP SP3).
func (c *checker) longest(k *keyNode) {
	for _, f := range []struct {
		field     int64
		has, want uint32
		what      string
	}{
		{nkMaxName, k.u32(nkMaxName) & 0xffff, k.maxName, "longest name of a subkey"},
		{nkMaxClass, k.u32(nkMaxClass), k.maxClass, "longest class name of a subkey"},
		{nkMaxValue, k.u32(nkMaxValue), k.maxValue, "longest name of a value"},
		{nkMaxData, k.u32(nkMaxData), k.maxData, "longest data of a value"},
	} {
		if f.has < f.want {
			c.harmless(KeyLongest, k.at(f.field), f.want, f.has, "the %s is longer than the key says", f.what)
		}
	}
}

// decode gives the UTF-16 units of a name.
func decode(b []byte, latin bool) []uint16 {
	name := make([]uint16, 0, len(b))
	if latin {
		for _, c := range b {
			name = append(name, uint16(c))
		}
		return name
	}
	for ; len(b) >= 2; b = b[2:] {
		name = append(name, le.Uint16(b))
	}
	return name
}

func badName(name []uint16) string {
	for _, u := range name {
		if u == '\\' {
			return "has a backslash"
		}
	}
	return ""
}

func upper(u uint16) uint16 { return uint16(regf.Upper(rune(u))) }

// compare orders names as Windows does: unit by unit in upper case.
func compare(a, b []uint16) int {
	for i := range min(len(a), len(b)) {
		if x, y := upper(a[i]), upper(b[i]); x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

func hash(name []uint16) (h uint32) {
	for _, u := range name {
		h = h*37 + uint32(upper(u))
	}
	return h
}

// hint is what an lf list has of a name: its first four characters as bytes.
func hint(name []uint16) (h [4]byte) {
	for i, u := range name {
		if i == 4 {
			break
		}
		if u > 0xff {
			return [4]byte{}
		}
		h[i] = byte(u)
	}
	return h
}
