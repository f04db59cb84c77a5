package journal

import (
	"crypto/sha256"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
)

// body is the part of the record that is written once: all that is needed to
// free what the journal took, without its payload.
type body struct {
	home      int // index of the disk with record and payload, or OnFile
	disks     []diskID
	extents   []block.Range // payload, on the home device, whole blocks
	marks     []held        // bits that reserve the extents
	streams   []stream      // where streams go
	reserved  []held        // bits that reserve the streams
	witnesses []witness
	sectors   []markSector // those that hold marks
}

// markSector is a sector with bits that the journal holds: its hash with these
// bits idle, before and after the transaction. Not every system that takes or
// frees clusters leaves a witness (ntfs-3g does not touch a clean log), but it
// changes this sector; and bits that are held in part are not the journal's.
type markSector struct {
	disk          int
	off           int64
	before, after shortSum
}

// shortSum are the first bytes of a SHA-256. There are many sectors of marks
// and little room; it has to tell accidents, not forgeries.
type shortSum [8]byte

func sumShort(p []byte) shortSum {
	sum := sha256.Sum256(p)
	return shortSum(sum[:len(shortSum{})])
}

// diskID is what a disk is known by.
type diskID struct {
	name, model, serial string
	size                int64
	sector              int
}

type stream struct {
	disk int
	block.Range
}

// witness is one hash over ranges of a disk: before the transaction, and after
// it (they differ where the transaction changes the ranges itself).
type witness struct {
	disk          int
	identity      bool // of the disk; else of a volume
	ranges        []block.Range
	before, after [32]byte
}

func (b body) encode() ([]byte, error) {
	w := &writer{}
	w.u16(uint16(b.home)) // OnFile is FFFF
	w.u32(uint32(len(b.disks)))
	for _, d := range b.disks {
		w.str(d.name)
		w.str(d.model)
		w.str(d.serial)
		w.i64(d.size)
		w.u32(uint32(d.sector))
	}
	w.extents(b.extents)
	w.helds(b.marks)
	w.u32(uint32(len(b.streams)))
	for _, s := range b.streams {
		w.u16(uint16(s.disk))
		w.extent(s.Range)
	}
	w.helds(b.reserved)
	w.u32(uint32(len(b.witnesses)))
	for _, x := range b.witnesses {
		w.u16(uint16(x.disk))
		flags := uint8(0)
		if x.identity {
			flags |= 1
		}
		if x.before != x.after {
			flags |= 2
		}
		w.u8(flags)
		w.extents(x.ranges)
		w.raw(x.before[:])
		if flags&2 != 0 {
			w.raw(x.after[:])
		}
	}
	w.u32(uint32(len(b.sectors)))
	for _, x := range b.sectors {
		w.u16(uint16(x.disk))
		w.i64(x.off)
		w.raw(x.before[:])
		w.raw(x.after[:])
	}
	if room := BlockSize - headerSize; len(w.p) > room {
		return nil, fmt.Errorf("record of %d bytes, room for %d: %d extents, %d marks, %d streams, %d witnesses: %w",
			len(w.p), room, len(b.extents), len(b.marks)+len(b.reserved), len(b.streams), len(b.witnesses), ErrNoSpace)
	}
	return w.p, nil
}

func decodeBody(p []byte) (body, error) {
	r := &reader{p: p}
	b := body{home: int(int16(r.u16()))}
	for range r.count(15) {
		b.disks = append(b.disks, diskID{r.str(), r.str(), r.str(), r.i64(), int(r.u32())})
	}
	b.extents = r.extents()
	b.marks = r.helds()
	for range r.count(18) {
		b.streams = append(b.streams, stream{int(r.u16()), r.extent()})
	}
	b.reserved = r.helds()
	for range r.count(39) {
		x := witness{disk: int(r.u16())}
		flags := r.u8()
		x.identity = flags&1 != 0
		x.ranges = r.extents()
		x.before = r.sum()
		x.after = x.before
		if flags&2 != 0 {
			x.after = r.sum()
		}
		b.witnesses = append(b.witnesses, x)
	}
	for range r.count(26) {
		b.sectors = append(b.sectors, markSector{int(r.u16()), r.i64(), r.short(), r.short()})
	}
	if err := r.end(); err != nil {
		return body{}, err
	}
	return b, b.check()
}

// check makes all indexes and ranges of a body safe to use; the sizes are
// those that it claims for the disks.
func (b body) check() error {
	bad := func(what string, v any) error { return fmt.Errorf("%s %v: %w", what, v, ErrDamaged) }
	if b.home < OnFile || b.home >= len(b.disks) {
		return bad("home on disk", b.home)
	}
	for _, d := range b.disks {
		if d.size <= 0 || d.sector < headerSize || d.sector > BlockSize || d.sector&(d.sector-1) != 0 {
			return bad("disk", d)
		}
	}
	on := func(disk int, r block.Range) bool {
		return disk < len(b.disks) && r.Len > 0 && (block.Range{Len: b.disks[disk].size}).Contains(r)
	}
	for _, e := range b.extents {
		if e != trim(e) || b.home != OnFile && !on(b.home, e) {
			return bad("extent", e)
		}
	}
	for _, x := range b.sectors {
		if x.disk >= len(b.disks) || x.off%int64(b.disks[x.disk].sector) != 0 || x.off < 0 || x.off >= b.disks[x.disk].size {
			return bad("sector of marks", x.off)
		}
	}
	for _, s := range b.streams {
		if !on(s.disk, s.Range) {
			return bad("stream", s.Range)
		}
	}
	for _, list := range [][]held{b.marks, b.reserved} {
		if err := checkHeld(list, b.disks); err != nil {
			return err
		}
	}
	for _, x := range b.witnesses {
		if x.disk >= len(b.disks) || len(x.ranges) == 0 {
			return bad("witness on disk", x.disk)
		}
		for _, r := range x.ranges {
			if !on(x.disk, r) || r.Len > maxWitness {
				return bad("witness", r)
			}
		}
	}
	return nil
}

// maxWitness bounds what is hashed at once.
const maxWitness = 1 << 20

func checkHeld(list []held, disks []diskID) error {
	for _, h := range list {
		if h.disk >= len(disks) || h.check(disks[h.disk].size) != nil {
			return fmt.Errorf("bits %d+%d at %#x of disk %d: %w", h.First, h.Count, h.Off, h.disk, ErrDamaged)
		}
	}
	return nil
}
