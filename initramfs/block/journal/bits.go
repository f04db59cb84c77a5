package journal

import (
	"bytes"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Bits is a run of bits on a disk that the journal holds for a while: clusters
// in a bitmap, entries of a FAT, the dirty flag of a volume.
//
// Bit 0 is the lowest bit of the byte at Off, bit 8 the lowest of the next. So
// a run of clusters in $Bitmap is one run of bits, and so is an entry of any
// FAT. The run may cross sectors.
type Bits struct {
	Off   int64  // byte on the disk
	First uint32 // first bit, counted from Off
	Count uint32
	// HeldIsZero: the bits are 1 while idle and 0 while held, like the flag
	// "clean" of a FAT. Otherwise it is the other way round.
	HeldIsZero bool
}

// maxBits bounds one run: 2^26 bits are the bitmap of 256 GiB in 4 KiB
// clusters.
const maxBits = 1 << 26

// Range are the bytes that hold the run.
func (b Bits) Range() block.Range {
	first := b.Off + int64(b.First/8)
	end := b.Off + (int64(b.First)+int64(b.Count)+7)/8
	return block.Range{Off: first, Len: end - first}
}

func (b Bits) check(size int64) error {
	if b.Count == 0 || b.Count > maxBits || b.First > maxBits || b.Off < 0 || !(block.Range{Len: size}).Contains(b.Range()) {
		return fmt.Errorf("bits %d+%d at %#x: %w", b.First, b.Count, b.Off, ErrInvalid)
	}
	return nil
}

// mask gives the bits of the run in the byte at off.
func (b Bits) mask(off int64) byte {
	lo := int64(b.First) - (off-b.Off)*8 // relative to this byte
	hi := lo + int64(b.Count)
	if lo >= 8 || hi <= 0 {
		return 0
	}
	return byte(0xFF<<max(lo, 0)) & byte(0xFF>>(8-min(hi, 8)))
}

// put lays the run over p, the bytes of the disk at off.
func (b Bits) put(p []byte, off int64, held bool) {
	r := b.Range()
	for at := max(r.Off, off); at < min(r.End(), off+int64(len(p))); at++ {
		if held != b.HeldIsZero {
			p[at-off] |= b.mask(at)
		} else {
			p[at-off] &^= b.mask(at)
		}
	}
}

// state reports whether all and whether none of the bits in p are held.
func (b Bits) state(p []byte, off int64) (all, none bool) {
	all, none = true, true
	r := b.Range()
	for at := max(r.Off, off); at < min(r.End(), off+int64(len(p))); at++ {
		m := b.mask(at)
		v := p[at-off] & m
		if b.HeldIsZero {
			v ^= m
		}
		all = all && v == m
		none = none && v == 0
	}
	return all, none
}

// held is a run on one of the disks.
type held struct {
	disk int
	Bits
}

// putAll lays every run that meets p over it.
func putAll(list []held, p []byte, disk int, off int64, on bool) {
	for _, h := range list {
		if h.disk == disk {
			h.put(p, off, on)
		}
	}
}

// setBits brings all runs into one state on the disks. Each sector is written
// once, and only if it changes.
func (w *work) setBits(list []held, on bool) error {
	type key struct {
		disk int
		off  int64
	}
	sectors, order := map[key][]byte{}, []key{}
	for _, h := range list {
		err := w.eachSector(h.disk, h.Range(), func(p []byte, off int64) error {
			k := key{h.disk, off}
			if sectors[k] == nil {
				sectors[k], order = p, append(order, k)
			}
			h.put(sectors[k], off, on)
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, k := range order {
		now := make([]byte, len(sectors[k]))
		if err := w.read(k.disk, now, k.off); err != nil {
			return err
		}
		if bytes.Equal(now, sectors[k]) {
			continue
		}
		if err := w.write(k.disk, sectors[k], k.off); err != nil {
			return err
		}
	}
	return nil
}

// bitsState reports whether all and whether none of the runs are held.
func (w *work) bitsState(list []held) (all, none bool, err error) {
	all, none = true, true
	for _, h := range list {
		err := w.eachSector(h.disk, h.Range(), func(p []byte, off int64) error {
			a, n := h.state(p, off)
			all, none = all && a, none && n
			return nil
		})
		if err != nil {
			return false, false, err
		}
	}
	return all, none, nil
}

// eachSector reads the sectors that hold r one after the other.
func (w *work) eachSector(disk int, r block.Range, do func(p []byte, off int64) error) error {
	dev := w.devs[disk]
	ss := int64(dev.SectorSize())
	for off := r.Off - r.Off%ss; off < r.End(); off += ss {
		p := make([]byte, min(ss, dev.Size()-off))
		if err := w.read(disk, p, off); err != nil {
			return err
		}
		if err := do(p, off); err != nil {
			return err
		}
	}
	return nil
}
