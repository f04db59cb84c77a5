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

// subkeys, valuesOf and data read what they are named for. What was read counts
// and not what a damaged count claims; only when all is used up they refuse.
func (s *seen) subkeys(k *Key) ([]*Key, error) {
	if s.keys < 0 {
		return nil, damaged("nk", k.pos(nkSubkeys), "keys have more subkeys than the hive has room for")
	}
	keys, err := k.Subkeys()
	s.keys -= int64(len(keys))
	return keys, err
}

func (s *seen) valuesOf(k *Key) ([]*Value, error) {
	if s.values < 0 {
		return nil, damaged("nk", k.pos(nkValues), "keys have more values than the hive has room for")
	}
	values, err := k.Values()
	s.values -= int64(len(values))
	return values, err
}

func (s *seen) data(v *Value) ([]byte, error) {
	if s.left < 0 {
		return nil, damaged("vk", v.cell.off+vkDataLen, "values have more data than the hive has room for")
	}
	data, err := v.Data()
	if v.u32(vkDataLen)&vkResident == 0 {
		s.left -= int64(len(data))
	}
	return data, err
}
