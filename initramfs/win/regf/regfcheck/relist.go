package regfcheck

import (
	"cmp"
	"fmt"
	"slices"
)

// orphanKey is an allocated key that no list has, with the parent it names.
type orphanKey struct{ parent, off uint32 }

// childrenOf gives the keys that name a key as their parent and are in no list.
// The cells of deleted keys are free, but Windows 10 was seen to leave some
// behind: where there are more than limit it cannot be told which are meant.
func (c *checker) childrenOf(key uint32, f *fixer, limit int64) (offs []uint32, clear bool) {
	if !c.orphansKnown {
		c.orphansKnown = true
		c.eachCell(func(off uint32, size int64) bool {
			if size <= -nkName-4 && !c.used.has(off) && string(c.image.bytes(pos(off), 2)) == "nk" {
				c.orphanKeys = append(c.orphanKeys, orphanKey{c.image.u32(pos(off) + nkParent), off})
			}
			return true
		})
		slices.SortFunc(c.orphanKeys, func(a, b orphanKey) int {
			return cmp.Or(cmp.Compare(a.parent, b.parent), cmp.Compare(a.off, b.off))
		})
	}
	i, _ := slices.BinarySearchFunc(c.orphanKeys, key, func(o orphanKey, key uint32) int { return cmp.Compare(o.parent, key) })
	for ; i < len(c.orphanKeys) && c.orphanKeys[i].parent == key; i++ {
		if off := c.orphanKeys[i].off; !f.taken[off] && off != key {
			offs = append(offs, off)
		}
	}
	if int64(len(offs)) > limit {
		return nil, false
	}
	for _, off := range offs {
		f.taken[off] = true
	}
	return offs, true
}

// rebuildList makes a new list of a key's subkeys, or of those in a part of it,
// from the keys that name it as their parent and those that the list has. field
// is where the reference to the list is, limit how many keys may be missing.
// clear is false where it must not be decided that no key is missing.
func (c *checker) rebuildList(f *fixer, key uint32, field int64, have []uint32, limit int64) (did string, clear bool) {
	if c.claims[key] {
		return "", false // the keys are still in another one's list
	}
	offs, clear := c.childrenOf(key, f, limit)
	if len(offs) == 0 || len(offs)+len(have) > 0xffff {
		return "", clear
	}
	cell, ok := c.newLeaf(f, append(offs, have...))
	if !ok {
		return "", false
	}
	f.put32(field, cell)
	return fmt.Sprintf("the list was made anew, with %d keys that name this one as their parent and were in no list", len(offs)), true
}

// newLeaf writes a list of keys into a free cell.
func (c *checker) newLeaf(f *fixer, offs []uint32) (cell uint32, ok bool) {
	type child struct {
		off  uint32
		name []uint16
	}
	var all []child
	for _, off := range offs {
		all = append(all, child{off, f.name(off)})
	}
	slices.SortStableFunc(all, func(a, b child) int { return compare(a.name, b.name) })
	hashes := c.minor >= 5 || c.minor == 0 && c.lists[1] > 0
	b := le.AppendUint16([]byte("lf"), uint16(len(all)))
	if hashes {
		b[1] = 'h'
	}
	for _, k := range all {
		b = le.AppendUint32(b, k.off)
		if h := hint(k.name); !hashes {
			b = append(b, h[:]...)
		} else {
			b = le.AppendUint32(b, hash(k.name))
		}
	}
	if cell, ok = c.alloc(f, int64(len(b))); ok {
		f.write(b, pos(cell))
	}
	return cell, ok
}

// recount is the mend of a key that counts other subkeys than its list has:
// those that name it as their parent and are in no list come into it, and then
// the list is right.
func (c *checker) recount(f *fixer, key, total uint32) string {
	var have []uint32
	for _, l := range f.leaves(key) {
		for i := range l.n {
			have = append(have, f.u32(l.at(i)))
		}
	}
	was := f.u32(pos(key) + nkSubkeys)
	if was > total {
		if s := c.relabel(f, f.u32(pos(key)+nkList), key, was); s != "" {
			return s
		}
	}
	if s, _ := c.rebuildList(f, key, pos(key)+nkList, have, int64(was)-int64(total)); s != "" {
		f.put32(pos(key)+nkSubkeys, uint32(c.lastLeaf(f, key)))
		return s
	}
	f.put32(pos(key)+nkSubkeys, total)
	if total == 0 {
		f.put32(pos(key)+nkList, none)
	}
	return fmt.Sprintf("the number of subkeys was set from %d to the %d that the list has", was, total)
}

func (c *checker) lastLeaf(f *fixer, key uint32) uint16 {
	return le.Uint16(f.bytes(pos(f.u32(pos(key)+nkList))+2, 2))
}

// relist is the mend of a key's list that cannot be read.
func (c *checker) relist(k *keyNode) mend {
	count, list, off := k.u32(nkSubkeys), k.u32(nkList), k.off
	return func(f *fixer) string {
		if s := c.relabel(f, list, off, count); s != "" {
			return s
		}
		if s, clear := c.rebuildList(f, off, pos(off)+nkList, nil, int64(count)); s != "" || !clear {
			return s
		}
		f.put32(pos(off)+nkSubkeys, 0)
		f.put32(pos(off)+nkList, none)
		f.cut = true
		return fmt.Sprintf("the list of subkeys cannot be read, and no key names this one as its parent: its %d subkeys were cut off", count)
	}
}

// alloc takes n bytes from a free cell. It goes through the hive once, so that
// many lists cost no more than one.
func (c *checker) alloc(f *fixer, n int64) (cell uint32, ok bool) {
	need := (n + 4 + 7) &^ 7
	c.cellsFrom(c.free, func(off uint32, size int64) bool {
		c.free = off + 8
		if now := int64(int32(f.u32(baseSize + int64(off)))); size < need || now != size || c.used.has(off) {
			return true
		}
		if rest := size - need; rest >= 8 {
			f.put32(baseSize+int64(off)+need, uint32(rest))
		} else {
			need = size
		}
		f.put32(baseSize+int64(off), uint32(-need))
		cell, ok = off, true
		return false
	})
	return cell, ok
}

// name reads a key's name.
func (f *fixer) name(key uint32) []uint16 {
	b := f.bytes(pos(key), nkName)
	return decode(f.bytes(pos(key)+nkName, int(le.Uint16(b[nkNameLen:]))), le.Uint16(b[nkFlags:])&keyLatin != 0)
}

// sortList sorts the subkeys of a key by their names, over all parts of its list.
func (f *fixer) sortList(key uint32) string {
	leaves := f.leaves(key)
	type entry struct {
		name []uint16
		b    []byte
	}
	var all []entry
	for _, l := range leaves {
		if l.kind != leaves[0].kind {
			return ""
		}
		for i := range l.n {
			b := f.bytes(l.at(i), int(l.width()))
			all = append(all, entry{f.name(le.Uint32(b)), b})
		}
	}
	slices.SortStableFunc(all, func(a, b entry) int { return compare(a.name, b.name) })
	for _, l := range leaves {
		for i := range l.n {
			f.write(all[0].b, l.at(i))
			all = all[1:]
		}
	}
	return "the list of subkeys was sorted"
}

// leaves gives the parts of a key's subkey list.
func (f *fixer) leaves(key uint32) (all []leaf) {
	list := f.u32(pos(key) + nkList)
	head := f.bytes(pos(list), 4)
	l := leaf{off: list, kind: head[1], n: int(le.Uint16(head[2:]))}
	if head[0] != 'r' {
		return []leaf{l}
	}
	for i := range l.n {
		off := f.u32(l.at(i))
		h := f.bytes(pos(off), 4)
		all = append(all, leaf{off: off, kind: h[1], n: int(le.Uint16(h[2:]))})
	}
	return all
}
