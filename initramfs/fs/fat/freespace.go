package fat

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// Bits is a run of bits: bit 0 is the lowest of the byte Off of the volume, bit
// 8 the lowest of the next. The entries of clusters that follow each other are
// one run in any FAT.
type Bits struct {
	Off          int64
	First, Count uint32
}

// FreeExtent is a run of free clusters, and their entries in each FAT that is in
// use. All bits of these are 0; with all of them 1 each cluster is the end of
// a chain that belongs to nothing: in use, for everybody. Offsets are bytes of
// the volume.
type FreeExtent struct {
	Range   block.Range
	Entries []Bits
}

// FreeSpace finds at least n bytes of free clusters, as usable counts them,
// whose entries lie in as few sectors of the FAT as possible. Clusters that
// hold only zeros are preferred: using them destroys nothing, not even deleted
// files that somebody may still want back. Nothing is written.
func (v *Volume) FreeSpace(n int64, usable func([]FreeExtent) int64) ([]FreeExtent, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	o := v.begin()
	b := v.boot
	perSector := max(Cluster(int64(b.BytesPerSector)*8/b.entryBits()), 1)
	budget := int64(maxZeroScan)
	for sectors := Cluster(1); sectors <= 64; sectors *= 4 {
		var second []FreeExtent
		// From the end: Windows fills a volume from its start.
		for at := b.last() / (sectors * perSector); ; at-- {
			from, to := max(2, at*sectors*perSector), min(b.last()+1, (at+1)*sectors*perSector)
			all, zero, err := o.freeIn(from, to, n, usable, &budget)
			switch {
			case err != nil:
				return nil, err
			case zero != nil:
				return zero, nil
			case second == nil:
				second = all
			}
			if at == 0 || second != nil && budget <= 0 {
				break
			}
		}
		if second != nil {
			return second, nil
		}
	}
	return nil, fmt.Errorf("%d bytes of free clusters beside each other: %w", n, fs.ErrNoSpace)
}

// FreeIn lists the free clusters that lie whole in a range of the volume. On the
// volume before a change it tells what of a new file lies in space that nobody
// had: such content can be written before everything else.
func (v *Volume) FreeIn(r block.Range) ([]FreeExtent, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	o, b := v.begin(), v.boot
	data := b.clusterOffset(2)
	first := Cluster((max(r.Off-data, 0)+b.clusterSize()-1)/b.clusterSize()) + 2
	var runs []run
	for c := first; b.valid(c) && b.clusterOffset(c)+b.clusterSize() <= r.End(); c++ {
		free, err := o.freeInAll(c)
		if err != nil {
			return nil, err
		}
		if free {
			runs = appendCluster(runs, c)
		}
	}
	return o.freeExtents(runs), nil
}

// freeIn looks at the clusters from to to-1; all and zero are nil when there
// are not enough.
func (o *op) freeIn(from, to Cluster, n int64, usable func([]FreeExtent) int64, budget *int64) (all, zero []FreeExtent, err error) {
	var runs []run
	for c := from; c < to; c++ {
		free, err := o.freeInAll(c)
		if err != nil {
			return nil, nil, err
		}
		if free {
			runs = appendCluster(runs, c)
		}
	}
	if all = o.freeExtents(runs); usable(all) < n {
		return nil, nil, nil
	}
	if runs, err = o.onlyZero(runs, budget); err != nil {
		return nil, nil, err
	}
	if zero = o.freeExtents(runs); usable(zero) < n {
		zero = nil
	}
	return all, zero, nil
}

// freeInAll reports whether cluster c is free, its reserved bits are 0, and all
// FATs say so.
func (o *op) freeInAll(c Cluster) (bool, error) {
	if v, err := o.get(c); v != 0 || err != nil {
		return false, err
	}
	p, i, err := o.page(c)
	if err != nil || o.v.boot.Kind == fs.FAT32 && le.Uint32(p.b[i:]) != 0 {
		return false, err
	}
	return o.compare(p)
}

// maxZeroScan bounds how much is read in one search for zeros.
const maxZeroScan = 64 << 20

// onlyZero keeps the clusters that hold nothing but zeros, as far as budget
// bytes of reading go.
func (o *op) onlyZero(runs []run, budget *int64) (zero []run, err error) {
	buf := make([]byte, o.v.boot.clusterSize())
	for _, r := range runs {
		for c := r.first; c < r.end() && *budget > 0; c++ {
			if err := o.v.read(buf, o.v.boot.clusterOffset(c)); err != nil {
				return nil, err
			}
			*budget -= int64(len(buf))
			if isZero(buf) {
				zero = appendCluster(zero, c)
			}
		}
	}
	return zero, nil
}

func isZero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}

func (o *op) freeExtents(runs []run) (all []FreeExtent) {
	b := o.v.boot
	for _, r := range runs {
		e := FreeExtent{Range: block.Range{Off: b.clusterOffset(r.first), Len: r.n * b.clusterSize()}}
		bit := int64(r.first) * b.entryBits()
		for k := range b.FATs {
			if b.Mirrored || k == b.ActiveFAT {
				e.Entries = append(e.Entries, Bits{b.fatOffset(k) + bit/8, uint32(bit % 8), uint32(r.n * b.entryBits())})
			}
		}
		all = append(all, e)
	}
	return all
}

// entryBits is the size of an entry of the FAT.
func (s *BootSector) entryBits() int64 {
	switch s.Kind {
	case fs.FAT12:
		return 12
	case fs.FAT16:
		return 16
	}
	return 32
}

// Flag is a bit by which an operating system knows a volume that was not
// dismounted in order.
type Flag struct {
	Off     int64 // byte of the volume
	Bit     uint8
	IsClean bool // 1 says "clean"; otherwise 1 says "dirty"
}

// DirtyFlags are the bit of Windows NT and later in the boot sector and, but
// on FAT12, those of Windows 95 in the second entry of each FAT that is in use,
// which Windows NT keeps as well.
func (v *Volume) DirtyFlags() []Flag {
	b := v.boot
	flags := []Flag{{Off: b.dirtyByte()}}
	off, bit := int64(3), uint8(7) // bit 15 of the entry of 16 bits at 2
	switch b.Kind {
	case fs.FAT12:
		return flags
	case fs.FAT32:
		off, bit = 7, 3 // bit 27 of the entry of 32 bits at 4
	}
	for k := range b.FATs {
		if b.Mirrored || k == b.ActiveFAT {
			flags = append(flags, Flag{b.fatOffset(k) + off, bit, true})
		}
	}
	return flags
}
