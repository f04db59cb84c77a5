package regf

// seen bounds a walk over a whole hive, however its cells refer to each other:
// it remembers the keys that were visited, one bit for each place a cell can
// start at, and counts down the keys, values and bytes of data that a hive of
// this size can hold when, as they must, no two of them share a cell.
type seen struct {
	bits               []uint64
	keys, values, left int64 // left: bytes of data
}

// The smallest cells of an nk and a vk, with their size fields.
const (
	minKeyCell   = 80
	minValueCell = 24
)

func newSeen(h *Hive) *seen {
	n := h.limit() - baseSize
	return &seen{make([]uint64, n/8/64+1), n/minKeyCell + 1, n / minValueCell, n}
}

func (s *seen) add(k *Key) { s.bits[k.off/8/64] |= 1 << (k.off / 8 % 64) }

// check refuses keys that were visited or lie too deep.
func (s *seen) check(k *Key, depth int) error {
	if s.bits[k.off/8/64]&(1<<(k.off/8%64)) != 0 {
		return damaged("nk", k.Offset(), "key is listed twice")
	}
	if depth > maxDepth {
		return damaged("nk", k.Offset(), "keys are nested too deep")
	}
	return nil
}

// subkeys, refs, valuesOf and data read what they are named for. What was read
// counts and not what a damaged count claims; only when all is used up they
// refuse.
func (s *seen) subkeys(k *Key) ([]*Key, error) {
	if err := s.keysLeft(k); err != nil {
		return nil, err
	}
	keys, err := k.Subkeys()
	s.keys -= int64(len(keys))
	return keys, err
}

// refs are the places of the subkeys, which need a tenth of the memory.
func (s *seen) refs(k *Key) ([]ref, error) {
	if err := s.keysLeft(k); err != nil {
		return nil, err
	}
	refs, err := k.subkeyRefs()
	s.keys -= int64(len(refs))
	return refs, err
}

func (s *seen) keysLeft(k *Key) error {
	if s.keys < 0 {
		return damaged("nk", k.pos(nkSubkeys), "keys have more subkeys than the hive has room for")
	}
	return nil
}

func (s *seen) valuesOf(k *Key) ([]*Value, error) {
	if err := s.valuesLeft(k); err != nil {
		return nil, err
	}
	values, err := k.Values()
	s.values -= int64(len(values))
	return values, err
}

// eachValue is valuesOf for one value after the other; it goes on behind those
// that cannot be read, and returns the first reason.
func (s *seen) eachValue(k *Key, fn func(v *Value)) error {
	if err := s.valuesLeft(k); err != nil {
		return err
	}
	offs, first := k.valueOffsets()
	s.values -= int64(len(offs))
	for _, off := range offs {
		v, err := k.h.value(off)
		if err != nil {
			first = firstError(first, err)
			continue
		}
		fn(v)
	}
	return first
}

func (s *seen) valuesLeft(k *Key) error {
	if s.values < 0 {
		return damaged("nk", k.pos(nkValues), "keys have more values than the hive has room for")
	}
	return nil
}

// data counts the data of a value before it is read.
func (s *seen) data(v *Value) error {
	if s.left < 0 {
		return damaged("vk", v.cell.off+vkDataLen, "values have more data than the hive has room for")
	}
	if v.u32(vkDataLen)&vkResident == 0 {
		s.left -= v.Len()
	}
	return nil
}
