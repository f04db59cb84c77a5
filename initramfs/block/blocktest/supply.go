package blocktest

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/bootmend/bootmend/initramfs/block"
)

// ErrPower is the error of every access after the power went off.
var ErrPower = errors.New("the power is off")

// Supply is the power supply of several disks. It goes off with the first
// write of a sector for which none is left.
type Supply struct {
	mu    sync.Mutex
	left  int // sectors that can still be written; negative: no end
	off   bool
	disks []*Powered
}

// NewSupply returns power for that many written sectors, over all disks; a
// negative number is power without end.
func NewSupply(sectors int) *Supply { return &Supply{left: sectors} }

// Powered is a disk with a write cache: what is written is seen by reads at
// once and is safe only after Flush.
type Powered struct {
	supply  *Supply
	base    *Mem
	now     []byte // what reads see
	pending []Written
}

// Plug connects a disk.
func (s *Supply) Plug(base *Mem) *Powered {
	d := &Powered{supply: s, base: base, now: bytes.Clone(base.Bytes())}
	s.disks = append(s.disks, d)
	return d
}

// Off reports whether the power went off.
func (s *Supply) Off() bool { return s.off }

// Restart turns the power off and gives the disks as the next start finds
// them, with those unflushed sectors for which keep says yes, in the order in
// which the disks were plugged.
func (s *Supply) Restart(keep func() bool) []*Mem {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.off = true
	var all []*Mem
	for _, d := range s.disks {
		for _, w := range d.pending {
			if keep() {
				copy(d.base.Bytes()[w.Off:], w.Data)
			}
		}
		d.pending = nil
		all = append(all, d.base)
	}
	return all
}

// Size is that of the disk.
func (d *Powered) Size() int64 { return d.base.Size() }

// SectorSize is that of the disk.
func (d *Powered) SectorSize() int { return d.base.SectorSize() }

// DropCache does not touch the write cache.
func (d *Powered) DropCache() error { return nil }

// ReadAt sees everything that was written.
func (d *Powered) ReadAt(p []byte, off int64) (int, error) {
	d.supply.mu.Lock()
	defer d.supply.mu.Unlock()
	if d.supply.off {
		return 0, ErrPower
	}
	if off < 0 || off > d.Size() {
		off = d.Size()
	}
	n := copy(p, d.now[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt writes sector by sector until there is no power left.
func (d *Powered) WriteAt(p []byte, off int64) (int, error) {
	s := d.supply
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.off {
		return 0, ErrPower
	}
	if !(block.Range{Len: d.Size()}).Contains(block.Range{Off: off, Len: int64(len(p))}) {
		return 0, block.ErrBounds
	}
	ss, done := int64(d.SectorSize()), 0
	for done < len(p) {
		if s.left == 0 {
			s.off = true
			return done, ErrPower
		}
		s.left--
		at := off + int64(done)
		n := min(int(ss-at%ss), len(p)-done)
		data := bytes.Clone(p[done : done+n])
		copy(d.now[at:], data)
		d.pending = append(d.pending, Written{Off: at, Data: data})
		done += n
	}
	return done, nil
}

// Flush makes everything written to this disk safe.
func (d *Powered) Flush() error {
	d.supply.mu.Lock()
	defer d.supply.mu.Unlock()
	if d.supply.off {
		return ErrPower
	}
	for _, w := range d.pending {
		copy(d.base.Bytes()[w.Off:], w.Data)
	}
	d.pending = nil
	return nil
}
