package regf

// cellSet is a set of cells by their offsets, one bit for each place where one
// can start.
type cellSet []uint64

func newCellSet(h *Hive) cellSet { return make(cellSet, h.base.BinsSize/8/64+1) }

// add tells whether the cell was not in the set yet. The offset was checked.
func (s cellSet) add(off uint32) bool {
	word, bit := off/8/64, uint64(1)<<(off/8%64)
	if uint64(word) >= uint64(len(s)) || s[word]&bit != 0 {
		return false
	}
	s[word] |= bit
	return true
}

func (s cellSet) has(off uint32) bool {
	word := off / 8 / 64
	return uint64(word) < uint64(len(s)) && s[word]&(1<<(off/8%64)) != 0
}

// ownCells calls fn for the cells that an edit had to do with in a key, for
// which it announced a: all of a new or deleted one, and of others those that
// hold what changed. A value that stays as it is keeps its cells to itself.
func ownCells(k *Key, a *announced, fn func(off uint32) error) error {
	if err := fn(k.off); err != nil {
		return err
	}
	class, err := k.classCell()
	if err == nil && class.size > 0 && (a.class != nil || a.whole()) {
		err = fn(k.u32(nkClass))
	}
	if err != nil {
		return err
	}
	if a.children || a.whole() {
		if err := k.listCells(fn); err != nil {
			return err
		}
	}
	if a.values != nil || a.whole() {
		return valueCells(k, a, fn)
	}
	return nil
}

// whole: everything that is or was in the key belongs to the edit.
func (a *announced) whole() bool { return a.gone || a.fresh }

// changes tells whether the announcement says something of a value.
func (a *announced) changes(v *Value) bool {
	if a.whole() {
		return true
	}
	_, ok := a.values[fold(v.name)]
	return ok
}

func valueCells(k *Key, a *announced, fn func(off uint32) error) error {
	if k.u32(nkValues) == 0 {
		return nil
	}
	if err := fn(k.u32(nkValueList)); err != nil {
		return err
	}
	offs, err := k.valueOffsets()
	if err != nil {
		return err
	}
	for _, off := range offs {
		v, err := k.h.value(off)
		if err != nil {
			return err
		}
		if !a.changes(v) {
			continue
		}
		if err := v.cells(off, fn); err != nil {
			return err
		}
	}
	return nil
}

// cells calls fn for the cell of a value and those of its data.
func (v *Value) cells(off uint32, fn func(off uint32) error) error {
	if err := fn(off); err != nil {
		return err
	}
	data, err := v.dataCells()
	if err != nil {
		return err
	}
	for _, off := range data {
		if err := fn(off); err != nil {
			return err
		}
	}
	return nil
}

// listCells calls fn for the cells of the subkey list.
func (k *Key) listCells(fn func(off uint32) error) error {
	if k.u32(nkSubkeys) == 0 {
		return nil
	}
	l := lister{h: k.h, left: int(k.u32(nkSubkeys)), visit: fn}
	l.list(k.u32(nkSubkeyList), true)
	return l.err
}
