package journal

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Record is an open journal as found on a device.
type Record struct {
	State  State
	ID     [16]byte
	Copies [2]int64
	// Remains: only one half-written or half-wiped copy is left; nothing was
	// begun, or all was finished.
	Remains bool

	head header
	body body
}

// Locate looks for a record in the first SearchEnd bytes of a device. The
// error wraps ErrNone when there is none, ErrVersion when another bootmend
// wrote it, ErrDamaged when what is left does not say what was going on.
// Blocks that cannot be read hold nothing; there are two copies.
func Locate(dev block.Device) (*Record, error) {
	var whole, half []*Record
	var trouble error
	eachBlock(dev, func(p []byte, off int64) {
		h, b, err := decodeRecord(p, off, dev.Size())
		switch {
		case err == nil:
			whole = append(whole, newRecord(h, b))
		case errors.Is(err, ErrNone):
		case h.state != 0 && errors.Is(err, ErrDamaged):
			half = append(half, newRecord(h, body{}))
			trouble = err
		default:
			trouble = err
		}
	})
	if len(whole) > 0 {
		return newest(whole)
	}
	if trouble == nil {
		return nil, ErrNone
	}
	if len(half) != 1 || half[0].State != Prepared && half[0].State != Closing || !blockIsZero(dev, half[0].Copies[1]) {
		return nil, trouble
	}
	half[0].Remains = true
	return half[0], nil
}

func newRecord(h header, b body) *Record {
	return &Record{State: h.state, ID: h.id, Copies: [2]int64{h.self, h.other}, head: h, body: b}
}

// newest picks the copy with the highest sequence: the other one was not
// reached by the last change of state.
func newest(all []*Record) (*Record, error) {
	best := all[0]
	for _, r := range all[1:] {
		if r.ID != best.ID {
			return nil, fmt.Errorf("records of two transactions, at %#x and %#x: %w", best.Copies[0], r.Copies[0], ErrDamaged)
		}
		if r.head.seq > best.head.seq {
			best = r
		}
	}
	return best, nil
}

// eachBlock visits the blocks in which a record can be. One read normally,
// single blocks where that fails.
func eachBlock(dev block.Device, visit func(p []byte, off int64)) {
	size := min(SearchEnd, dev.Size()/BlockSize*BlockSize)
	all := make([]byte, size)
	n, _ := dev.ReadAt(all, 0)
	whole := int64(n) == size
	for off := int64(0); off < size; off += BlockSize {
		p := all[off : off+BlockSize]
		if !whole {
			if n, _ := dev.ReadAt(p, off); n < len(p) {
				continue
			}
		}
		visit(p, off)
	}
}

func blockIsZero(dev block.Device, off int64) bool {
	p := make([]byte, BlockSize)
	n, _ := dev.ReadAt(p, off)
	return n == len(p) && isZero(p)
}
