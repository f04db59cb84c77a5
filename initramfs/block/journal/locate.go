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
// One block that cannot be read is no trouble, because there are two copies;
// with more of them and no record elsewhere the error is that of reading.
func Locate(dev block.Device) (*Record, error) {
	var whole, half []*Record
	var trouble error
	unreadable := eachBlock(dev, func(p []byte, off int64) {
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
	if unreadable != nil {
		return nil, fmt.Errorf("looking for a journal: %w", unreadable)
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
// single blocks where that fails. The error is one of reading, when two blocks
// or more cannot be read.
func eachBlock(dev block.Device, visit func(p []byte, off int64)) error {
	size := min(SearchEnd, dev.Size()/BlockSize*BlockSize)
	all := make([]byte, size)
	n, _ := dev.ReadAt(all, 0) // what is missing is read again
	bad := 0
	var last error
	for off := int64(0); off < size; off += BlockSize {
		p := all[off : off+BlockSize]
		if int64(n) < off+BlockSize {
			if err := readFull(dev, "disk", p, off); err != nil {
				bad, last = bad+1, err
				continue
			}
		}
		visit(p, off)
	}
	if bad < 2 {
		return nil
	}
	return last
}

func blockIsZero(dev block.Device, off int64) bool {
	p := make([]byte, BlockSize)
	n, _ := dev.ReadAt(p, off)
	return n == len(p) && isZero(p)
}
