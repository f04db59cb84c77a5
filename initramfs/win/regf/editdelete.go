package regf

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// DeleteKey removes a key and, if recursive, all keys below it. Errors wrap
// ErrNotExist when it is missing, ErrRefused for the root, and for a key with
// subkeys that is not to go recursively.
func (e *Editor) DeleteKey(path string, recursive bool) error {
	return e.do(func() error {
		at, err := e.existing(path)
		if err != nil {
			return err
		}
		if at.parent == nil {
			return fmt.Errorf("%w: the root key cannot be deleted", ErrRefused)
		}
		if n := at.key.SubkeyCount(); n > 0 && !recursive {
			return fmt.Errorf("%w: key %q has %d subkeys", ErrRefused, at.path, n)
		}
		_, place, err := e.search(at.parent, at.key.name)
		if err != nil {
			return err
		}
		if err := e.remove(place); err != nil {
			return err
		}
		gone := map[uint32]uint32{}
		if err := e.releaseKey(at.key, at.parent.off, gone, 0); err != nil {
			return fmt.Errorf("delete key %q: %w", at.path, err)
		}
		if err := e.dropReferences(gone); err != nil {
			return fmt.Errorf("delete key %q: %w", at.path, err)
		}
		e.announce(at.parentPath(), withChildren)
		e.announceDeleted(at.path, at.key)
		return e.touch(at.parent)
	})
}

// releaseKey gives back all cells of a key and of the keys below it. gone
// counts how often they had each security cell.
func (e *Editor) releaseKey(k *Key, parent uint32, gone map[uint32]uint32, depth int) error {
	if depth > maxDepth {
		return damaged("nk", k.Offset(), "keys are nested too deep")
	}
	if got := k.u32(nkParent); got != parent {
		return &FormatError{"nk", k.pos(nkParent), number(parent), number(got), "key is listed below another one than its parent"}
	}
	refs, err := k.subkeyRefs()
	if err != nil {
		return err
	}
	for _, r := range refs {
		sub, err := e.h.key(r.off)
		if err != nil {
			return err
		}
		if err := e.releaseKey(sub, k.off, gone, depth+1); err != nil {
			return err
		}
	}
	if err := errors.Join(e.releaseLists(k), e.releaseValues(k)); err != nil {
		return err
	}
	class, err := k.classCell()
	if err == nil && class.size > 0 {
		err = e.release(k.u32(nkClass))
	}
	if err != nil {
		return err
	}
	if sk := k.u32(nkSecurity); sk != none {
		gone[sk]++
	}
	delete(e.sorted, k.off)
	delete(e.visits, k.off)
	e.names = valueNames{}
	return e.release(k.off)
}

// releaseLists gives back the subkey list.
func (e *Editor) releaseLists(k *Key) error {
	l, err := e.list(k)
	if err != nil {
		return err
	}
	for _, leaf := range l.leaves {
		if err := e.release(leaf.off); err != nil {
			return err
		}
	}
	if l.root {
		return e.release(k.u32(nkSubkeyList))
	}
	return nil
}

// releaseValues gives back the values and their list.
func (e *Editor) releaseValues(k *Key) error {
	offs, err := k.valueOffsets()
	if err != nil || len(offs) == 0 {
		return err
	}
	for _, off := range offs {
		v, err := e.h.value(off)
		if err != nil {
			return err
		}
		if err := e.releaseData(v); err != nil {
			return err
		}
		if err := e.release(off); err != nil {
			return err
		}
	}
	return e.release(k.u32(nkValueList))
}

// dataCells are the cells that hold a value's data, db and its list among them.
func (v *Value) dataCells() ([]uint32, error) {
	n := v.Len()
	if _, err := v.segments(); err != nil {
		return nil, err
	}
	if v.u32(vkDataLen)&vkResident != 0 || n == 0 {
		return nil, nil
	}
	cells := []uint32{v.u32(vkData)}
	if n <= bigData || v.h.base.Minor <= 3 {
		return cells, nil
	}
	_, b, err := v.h.signed(cells[0], 8, "db")
	if err != nil {
		return nil, err
	}
	list := binary.LittleEndian.Uint32(b[4:])
	segments, err := v.h.offsets(baseSize+int64(list)+4, int(binary.LittleEndian.Uint16(b[2:])))
	return append(append(cells, list), segments...), err
}

func (e *Editor) releaseData(v *Value) error {
	cells, err := v.dataCells()
	if err != nil {
		return err
	}
	for _, off := range cells {
		if err := e.release(off); err != nil {
			return err
		}
	}
	return nil
}
