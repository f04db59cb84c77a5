package regf

import (
	"encoding/binary"
	"fmt"
	"sort"
)

// How many entries a list of subkeys may have before Windows converts or splits
// it. Seen in hives that Windows wrote: lh and li leaves up to 967 entries below
// an ri, lf only where there is no ri.
const (
	maxFast = 506  // lf, which then becomes an li
	maxLeaf = 1012 // lh, li, ri
)

// leaf is a list of subkeys: the only one of a key, or one below its ri.
type leaf struct {
	off  uint32
	kind byte // 'f', 'h', 'i' as in ref
	n    int
}

func (l leaf) width() int {
	if l.kind == 'i' {
		return 4
	}
	return 8
}

// pos is the file offset of an entry.
func (l leaf) pos(i int) int64 { return baseSize + int64(l.off) + 8 + int64(i*l.width()) }

// listing is the subkey list of a key.
type listing struct {
	key    *Key
	root   bool // there is an ri
	leaves []leaf
}

// place is where in a listing a name stands or belongs: before entry i of a leaf.
type place struct {
	listing
	leaf, i int
	ordered bool // a name that is put here is in order among its neighbours
}

// list reads the leaves of a key's subkey list, without their entries.
func (e *Editor) list(k *Key) (listing, error) {
	l := listing{key: k}
	left := int64(k.u32(nkSubkeys))
	if left == 0 {
		return l, nil
	}
	if left > maxEntries {
		return l, &FormatError{"nk", k.pos(nkSubkeys), "", number(left), "more subkeys than this program handles"}
	}
	offs := []uint32{k.u32(nkSubkeyList)}
	c, kind, n, err := e.listHead(offs[0])
	if err != nil {
		return l, err
	}
	if kind == 'r' {
		l.root = true
		if offs, err = e.h.offsets(c.off+4, n); err != nil {
			return l, err
		}
	}
	for _, off := range offs {
		c, kind, n, err := e.listHead(off)
		if err != nil {
			return l, err
		}
		if kind == 'r' {
			return l, damaged("ri", c.off, "an ri is listed in an ri")
		}
		if left -= int64(n); left < 0 || n == 0 {
			return l, damaged("subkey list", c.off, "it is empty or has more entries than the key has subkeys")
		}
		l.leaves = append(l.leaves, leaf{off, kind, n})
	}
	if left != 0 {
		return l, damaged("nk", k.pos(nkSubkeys), "subkey list has fewer entries than the key has subkeys")
	}
	return l, nil
}

// listHead reads kind and number of a list; kind is 'r' for an ri.
func (e *Editor) listHead(off uint32) (c cell, kind byte, n int, err error) {
	if c, err = e.h.cell(off, "subkey list"); err != nil {
		return c, 0, 0, err
	}
	var b [4]byte
	if err = e.h.content(c, b[:], "subkey list"); err != nil {
		return c, 0, 0, err
	}
	n = int(binary.LittleEndian.Uint16(b[2:]))
	width := 8
	switch string(b[:2]) {
	case "ri":
		kind, width = 'r', 4
	case "li":
		kind, width = 'i', 4
	case "lf", "lh":
		kind = b[1]
	default:
		return c, 0, 0, &FormatError{"subkey list", c.off, "lf, lh, li or ri", fmt.Sprintf("% x", b[:2]), "wrong signature"}
	}
	if int64(n*width) > c.size-4 {
		return c, 0, 0, &FormatError{"subkey list", c.off + 2, "", number(n), "more entries than the cell holds"}
	}
	return c, kind, n, nil
}

func (e *Editor) entry(l leaf, i int) (*Key, error) {
	offs, err := e.h.offsets(l.pos(i), 1)
	if err != nil {
		return nil, err
	}
	return e.h.key(offs[0])
}

// search finds a direct subkey; the key is nil when there is none. The place is
// where it is or, if ordered is set, where it belongs.
//
// In a long list that is searched for the first time it does as Windows does:
// it believes hashes and hints, and looks for the place by halves. To look at
// all names, which are all over the hive, pays when more keys are to come.
func (e *Editor) search(k *Key, name string) (*Key, place, error) {
	l, err := e.list(k)
	if err != nil {
		return nil, place{}, err
	}
	if _, known := e.sorted[k.off]; !known && k.u32(nkSubkeys) > manySubkeys && l.hinted() && e.visits[k.off] < manyVisits {
		e.visits[k.off]++
		sub, at, err := e.searchHints(l, name)
		if err != nil || sub != nil {
			return sub, at, err
		}
		if at, err = e.halve(l, name); err != nil {
			return nil, at, err
		}
		if at.ordered, err = e.fits(at, name); err != nil || at.ordered {
			return nil, at, err
		}
	}
	ordered, err := e.ordered(l)
	if err != nil {
		return nil, place{}, err
	}
	if !ordered {
		return e.searchAll(l, name)
	}
	at, err := e.halve(l, name)
	at.ordered = true
	if err != nil || len(l.leaves) == 0 || at.i == l.leaves[at.leaf].n {
		return nil, at, err
	}
	sub, err := e.entry(l.leaves[at.leaf], at.i)
	if err != nil || compareNames(sub.name, name) != 0 {
		return nil, at, err
	}
	return sub, at, nil
}

// When search looks at all names.
const (
	manySubkeys = 64
	manyVisits  = 8
)

// hinted tells whether all leaves have hashes or hints.
func (l listing) hinted() bool {
	for _, leaf := range l.leaves {
		if leaf.kind == 'i' {
			return false
		}
	}
	return true
}

// searchHints looks at the keys whose hash or hint is that of the name.
func (e *Editor) searchHints(l listing, name string) (*Key, place, error) {
	want := newHint(name)
	for no, leaf := range l.leaves {
		b := make([]byte, leaf.n*leaf.width())
		if err := e.h.read(b, leaf.pos(0)); err != nil {
			return nil, place{}, err
		}
		for i := range leaf.n {
			r := ref{binary.LittleEndian.Uint32(b[8*i:]), leaf.kind, binary.LittleEndian.Uint32(b[8*i+4:])}
			if !want.matches(r) {
				continue
			}
			sub, err := e.h.key(r.off)
			if err != nil {
				return nil, place{}, err
			}
			if compareNames(sub.name, name) == 0 {
				return sub, place{l, no, i, false}, nil
			}
		}
	}
	return nil, place{listing: l}, nil
}

// halve finds the place of a name in a list that is in order: in the last leaf
// whose first name is not greater, before the first entry that is not less.
func (e *Editor) halve(l listing, name string) (place, error) {
	var err error
	compare := func(leaf leaf, i int) int {
		sub, failed := e.entry(leaf, i)
		if failed != nil {
			err = failed
			return 0
		}
		return compareNames(sub.name, name)
	}
	no := sort.Search(len(l.leaves), func(i int) bool { return compare(l.leaves[i], 0) > 0 }) - 1
	at := place{listing: l, leaf: max(no, 0)}
	if err == nil && no >= 0 {
		at.i = sort.Search(l.leaves[no].n, func(i int) bool { return compare(l.leaves[no], i) >= 0 })
	}
	return at, err
}

// fits tells whether a name is between its neighbours at a place.
func (e *Editor) fits(at place, name string) (bool, error) {
	l := at.leaves[at.leaf]
	if at.i > 0 {
		before, err := e.entry(l, at.i-1)
		if err != nil || compareNames(before.name, name) >= 0 {
			return false, err
		}
	}
	next := at.i
	if next == l.n {
		if at.leaf+1 == len(at.leaves) {
			return true, nil
		}
		l, next = at.leaves[at.leaf+1], 0
	}
	after, err := e.entry(l, next)
	return err == nil && compareNames(name, after.name) < 0, err
}

func (e *Editor) searchAll(l listing, name string) (*Key, place, error) {
	for no, leaf := range l.leaves {
		for i := range leaf.n {
			sub, err := e.entry(leaf, i)
			if err != nil {
				return nil, place{}, err
			}
			if compareNames(sub.name, name) == 0 {
				return sub, place{l, no, i, false}, nil
			}
		}
	}
	return nil, place{listing: l}, nil
}

// ordered tells whether a list is in strictly ascending order. It looks once at
// each list that an edit has to do with; the editor's own changes keep order.
func (e *Editor) ordered(l listing) (bool, error) {
	if yes, ok := e.sorted[l.key.off]; ok {
		return yes, nil
	}
	yes, last := true, ""
	for no, leaf := range l.leaves {
		for i := range leaf.n {
			sub, err := e.entry(leaf, i)
			if err != nil {
				return false, err
			}
			if no+i > 0 && compareNames(last, sub.name) >= 0 {
				yes = false
			}
			last = sub.name
		}
	}
	if len(e.sorted) > 10_000 {
		clear(e.sorted)
		clear(e.visits)
	}
	e.sorted[l.key.off] = yes
	return yes, nil
}
