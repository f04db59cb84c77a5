package regfcheck

import "slices"

var listSig = []string{"lf", "lh", "li", "ri"} // ri only where no ri is around it

// leaf is an lf, lh or li list.
type leaf struct {
	off  uint32 // cell
	kind byte   // 'f', 'h', 'i'
	n    int
}

// at is the file offset of entry i.
func (l leaf) at(i int) int64 { return pos(l.off) + 4 + int64(i)*l.width() }

func (l leaf) width() int64 {
	if l.kind == 'i' {
		return 4
	}
	return 8
}

// subkeys checks the list of a key's subkeys.
func (c *checker) subkeys(k *keyNode) {
	count, off := k.u32(nkSubkeys), k.u32(nkList)
	if count == 0 && (off == none || off == 0) {
		return
	}
	if sig := c.bytes(pos(off), 2); count == 0 && (!c.start.has(off) || c.used.has(off) || !slices.Contains(listSig, string(sig))) {
		c.harmless(ListCount, k.at(nkList), nil, off, "the key has no subkeys and yet a reference to a list")
		return
	}
	w := listWalk{c: c, k: k}
	c.claim(k, off)
	w.list(ref{k.at(nkList), off, "subkey list", c.relist(k), listSig, ListSignature})
	if w.broken {
		return
	}
	if w.total != int64(count) {
		total, key := uint32(w.total), k.off
		c.add(ListCount, k.at(nkSubkeys), total, count, func(f *fixer) string { return c.recount(f, key, total) },
			"the key counts other subkeys than its list has")
	}
	if w.disorder && !w.unread {
		c.add(ListOrder, k.at(nkList), nil, nil, func(f *fixer) string { return f.sortList(k.off) },
			"the subkeys are not sorted by their names, so that Windows does not find some of them")
	}
}

// listWalk goes along the entries of one key's subkey list.
type listWalk struct {
	c        *checker
	k        *keyNode
	total    int64
	last     []uint16
	disorder bool
	unread   bool // an entry could not be read
	broken   bool // a whole list could not be read
}

// list reads a list cell.
func (w *listWalk) list(r ref) {
	c := w.c
	size, ok := c.cell(r, 4)
	if !ok {
		w.broken = true
		return
	}
	var b [4]byte
	c.read(b[:], pos(r.to))
	l := leaf{off: r.to, kind: b[1], n: int(le.Uint16(b[2:]))}
	switch {
	case 4+int64(l.n)*l.width() > size:
		c.add(ListCount, pos(r.to)+2, nil, l.n, r.cut, "the list has more entries than its cell can hold")
		w.broken = true
	case l.n == 0:
		c.add(ListCount, pos(r.to)+2, nil, l.n, r.cut, "the list is empty")
		w.broken = true
	case b[0] == 'r':
		w.leaves(l)
	default:
		w.entries(l)
	}
}

func (w *listWalk) leaves(l leaf) {
	for i := range l.n {
		at, key := l.at(i), w.k.off
		cut := func(f *fixer) string {
			if s := w.c.relabel(f, f.u32(at), key, uint32(f.u16(pos(f.u32(at))+2))); s != "" {
				return s
			}
			if s, clear := w.c.rebuildList(f, key, at, nil, int64(w.k.u32(nkSubkeys))-w.total); s != "" || !clear {
				return s
			}
			f.drop(l.off, i)
			return "a part of the list of subkeys, which cannot be read, was cut off with the keys in it"
		}
		w.list(ref{at, w.c.u32(at), "part of a subkey list", cut, listSig[:3], ListSignature})
		if w.c.err != nil {
			return
		}
	}
}

func (w *listWalk) entries(l leaf) {
	c := w.c
	c.lists[0]++
	if l.kind == 'h' {
		c.lists[1]++
	}
	for i := range l.n {
		if c.err != nil {
			return
		}
		at := l.at(i)
		cut := func(f *fixer) string {
			f.drop(l.off, i)
			return "a subkey, which cannot be read, was cut off with all below it"
		}
		name := c.subkey(w.k, ref{at, c.u32(at), "subkey", cut, keySig, KeySignature})
		w.total++ // once the entry is dropped, the count follows
		if name == nil {
			w.unread = true
			continue
		}
		w.named(l, at, name)
	}
}

// named checks the place of a name in the list and what the list says of it.
func (w *listWalk) named(l leaf, at int64, name []uint16) {
	c := w.c
	if w.last != nil {
		switch d := compare(w.last, name); {
		case d == 0:
			c.add(ListDuplicate, at, nil, nil, nil, "two subkeys have the name %q", text(name))
		case d > 0:
			w.disorder = true
		}
	}
	w.last = name
	switch l.kind {
	case 'h':
		if got, want := c.u32(at+4), hash(name); got != want {
			c.add(ListHash, at+4, want, got, set(at+4, want), "the hash of the subkey %q does not fit: Windows does not find it", text(name))
		}
	case 'f':
		w.hint(at+4, name)
	}
}

// claim notes that a key has its list in common with another one that was met
// before, and that the keys in it are its own by the parent they name.
func (c *checker) claim(k *keyNode, list uint32) {
	if list%8 != 0 || !c.start.has(list) || !c.used.has(list) {
		return
	}
	b := c.bytes(pos(list), 8)
	child := le.Uint32(b[4:])
	if b[0] == 'l' && le.Uint16(b[2:]) > 0 && c.start.has(child) && c.u32(pos(child)+nkParent) == k.off {
		c.claims[k.off] = true
	}
}

// hint checks the first four characters in an lf list. Windows compares them
// without case, and not at all where the first is 0.
func (w *listWalk) hint(at int64, name []uint16) {
	c := w.c
	var got [4]byte
	c.read(got[:], at)
	want := hint(name)
	if got == want || got[0] == 0 {
		return
	}
	for i := range min(4, len(name)) {
		if name[i] > 0x7e || got[i] > 0x7e {
			c.harmless(ListHash, at, want[:], got[:], "the first characters of the subkey %q are not all ASCII and differ in the list", text(name))
			return
		}
	}
	for i := range got {
		if upper(uint16(got[i])) != upper(uint16(want[i])) {
			c.add(ListHash, at, want[:], got[:], set(at, le.Uint32(want[:])), "the first characters of the subkey %q do not fit: Windows does not find it", text(name))
			return
		}
	}
}
