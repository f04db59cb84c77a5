package fat

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// Of the FAT, pages are held while an operation lasts: pageSize bytes each, at
// most maxClean of those that it does not change. The FAT of FAT12, where
// entries straddle sectors, is one page.
const (
	pageSize = 4096
	maxClean = 256
)

// page is a part of the active FAT.
type page struct {
	off      int64  // bytes from the start of the FAT
	b        []byte // as it shall be
	disk     []byte // as it is on the volume; nil: not changed
	compared bool   // the other FATs say the same
}

// entryOffset is where the entry of cluster n starts in a FAT, in bytes.
func (s *BootSector) entryOffset(n Cluster) int64 {
	switch s.Kind {
	case fs.FAT12:
		return int64(n) * 3 / 2
	case fs.FAT16:
		return int64(n) * 2
	}
	return int64(n) * 4
}

// pageRange is the page that holds byte off of a FAT.
func (s *BootSector) pageRange(off int64) (start, size int64) {
	if s.Kind == fs.FAT12 {
		return 0, min(s.fatBytes(), (s.entryOffset(s.last())+2+511)&^511)
	}
	start = off &^ (pageSize - 1)
	return start, min(pageSize, s.fatBytes()-start)
}

func (o *op) page(n Cluster) (*page, int64, error) {
	off := o.v.boot.entryOffset(n)
	start, size := o.v.boot.pageRange(off)
	if p := o.pages[start]; p != nil {
		return p, off - start, nil
	}
	for k, p := range o.pages {
		if len(o.pages) < maxClean {
			break
		}
		if p.disk == nil {
			delete(o.pages, k)
		}
	}
	p := &page{off: start, b: make([]byte, size)}
	if err := o.v.read(p.b, o.v.boot.fatOffset(o.v.boot.ActiveFAT)+start); err != nil {
		return nil, 0, fmt.Errorf("FAT: %w", err)
	}
	o.pages[start] = p
	return p, off - start, nil
}

// get reads the FAT entry of cluster n; of FAT32 without the four bits that
// are reserved.
func (o *op) get(n Cluster) (uint32, error) {
	p, i, err := o.page(n)
	if err != nil {
		return 0, err
	}
	switch o.v.boot.Kind {
	case fs.FAT12:
		w := uint32(le.Uint16(p.b[i:]))
		if n%2 == 1 {
			return w >> 4, nil
		}
		return w & 0xfff, nil
	case fs.FAT16:
		return uint32(le.Uint16(p.b[i:])), nil
	}
	return le.Uint32(p.b[i:]) & 0x0fffffff, nil
}

// set changes the FAT entry of cluster n in memory; flushFAT writes it.
func (o *op) set(n Cluster, to uint32) error {
	p, i, err := o.pageForChange(n)
	if err != nil {
		return err
	}
	if p.disk == nil {
		p.disk = bytes.Clone(p.b)
	}
	switch o.v.boot.Kind {
	case fs.FAT12:
		w := le.Uint16(p.b[i:])
		if n%2 == 1 {
			w = w&0x000f | uint16(to<<4)
		} else {
			w = w&0xf000 | uint16(to&0xfff)
		}
		le.PutUint16(p.b[i:], w)
	case fs.FAT16:
		le.PutUint16(p.b[i:], uint16(to))
	default:
		le.PutUint32(p.b[i:], le.Uint32(p.b[i:])&0xf0000000|to&0x0fffffff)
	}
	return nil
}

// pageForChange also compares the page with the other FATs: where they differ
// nobody knows which is right, and nothing is changed.
func (o *op) pageForChange(n Cluster) (*page, int64, error) {
	p, i, err := o.page(n)
	if err != nil {
		return nil, 0, err
	}
	same, err := o.compare(p)
	if err == nil && !same {
		err = damaged("FAT", "its copies differ in the bytes %#x to %#x; let Windows run chkdsk", p.off, p.off+int64(len(p.b)))
	}
	return p, i, err
}

// compare reports whether all FATs that are in use have this page.
func (o *op) compare(p *page) (bool, error) {
	if p.compared || !o.v.boot.Mirrored {
		return true, nil
	}
	other := make([]byte, len(p.b))
	for k := 1; k < o.v.boot.FATs; k++ {
		if err := o.v.read(other, o.v.boot.fatOffset(k)+p.off); err != nil {
			return false, fmt.Errorf("FAT %d: %w", k, err)
		}
		if !bytes.Equal(other, p.b) {
			return false, nil
		}
	}
	p.compared = true
	return true, nil
}

// endMark ends a chain.
func (s *BootSector) endMark() uint32 {
	switch s.Kind {
	case fs.FAT12:
		return 0xfff
	case fs.FAT16:
		return 0xffff
	}
	return 0x0fffffff
}

// isEnd reports whether a FAT entry ends a chain: the mark itself, or one of
// the seven below it.
func (s *BootSector) isEnd(v uint32) bool { return v >= s.endMark()-7 }

// run is a row of clusters.
type run struct {
	first Cluster
	n     int64
}

func (r run) end() Cluster { return r.first + Cluster(r.n) }

func clusters(runs []run) (n int64) {
	for _, r := range runs {
		n += r.n
	}
	return n
}

func appendCluster(runs []run, c Cluster) []run {
	if k := len(runs) - 1; k >= 0 && runs[k].end() == c {
		runs[k].n++
		return runs
	}
	return append(runs, run{c, 1})
}

// maxRuns bounds the memory that one chain takes: 16 MiB.
const maxRuns = 1 << 20

// chain follows the chain from first on and stops after max clusters. A chain
// that leaves the volume, leads to a free or bad cluster or into itself is
// damaged; so is one of more than maxRuns pieces, which no one can have.
func (o *op) chain(what string, first Cluster, max int64) ([]run, error) {
	if !o.v.boot.valid(first) {
		return nil, damaged(what, "starts at cluster %#x, the volume has 2 to %#x", first, o.v.boot.last())
	}
	var runs []run
	// Brent's algorithm finds a loop soon after its second round, before
	// memory is full; what stops before that is looked at afterwards.
	mark, at, power := first, first, int64(1)
	for n := int64(1); n <= max; n++ {
		if runs = appendCluster(runs, at); len(runs) > maxRuns {
			return nil, damaged(what, "more than %d pieces", maxRuns)
		}
		v, err := o.get(at)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		if o.v.boot.isEnd(v) {
			break // without a loop
		}
		next := Cluster(v)
		if !o.v.boot.valid(next) || next == mark {
			return nil, damaged(what, "its chain leads from cluster %#x to %#x", at, next)
		}
		if at = next; n == power {
			mark, power = next, 2*power
		}
	}
	sorted := slices.SortedFunc(slices.Values(runs), func(a, b run) int { return cmp.Compare(a.first, b.first) })
	for i := range len(sorted) - 1 {
		if sorted[i].end() > sorted[i+1].first {
			return nil, damaged(what, "its chain passes cluster %#x twice", sorted[i+1].first)
		}
	}
	return runs, nil
}

// maxFile is the largest file: its size has 32 bits.
const maxFile = 1<<32 - 1

// wholeChain follows a chain to its end, which must come within limit bytes.
func (o *op) wholeChain(what string, first Cluster, limit int64) ([]run, error) {
	max := (limit + o.v.boot.clusterSize() - 1) / o.v.boot.clusterSize()
	runs, err := o.chain(what, first, max+1)
	if err == nil && clusters(runs) > max {
		err = damaged(what, "its chain has more than %d bytes", limit)
	}
	return runs, err
}
