package fat

import "slices"

// maxName is the longest name in UTF-16 code units.
const maxName = 255

// unitsPerSlot is how many of them a slot holds, and unitOffsets where.
const unitsPerSlot = 13

var unitOffsets = [unitsPerSlot]int{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30}

// Offsets in a slot of a long name.
const (
	longOrdinal  = 0x00 // 1 to 20, with longLast in the first slot
	longType     = 0x0c // 0
	longChecksum = 0x0d
	longLast     = 0x40
)

// longRow follows the slots of a long name, which come in descending order
// directly before the 8.3 entry. Slots in another order, or with the checksum
// of another name, are left over from software that knows no long names; the
// entry is then known by its 8.3 name alone, as in Windows.
type longRow struct {
	total int // slots that were announced, 0: none
	left  int // slots that are still to come
	sum   byte
}

func (l *longRow) reset() { l.total = 0 }

func (l *longRow) take(e entry) {
	n := int(e[longOrdinal] &^ longLast)
	switch {
	case e[longType] != 0 || n == 0 || n > 20:
		l.reset()
		return
	case e[longOrdinal]&longLast != 0:
		l.total, l.sum = n, e[longChecksum]
	case l.total == 0 || n != l.left || e[longChecksum] != l.sum:
		l.reset()
		return
	}
	l.left = n - 1
}

// of is the number of slots that belong to the 8.3 entry e.
func (l *longRow) of(e entry) int {
	if l.total == 0 || l.left != 0 || l.sum != e.checksum() {
		return 0
	}
	return l.total
}

// unit is unit i of what its pieces hold.
func (it *item) unit(i int) uint16 {
	piece := it.pieces[len(it.pieces)-(i/unitsPerSlot+1)*entrySize:]
	return le.Uint16(piece[unitOffsets[i%unitsPerSlot]:])
}

// matches compares the long name with one that takes as many slots: without
// regard to case, and unit by unit.
func (it *item) matches(want []uint16) (fold, same bool) {
	same = len(want) > 0
	for i, w := range want {
		u := it.unit(i)
		if u != w {
			same = false
			if upper(u) != upper(w) {
				return false, false
			}
		}
	}
	fold = len(want) > 0 && (len(want)%unitsPerSlot == 0 || it.unit(len(want)) == 0)
	return fold, fold && same
}

// long is the long name; nil when there is none, or when its end is not where
// it has to be, in the last of its slots.
func (it *item) long() []uint16 {
	n := len(it.pieces) / entrySize
	if n == 0 {
		return nil
	}
	u := make([]uint16, 0, n*unitsPerSlot)
	for i := range n * unitsPerSlot {
		u = append(u, it.unit(i))
	}
	if i := slices.Index(u, 0); i >= 0 {
		u = u[:i]
	}
	if len(u) > maxName || len(u) <= (n-1)*unitsPerSlot {
		return nil
	}
	return u
}

// putLong writes a long name into slots, the first of which is slots[0].
func putLong(slots []entry, u []uint16, sum byte) {
	n := len(slots)
	for k, e := range slots {
		ordinal := n - k
		clear(e)
		e[longOrdinal], e[0x0b], e[longChecksum] = byte(ordinal), attrLong, sum
		if k == 0 {
			e[longOrdinal] |= longLast
		}
		for i, off := range unitOffsets {
			at, c := (ordinal-1)*unitsPerSlot+i, uint16(0xffff)
			switch {
			case at < len(u):
				c = u[at]
			case at == len(u):
				c = 0
			}
			le.PutUint16(e[off:], c)
		}
	}
}

// longSlots is how many slots a long name takes.
func longSlots(u []uint16) int { return (len(u) + unitsPerSlot - 1) / unitsPerSlot }
