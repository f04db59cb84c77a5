package check

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
)

// names compares the names of files with the entries of directories, where
// either changed.
func (t *touched) names() error {
	verify := map[int64]bool{}
	for no := range t.records {
		verify[no] = true
	}
	for no := range t.files {
		verify[no] = true
	}
	for d, e := range t.after.entries {
		if _, ok := t.before.entries[d]; !ok {
			verify[e.ref.number()] = true
		}
	}
	for d, e := range t.before.entries {
		if _, ok := t.after.entries[d]; !ok {
			verify[e.ref.number()] = true
		}
	}
	for _, no := range slices.Sorted(maps.Keys(verify)) {
		if err := t.verify(no); err != nil {
			return err
		}
	}
	return t.changedEntries(verify)
}

// verify looks for the entries of all names that a file has, and for what is
// left of those that it had.
func (t *touched) verify(no int64) error {
	c := t.after.checker
	if err := t.verifyOld(no); err != nil {
		return err
	}
	f := t.after.bases[no]
	if f == nil {
		r, err := c.quietRecord(no)
		if err != nil || r == nil || !r.inUse() || r.base != 0 {
			return err
		}
		if f, err = c.reload(no); err != nil {
			return err
		}
		c.names(f) // its link count was not looked at yet
	}
	for _, n := range c.quietNames(f) {
		if err := c.checkEntry(f.base, n); err != nil {
			return err
		}
	}
	return nil
}

func (t *touched) verifyOld(no int64) error {
	old := t.before.bases[no]
	if old == nil {
		return nil
	}
	c := t.after.checker
	for _, n := range t.before.quietNames(old) {
		dir, _, err := c.referenced(n.parent)
		if err != nil {
			return err
		}
		if dir == nil || dir.base != 0 {
			continue
		}
		f, err := c.reload(dir.no)
		if err != nil || f == nil {
			return err
		}
		x, err := c.quietIndex(f)
		if err != nil {
			return err
		}
		if x == nil {
			continue
		}
		var found []entry
		if err := x.lookup(x.root, n, 0, func(e entry) { found = append(found, e) }); err != nil {
			return err
		}
		for _, e := range found {
			if e.place, e.off = "$I30", -1; e.ref.number() != no {
				continue
			}
			if err := c.checkName(x, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// changedEntries looks for the names of the entries that lead to files of
// which something changed.
func (t *touched) changedEntries(verify map[int64]bool) error {
	c := t.after.checker
	dirs := map[int64]bool{}
	for _, e := range t.after.entries {
		if verify[e.ref.number()] {
			dirs[e.dir] = true
		}
	}
	for _, no := range slices.Sorted(maps.Keys(dirs)) {
		err := c.eachEntry(t.after.bases[no], func(x *tree, e entry) error {
			if !verify[e.ref.number()] {
				return nil
			}
			return c.checkName(x, e)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// recordBits: the bit of every touched record, and every bit that changed, is
// as the in-use flag says.
func (t *touched) recordBits() error {
	a, err := t.after.mftBitmap()
	if err != nil {
		return err
	}
	b, err := t.before.mftBitmap()
	if err != nil {
		return err
	}
	look := maps.Clone(t.records)
	for i := range a {
		if x := a[i] ^ at(b, i); x != 0 {
			for k := range int64(8) {
				if x>>k&1 != 0 {
					look[int64(i)*8+k] = true
				}
			}
		}
	}
	for _, no := range slices.Sorted(maps.Keys(look)) {
		marked := bit(a, no)
		if no >= t.after.records {
			if marked {
				t.after.bad(MFTBitmap, no, "$MFT's $BITMAP", int(no/8), "no bit behind the last record", "one")
			}
			continue
		}
		r, err := t.after.quietRecord(no)
		if err != nil {
			return err
		}
		if r == nil {
			if marked {
				_, err = t.after.record(no, true) // notes what is wrong
			}
		} else if r.inUse() != marked {
			t.after.bad(MFTBitmap, no, "$MFT's $BITMAP", int(no/8), fmt.Sprintf("bit %d: %v, as the record's in-use flag", no, r.inUse()), "%v", marked)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func at(b []byte, i int) byte {
	if i < len(b) {
		return b[i]
	}
	return 0
}

// bitReader reads single bits of $Bitmap, one page at a time.
type bitReader struct {
	c    *checker
	s    *stream
	at   int64
	page []byte
}

func (r *bitReader) marked(lcn int64) (bool, error) {
	if want := lcn / 8 &^ 4095; r.page == nil || r.at != want {
		r.page, r.at = make([]byte, 4096), want
		if err := r.s.readAt(r.c, r.page, want); err != nil {
			return false, err
		}
	}
	return r.page[lcn/8-r.at]>>(lcn%8)&1 != 0, nil
}

// clusterBits compares the change of $Bitmap with the change of the run lists.
func (t *touched) clusterBits(ranges []block.Range) error {
	a, err := t.after.volumeBitmap()
	if err != nil || a == nil {
		return err
	}
	b, err := t.before.volumeBitmap()
	if err != nil || b == nil {
		return err
	}
	d := &bitDelta{touched: t, a: bitReader{c: t.after.checker, s: a}, b: bitReader{c: t.before.checker, s: b}}
	for _, s := range t.after.shared {
		t.after.bad(ClusterShared, NoRecord, s.String(), -1, "one owner among the touched files", "more")
	}
	var lcns bitset
	lcns.union(&t.after.claimed)
	lcns.union(&t.before.claimed)
	for _, r := range ranges {
		t.after.bitsIn(a, r, &lcns)
	}
	return lcns.sorted(d.judge)
}

// bitsIn adds the clusters whose bits lie in r.
func (c *checker) bitsIn(s *stream, r block.Range, into *bitset) {
	for _, u := range s.runs {
		if u.lcn == hole {
			continue
		}
		start := int64(u.lcn) * c.clusterSize
		from, to := max(r.Off, start), min(r.End(), start+u.n*c.clusterSize)
		if from < to {
			first := (int64(u.vcn)*c.clusterSize + from - start) * 8
			into.setRange(first, max(0, min((to-from)*8, c.clusters-first)), func(int64, int64) {})
		}
	}
}

// bitDelta judges single clusters.
type bitDelta struct {
	*touched
	a, b bitReader
}

func (d *bitDelta) judge(lcn int64) error {
	is, err := d.a.marked(lcn)
	if err != nil {
		return err
	}
	was, err := d.b.marked(lcn)
	if err != nil {
		return err
	}
	owned, had := d.after.claimed.has(lcn), d.before.claimed.has(lcn)
	place := clusterRange{lcn, 1}.String()
	c := d.after
	switch {
	case owned && !is:
		if had && !was {
			d.before.bad(ClusterFree, NoRecord, place, -1, "marked in $Bitmap, as it is in a run list", "free")
		}
		c.bad(ClusterFree, NoRecord, place, -1, "marked in $Bitmap, as it is in a run list", "free")
	case owned && !had && was:
		c.bad(ClusterShared, NoRecord, place, -1, "a cluster that was free before", "it was marked, so that another file may own it")
	case had && !owned && is:
		c.bad(ClusterLost, NoRecord, place, -1, "free in $Bitmap, as no run list holds it any more", "marked")
	case is != was && !owned && !had:
		c.bad(Unexplained, NoRecord, place, -1, fmt.Sprintf("in $Bitmap as before (%v): no touched run list holds it", was), "%v", is)
	}
	return nil
}

// loops follows the touched directories up to the root.
func (t *touched) loops() error {
	c := t.after.checker
	for _, no := range slices.Sorted(maps.Keys(t.after.bases)) {
		f := t.after.bases[no]
		if !f.base.isDir() || no < firstUserRecord {
			continue
		}
		at := no
		for depth := 0; at != rootRecord; depth++ {
			up, err := c.reload(at)
			if err != nil {
				return err
			}
			if up == nil {
				break // noted as its parent
			}
			names := c.quietNames(up)
			if len(names) == 0 {
				break
			}
			if at = names[0].parent.number(); depth > 4096 {
				c.bad(DirectoryLoop, no, "$FILE_NAME", -1, "a way up to the root directory", "more than %d directories", depth)
				break
			}
		}
	}
	return nil
}
