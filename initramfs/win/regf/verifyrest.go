package regf

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sort"
)

// span is a range of bytes of the file, without its end.
type span struct{ from, to int64 }

// guard goes through the hive as it was before the edit, and demands that
// nothing changes but the cells of what was announced.
type guard struct {
	h      *Hive
	runs   []span                // what changes, ascending
	used   cellSet               // cells that were asked: there is no second time
	mine   cellSet               // those of them that belong to what was announced
	said   map[uint32]*announced // by offset of the node
	space  *heap                 // where cells must start; nil: that is not asked
	secure map[uint32]bool       // security cells; whether a key that stays has it
	seen   *seen
}

// verifyRest proves that what was not announced keeps all its bytes. runs are
// those that change, said is by the offsets of the nodes as they were.
func (e *Editor) verifyRest(runs []span, said map[uint32]*announced) error {
	g := newGuard(e.was)
	g.runs, g.said = runs, said
	if err := g.all(); err != nil {
		return err
	}
	return g.unclaimed(&heap{h: e.was})
}

// unsound looks for a reason why the hive before the edit was no sound one.
func (e *Editor) unsound() error {
	g := newGuard(e.was)
	g.space = &heap{h: e.was}
	return g.all()
}

func newGuard(h *Hive) *guard {
	return &guard{h: h, used: newCellSet(h), mine: newCellSet(h), secure: map[uint32]bool{}, seen: newSeen(h)}
}

// all asks all keys and then the security cells.
func (g *guard) all() error {
	root, err := g.h.Root()
	if err != nil {
		return err
	}
	if err := g.key(root, nil, 0); err != nil {
		return err
	}
	return g.security()
}

// differing are the bytes below the old end of the file that change, outside
// the base block.
func (e *Editor) differing() ([]span, error) {
	var runs []span
	old := make([]byte, blockSize)
	for _, no := range e.changedBlocks() {
		n := int(min(blockSize, e.was.size-no*blockSize))
		if no == 0 || n <= 0 {
			continue
		}
		if err := e.was.read(old[:n], no*blockSize); err != nil {
			return nil, err
		}
		page := e.h.over[no]
		for i := 0; i < n; i++ {
			if old[i] == page[i] {
				continue
			}
			pos := no*blockSize + int64(i)
			if last := len(runs) - 1; last >= 0 && runs[last].to == pos {
				runs[last].to++
			} else {
				runs = append(runs, span{pos, pos + 1})
			}
		}
	}
	return runs, nil
}

// keep demands that a range of the file does not change.
func (g *guard) keep(structure string, from, to int64) error {
	i := sort.Search(len(g.runs), func(i int) bool { return g.runs[i].to > from })
	if i < len(g.runs) && g.runs[i].from < to {
		return damaged(structure, from, fmt.Sprintf("it would change at %#x, but it does not belong to what was edited alone", g.runs[i].from))
	}
	return nil
}

// once notes a cell that a key, value or list refers to. In a sound hive it is
// the only one.
func (g *guard) once(off uint32) error {
	if !g.used.add(off) {
		return damaged("cell", baseSize+int64(off), "cell is used twice")
	}
	if g.space != nil {
		_, err := g.space.at(off)
		return err
	}
	return nil
}

// keepCell demands that a whole cell does not change.
func (g *guard) keepCell(off uint32) error {
	c, err := g.h.cell(off, "cell")
	if err != nil {
		return err
	}
	if err := g.once(off); err != nil {
		return err
	}
	return g.keep("cell", c.off-g.h.head(), c.off+c.size)
}

// key asks a key and all below it. within is the announcement of a key above
// that is gone, which takes everything with it.
func (g *guard) key(k *Key, within *announced, depth int) error {
	if err := g.seen.check(k, depth); err != nil {
		return err
	}
	g.seen.add(k)
	a := g.said[k.off]
	if within != nil {
		a = within
	}
	if err := g.node(k, a); err != nil {
		return err
	}
	if sk := k.u32(nkSecurity); sk != none {
		g.secure[sk] = g.secure[sk] || a == nil || !a.whole() && a.security == nil
	}
	if a != nil && a.whole() {
		within = a
	}
	refs, err := k.subkeyRefs()
	if err != nil {
		return err
	}
	// In the order in which they lie in the file, which is read once then.
	slices.SortFunc(refs, func(a, b ref) int { return cmp.Compare(a.off, b.off) })
	for _, r := range refs {
		sub, err := g.h.key(r.off)
		if err != nil {
			return err
		}
		if err := g.key(sub, within, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// take notes a cell that the edit may change.
func (g *guard) take(off uint32) error {
	if _, err := g.h.cell(off, "cell"); err != nil {
		return err
	}
	g.mine.add(off)
	return g.once(off)
}

// node asks the cells of one key.
func (g *guard) node(k *Key, a *announced) error {
	if a == nil {
		return errors.Join(g.keepCell(k.off), g.others(k, &announced{}))
	}
	if err := ownCells(k, a, g.take); err != nil || a.whole() {
		return err
	}
	// Of a node that stays: size, signature and flags, parent, volatile
	// keys, security, and from the unused field on all but the class.
	secured := int64(nkSecurity)
	if a.security != nil {
		secured = nkClass
	}
	c, err := g.h.cell(k.off, "nk")
	if err != nil {
		return err
	}
	for _, part := range []span{{-4, nkTime}, {12, nkSubkeys}, {24, nkSubkeyList}, {nkVolatileList, nkValues},
		{secured, nkClass}, {68, nkClassLen}, {nkName, c.size}} {
		if err := g.keep("nk", c.off+part.from, c.off+part.to); err != nil {
			return err
		}
	}
	return g.others(k, a)
}

// others asks the cells of a key that the edit has nothing to do with.
func (g *guard) others(k *Key, a *announced) error {
	class, err := k.classCell()
	if err == nil && class.size > 0 && a.class == nil {
		err = g.keepCell(k.u32(nkClass))
	}
	if err != nil {
		return err
	}
	if !a.children {
		if err := k.listCells(g.keepCell); err != nil {
			return err
		}
	}
	if k.u32(nkValues) == 0 {
		return nil
	}
	if a.values == nil {
		if err := g.keepCell(k.u32(nkValueList)); err != nil {
			return err
		}
	}
	offs, err := k.valueOffsets()
	if err != nil {
		return err
	}
	for _, off := range offs {
		v, err := g.h.value(off)
		if err != nil {
			return err
		}
		if a.changes(v) {
			continue
		}
		if err := v.cells(off, g.keepCell); err != nil {
			return err
		}
	}
	return nil
}

// unclaimed looks at the bytes that change from the side of the bins: an
// allocated cell among them must belong to what was announced, even if no key
// has it; headers of bins stay, but for the time stamp of the first and for
// bins that became empty and may have been joined with their neighbours.
func (g *guard) unclaimed(space *heap) error {
	for _, r := range g.runs {
		for pos := r.from; pos < min(r.to, g.h.limit()); {
			off := uint32(pos - baseSize)
			if err := space.look(off / blockSize); err != nil {
				return err
			}
			b := space.blocks[off/blockSize]
			if in := off - b.bin*blockSize; in < binHeader {
				stamp := b.bin == 0 && in >= binTime && in < binTime+8
				if err := g.emptied(space, b); err != nil && !stamp {
					return err
				}
				pos++
				continue
			}
			start, size, free, err := space.covering(off)
			if err != nil {
				return err
			}
			if !free && !g.mine.has(start) {
				return wrong("the cell at %#x would change, which no key of the edit has", baseSize+int64(start))
			}
			pos = baseSize + int64(start+size)
		}
	}
	return nil
}

// emptied demands that all allocated cells of a bin belong to the edit.
func (g *guard) emptied(space *heap, b block) error {
	for no := b.bin; no < b.bin+b.count; no++ {
		other := uint32(none)
		err := space.cells(no, func(pos, _ uint32, free bool) bool {
			if !free && !g.mine.has(pos) {
				other = pos
			}
			return other == none
		})
		if err != nil {
			return err
		}
		if other != none {
			return wrong("the header of the bin at %#x would change, which holds the cell at %#x", baseSize+int64(b.bin)*blockSize, baseSize+int64(other))
		}
	}
	return nil
}
