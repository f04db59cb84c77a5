package check

import (
	"bytes"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
)

// guard looks for what changed of a volume although the transaction is not
// about it.
type guard struct {
	before, after *holder
	r             *Report
}

// Within finds what differs in ranges of the volume after although the
// transaction is not about it: clusters that were allocated before, entries of
// the FAT and of directories, and everything outside of the data area have to
// belong to the files of the transaction, to the directories that hold them, or
// to the count of free clusters in FSInfo. What does not is a Problem of the
// kinds ForeignSector, ForeignFAT, ForeignCluster and ForeignEntry.
//
// Whether the structures are sound is for Volume to say, whether a file has the
// content that it is to have for who wrote it. The error is that of a Device, or
// wraps fs.ErrUnsupported.
func Within(before, after block.Device, ranges []block.Range, about scope.Scope) (*Report, error) {
	g := &guard{r: &Report{}}
	var sides [2]*holder
	for i, dev := range []block.Device{scope.View{Device: before, After: after, Announced: about.Announced}, after} {
		c, _, err := openVolume(dev)
		if err != nil {
			return g.r, err
		}
		if c.boot == nil || i > 0 && (c.first != sides[0].first || c.data != sides[0].data || c.cluster != sides[0].cluster || c.last != sides[0].last) {
			g.bad(ForeignSector, "", "the volume %s cannot be compared", [...]string{"before", "after"}[i])
			return g.r, nil
		}
		sides[i] = newHolder(c)
		names := about.Before()
		if i > 0 {
			names = about.After()
		}
		if err := sides[i].grantAll(names); err != nil {
			return g.r, err
		}
	}
	g.before, g.after = sides[0], sides[1]
	for _, r := range ranges {
		if err := g.changed(r); err != nil {
			return g.r, err
		}
	}
	if err := g.entries(); err != nil {
		return g.r, err
	}
	g.moved()
	return g.r, nil
}

func (g *guard) bad(kind Kind, path, format string, args ...any) {
	(&checker{r: g.r}).bad(kind, path, format, args...)
}

// changed judges one range, piece by piece: what lies outside of the data area
// in sectors, and that in clusters.
func (g *guard) changed(r block.Range) error {
	c := g.before.checker
	for off := r.Off; off < r.End(); {
		end := min(r.End(), off/c.sector*c.sector+c.sector)
		lcn := uint32(0)
		if off >= c.data {
			n := (off - c.data) / c.cluster
			end = min(r.End(), c.data+(n+1)*c.cluster)
			lcn = uint32(min(n+2, int64(c.last)+1))
		}
		if err := g.piece(block.Range{Off: off, Len: end - off}, lcn); err != nil {
			return err
		}
		off = end
	}
	return nil
}

func (g *guard) piece(at block.Range, n uint32) error {
	c := g.before.checker
	if n >= 2 && n <= c.last {
		v, err := c.entry(n)
		if err != nil || v == 0 {
			return err // it was free
		}
	}
	x, err := c.read(at.Off, at.Len)
	if err != nil {
		return err
	}
	y, err := g.after.read(at.Off, at.Len)
	if err != nil || bytes.Equal(x, y) {
		return err
	}
	switch {
	case n > c.last:
		g.bad(ForeignSector, "", "behind the last cluster, at %#x", at.Off)
	case n >= 2:
		g.data(n, at.Off+int64(firstDifference(x, y)))
	case at.Off < c.first:
		g.reserved(at.Off, x, y)
	case at.Off < c.first+int64(c.boot.FATs)*c.size:
		return g.table(at.Off, x, y)
	}
	return nil // the root directory of FAT12 and FAT16, whose entries are compared
}

func firstDifference(a, b []byte) int {
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return len(a)
}

// data judges a cluster that was allocated before.
func (g *guard) data(n uint32, off int64) {
	was, is := g.before.owner(n), g.after.owner(n)
	switch {
	case was == nil:
		g.bad(ForeignCluster, "", "cluster %#x changed, at %#x; the transaction is about nothing that it held", n, off)
	case was.dir: // its entries are compared
	case !was.content:
		g.bad(ForeignCluster, was.path, "cluster %#x changed, at %#x; only the name was to change", n, off)
	case is != nil && !is.content && !is.dir && is.first == was.first:
		g.bad(ForeignCluster, is.path, "cluster %#x changed, at %#x; its content was not to change", n, off)
	}
}

// reserved: before the FATs only the two numbers in FSInfo change.
func (g *guard) reserved(off int64, x, y []byte) {
	const free, end = 0x1e8, 0x1f0
	info := int64(g.before.boot.FSInfo) * g.before.sector
	for i := range x {
		at := off + int64(i)
		if x[i] != y[i] && (info == 0 || at < info+free || at >= info+end) {
			g.bad(ForeignSector, "", "at %#x, before the FATs", at)
			return
		}
	}
}

// table judges a part of a FAT that differs.
func (g *guard) table(off int64, x, y []byte) error {
	c := g.before.checker
	k := int((off - c.first) / c.size)
	off -= c.first + int64(k)*c.size // in that FAT
	if k != c.boot.ActiveFAT {
		own, err := g.after.read(c.fat+off, int64(len(y)))
		if err != nil {
			return err
		}
		if !c.boot.Mirrored || !bytes.Equal(own, y) {
			g.bad(ForeignFAT, "", "FAT %d, at %#x; it is not what FAT %d says", k, off, c.boot.ActiveFAT)
		}
		return nil
	}
	from, to := off+int64(firstDifference(x, y)), off+int64(len(x)) // bytes
	bits := c.bits()
	for n := uint32(from * 8 / bits); int64(n)*bits < to*8; n++ {
		if err := g.link(n); err != nil {
			return err
		}
	}
	return nil
}

// link judges one entry of the FAT.
func (g *guard) link(n uint32) error {
	c := g.before.checker
	if end := (int64(n)+1)*c.bits() + 7; end/8 > c.size {
		return nil // half an entry behind the last one
	}
	x, err := c.rawEntry(n)
	if err != nil {
		return err
	}
	y, err := g.after.rawEntry(n)
	if err != nil || x == y {
		return err
	}
	const value = 0x0fffffff // FAT32 has four bits that are not its own
	was, is := g.before.owner(n), g.after.owner(n)
	switch {
	case n < 2 || n > c.last:
		g.bad(ForeignFAT, "", "entry %#x, which is of no cluster: %#x, it was %#x", n, y, x)
	case x&value == y&value:
		g.bad(ForeignFAT, "", "entry %#x: the bits that are reserved changed, %#x to %#x", n, x, y)
	case x&value != 0 && (was == nil || !was.content && !was.dir):
		g.bad(ForeignFAT, "", "entry %#x: %#x, it was %#x, of a file that the transaction does not lengthen, cut or remove", n, y, x)
	case y&value != 0 && is == nil:
		g.bad(ForeignFAT, "", "entry %#x: %#x, it was %#x; the transaction is about no file that got it", n, y, x)
	}
	return nil
}

// entries: of the directories that may change, the entries of other files are
// what they were. One that was removed had none.
func (g *guard) entries() error {
	for _, old := range g.before.dirs {
		now, err := g.after.still(old)
		if err != nil {
			return err
		}
		for key, x := range old.items {
			if y, ok := now[key]; (!ok || !x.same(y)) && !x.granted && !(ok && y.granted) {
				g.bad(ForeignEntry, old.path, "the entry %q changed; the transaction is not about it", key)
			}
		}
		for key, y := range now {
			if _, ok := old.items[key]; !ok && !y.granted {
				g.bad(ForeignEntry, old.path, "an entry %q came; the transaction is not about it", key)
			}
		}
	}
	return nil
}

// moved: a file of which only the name changes keeps its clusters and its size.
func (g *guard) moved() {
	size := map[uint32]uint32{}
	for _, o := range g.after.files {
		size[o.first] = o.size
	}
	for _, o := range g.before.files {
		if n, ok := size[o.first]; !o.content && !o.dir && o.first != 0 && (!ok || n != o.size) {
			g.bad(ForeignEntry, o.path, "%d bytes from cluster %#x on, they are now %d; only the name was to change", o.size, o.first, n)
		}
	}
}

func sortRuns(runs []chainRun) {
	slices.SortFunc(runs, func(a, b chainRun) int { return int(int64(a.first) - int64(b.first)) })
}
