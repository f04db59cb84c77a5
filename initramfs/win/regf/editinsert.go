package regf

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// insert puts a new node into the subkey list of a key.
func (e *Editor) insert(k *Key, name string, off uint32) error {
	_, at, err := e.search(k, name)
	if err != nil {
		return err
	}
	if !at.ordered {
		return fmt.Errorf("%w: the subkeys of %q are not in the order that Windows searches them by; repair the hive first", ErrRefused, k.name)
	}
	count := k.u32(nkSubkeys)
	if count >= maxEntries {
		return limitError("key %q has %d subkeys", k.name, count)
	}
	if count == 0 {
		err = e.firstSubkey(k, name, off)
	} else {
		err = e.insertAt(at, name, off)
	}
	if err != nil {
		return err
	}
	return e.setKey(k, nkSubkeys, count+1)
}

// firstSubkey makes a list of the kind that the version of the hive has.
func (e *Editor) firstSubkey(k *Key, name string, off uint32) error {
	kind := byte('f')
	if e.h.base.Minor > 4 {
		kind = 'h'
	}
	cell, err := e.alloc(4+8, k.off)
	if err != nil {
		return err
	}
	b := append([]byte{'l', kind, 1, 0}, entryBytes(kind, name, off)...)
	if err := e.write(baseSize+int64(cell)+4, b); err != nil {
		return err
	}
	return e.setKey(k, nkSubkeyList, cell)
}

func entryBytes(kind byte, name string, off uint32) []byte {
	b := binary.LittleEndian.AppendUint32(nil, off)
	switch kind {
	case 'f':
		b = binary.LittleEndian.AppendUint32(b, nameHint(name))
	case 'h':
		b = binary.LittleEndian.AppendUint32(b, nameHash(name))
	}
	return b
}

func (e *Editor) insertAt(at place, name string, off uint32) (err error) {
	l := at.leaves[at.leaf]
	if l.kind == 'f' && l.n >= maxFast && !at.root {
		if l, err = e.slow(l); err != nil {
			return err
		}
		at.leaves[at.leaf] = l
		if err := e.setKey(at.key, nkSubkeyList, l.off); err != nil {
			return err
		}
	}
	if l.n >= maxLeaf {
		if at, err = e.split(at); err != nil {
			return err
		}
		l = at.leaves[at.leaf]
	}
	cell, err := e.insertBytes(l.off, l.n, at.i, entryBytes(l.kind, name, off), at.key.off)
	if err != nil || cell == l.off {
		return err
	}
	return e.relink(at, cell)
}

// relink makes what pointed to the leaf at a place point to another cell.
func (e *Editor) relink(at place, cell uint32) error {
	if !at.root {
		return e.setKey(at.key, nkSubkeyList, cell)
	}
	root := leaf{off: at.key.u32(nkSubkeyList), kind: 'i'}
	if err := e.own(root.off); err != nil {
		return err
	}
	return e.put32(root.pos(at.leaf), cell)
}

// insertBytes inserts an entry into a list of n entries of the same length and
// returns the list's cell, which may be another one.
func (e *Editor) insertBytes(off uint32, n, i int, entry []byte, near uint32) (uint32, error) {
	size, err := e.heap.at(off)
	if err != nil {
		return 0, err
	}
	w := len(entry)
	if cellSize(4+(n+1)*w) > size {
		// With a reserve, as lists that grow usually grow on.
		if off, err = e.resize(off, 4+(n+1+n/8)*w, near); err != nil {
			return 0, err
		}
	}
	l := baseSize + int64(off) + 8
	rest := make([]byte, (n-i)*w)
	if err := e.h.read(rest, l+int64(i*w)); err != nil {
		return 0, err
	}
	if err := e.write(l+int64(i*w), append(bytes.Clone(entry), rest...)); err != nil {
		return 0, err
	}
	return off, e.put16(l-2, uint16(n+1))
}

// slow turns an lf list into an li, as Windows does with long ones.
func (e *Editor) slow(l leaf) (leaf, error) {
	b := make([]byte, 8*l.n)
	if err := e.h.read(b, l.pos(0)); err != nil {
		return l, err
	}
	for i := range l.n {
		copy(b[4*i:4*i+4], b[8*i:])
	}
	l.kind = 'i'
	if err := e.write(baseSize+int64(l.off)+4, []byte("li")); err != nil {
		return l, err
	}
	return l, e.write(l.pos(0), b[:4*l.n])
}

// split divides the leaf at a place into two below an ri, and returns the place
// in the one of them that it is in then.
func (e *Editor) split(at place) (place, error) {
	l := at.leaves[at.leaf]
	half, w := l.n/2, l.width()
	b := make([]byte, 4+(l.n-half)*w)
	copy(b, []byte{'l', l.kind})
	binary.LittleEndian.PutUint16(b[2:], uint16(l.n-half))
	if err := e.h.read(b[4:], l.pos(half)); err != nil {
		return at, err
	}
	upper := leaf{kind: l.kind, n: l.n - half}
	var err error
	if upper.off, err = e.alloc(len(b), l.off); err != nil {
		return at, err
	}
	if err := e.write(baseSize+int64(upper.off)+4, b); err != nil {
		return at, err
	}
	if err := e.put16(baseSize+int64(l.off)+6, uint16(half)); err != nil {
		return at, err
	}
	if l.off, err = e.resize(l.off, 4+half*w, l.off); err != nil {
		return at, err
	}
	l.n = half
	if err := e.growRoot(at, l.off, upper.off); err != nil {
		return at, err
	}
	leaves := append(append(append([]leaf(nil), at.leaves[:at.leaf]...), l, upper), at.leaves[at.leaf+1:]...)
	next := place{listing{at.key, true, leaves}, at.leaf, at.i, at.ordered}
	if at.i > half {
		next.leaf, next.i = at.leaf+1, at.i-half
	}
	return next, nil
}

// growRoot lists a second leaf behind the one at a place, in the ri or in one
// that it makes.
func (e *Editor) growRoot(at place, lower, upper uint32) error {
	if !at.root {
		b := binary.LittleEndian.AppendUint32([]byte{'r', 'i', 2, 0}, lower)
		b = binary.LittleEndian.AppendUint32(b, upper)
		cell, err := e.alloc(len(b), at.key.off)
		if err != nil {
			return err
		}
		if err := e.write(baseSize+int64(cell)+4, b); err != nil {
			return err
		}
		return e.setKey(at.key, nkSubkeyList, cell)
	}
	if len(at.leaves) >= maxLeaf {
		return limitError("the subkeys of %q fill %d lists", at.key.name, len(at.leaves))
	}
	if err := e.relink(at, lower); err != nil {
		return err
	}
	entry := binary.LittleEndian.AppendUint32(nil, upper)
	cell, err := e.insertBytes(at.key.u32(nkSubkeyList), len(at.leaves), at.leaf+1, entry, at.key.off)
	if err != nil {
		return err
	}
	return e.setKey(at.key, nkSubkeyList, cell)
}

// remove takes the entry at a place out of the list. What becomes empty is
// released.
func (e *Editor) remove(at place) error {
	count := at.key.u32(nkSubkeys)
	if err := e.removeEntry(at); err != nil {
		return err
	}
	if err := e.setKey(at.key, nkSubkeys, count-1); err != nil || count > 1 {
		return err
	}
	// Without subkeys nothing is the largest, and the flags stay.
	if err := e.setKey(at.key, nkMaxName, at.key.u32(nkMaxName)&^0xffff); err != nil {
		return err
	}
	return e.setKey(at.key, nkMaxClass, 0)
}

func (e *Editor) removeEntry(at place) error {
	l := at.leaves[at.leaf]
	if l.n > 1 {
		cell, err := e.removeBytes(l.off, l.n, at.i, l.width())
		if err != nil || cell == l.off {
			return err
		}
		return e.relink(at, cell)
	}
	if err := e.release(l.off); err != nil {
		return err
	}
	if !at.root {
		return e.setKey(at.key, nkSubkeyList, none)
	}
	root := at.key.u32(nkSubkeyList)
	if len(at.leaves) == 1 {
		if err := e.release(root); err != nil {
			return err
		}
		return e.setKey(at.key, nkSubkeyList, none)
	}
	cell, err := e.removeBytes(root, len(at.leaves), at.leaf, 4)
	if err != nil {
		return err
	}
	return e.setKey(at.key, nkSubkeyList, cell)
}

// removeBytes takes entry i out of a list of n entries of w bytes. A cell that
// becomes mostly empty is shortened.
func (e *Editor) removeBytes(off uint32, n, i, w int) (uint32, error) {
	size, err := e.heap.at(off)
	if err != nil {
		return 0, err
	}
	l := baseSize + int64(off) + 8
	rest := make([]byte, (n-i-1)*w)
	if err := e.h.read(rest, l+int64((i+1)*w)); err != nil {
		return 0, err
	}
	if err := e.write(l+int64(i*w), rest); err != nil {
		return 0, err
	}
	if err := e.put16(l-2, uint16(n-1)); err != nil {
		return 0, err
	}
	if need := cellSize(4 + (n-1)*w); 2*need < size {
		return e.resize(off, 4+(n-1)*w, off)
	}
	return off, nil
}
