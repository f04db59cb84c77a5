package ntfs

import (
	"fmt"
	"slices"
	"sort"
)

// attr is an attribute in memory, all parts of it together, to be changed and
// written again.
type attr struct {
	typ   attrType
	name  []uint16
	flags uint16
	raw   []byte // as it was read, when nothing changed and it has one part

	value   []byte // when resident
	indexed byte   // resident: the flag that an index refers to it

	nonRes     bool
	runs       []run
	size, init int64
	unit       byte // compression unit, an exponent of 2 in clusters
}

// loadAttr decodes the attribute that a record holds.
func loadAttr(a attribute, clusters int64, what string) (*attr, error) {
	x := &attr{typ: a.typ(), name: a.name(), flags: a.flags(), raw: slices.Clone(a.b)}
	if !a.nonResident() {
		x.value, x.indexed = slices.Clone(a.value()), a.b[0x16]
		return x, nil
	}
	x.nonRes, x.unit = true, a.b[0x22]
	x.size, x.init = a.dataSize(), a.initSize()
	var err error
	x.runs, err = decodeRuns(a.mappingPairs(), a.lowest(), a.next(), clusters, what)
	return x, err
}

// next is the VCN behind the last cluster.
func (a *attr) next() VCN {
	if len(a.runs) == 0 {
		return 0
	}
	return a.runs[len(a.runs)-1].end()
}

// behind is the cluster where the stream would go on without a gap, 0 when
// there is none.
func (a *attr) behind() LCN {
	if len(a.runs) == 0 || a.runs[len(a.runs)-1].lcn == hole {
		return 0
	}
	r := a.runs[len(a.runs)-1]
	return r.lcn + LCN(r.n)
}

// allocated is the allocated size in bytes, holes counted.
func (a *attr) allocated(clusterSize int64) int64 { return int64(a.next()) * clusterSize }

// onDisk is the size in bytes without holes.
func (a *attr) onDisk(clusterSize int64) int64 {
	var n int64
	for _, r := range a.runs {
		if r.lcn != hole {
			n += r.n * clusterSize
		}
	}
	return n
}

// addRuns appends runs and joins those that touch.
func (a *attr) addRuns(runs []run) {
	for _, r := range runs {
		if k := len(a.runs) - 1; k >= 0 && a.behind() == r.lcn && r.lcn > 0 {
			a.runs[k].n += r.n
			continue
		}
		a.runs = append(a.runs, r)
	}
}

// cutRuns drops the clusters from VCN end on and returns them.
func (a *attr) cutRuns(end VCN) (cut []run) {
	keep := a.runs[:0:0]
	for _, r := range a.runs {
		if r.vcn < end {
			k := r
			k.n = min(r.n, int64(end-r.vcn))
			keep = append(keep, k)
		}
		if r.end() > end {
			from := max(end, r.vcn)
			c := run{vcn: from, lcn: hole, n: int64(r.end() - from)}
			if r.lcn != hole {
				c.lcn = r.lcn + LCN(from-r.vcn)
			}
			cut = append(cut, c)
		}
	}
	a.runs = keep
	return cut
}

// eachPiece calls fn for the places of a range of a non-resident attribute.
func (c *change) eachPiece(a *attr, off, n int64, fn func(piece) error) error {
	cs := c.clusterSize
	for n > 0 {
		vcn := VCN(off / cs)
		i := sort.Search(len(a.runs), func(i int) bool { return a.runs[i].end() > vcn })
		if i == len(a.runs) || off < 0 {
			return damaged("attribute", off, "type %#x ends before it", uint32(a.typ))
		}
		r := a.runs[i]
		in := off - int64(r.vcn)*cs
		p := piece{off: off, n: min(n, r.n*cs-in), vol: -1}
		if r.lcn != hole {
			p.vol = int64(r.lcn)*cs + in
		}
		if err := fn(p); err != nil {
			return err
		}
		off, n = off+p.n, n-p.n
	}
	return nil
}

// readRuns reads allocated bytes of a non-resident attribute.
func (c *change) readRuns(a *attr, b []byte, off int64) error {
	return c.eachPiece(a, off, int64(len(b)), func(p piece) error {
		at := b[p.off-off : p.off-off+p.n]
		if p.vol < 0 {
			clear(at)
			return nil
		}
		if n, err := c.pages.ReadAt(at, p.vol); n < len(at) {
			return fmt.Errorf("volume at %#x: %w", p.vol, orDamaged(err))
		}
		return nil
	})
}

// writeRuns replaces allocated bytes of a non-resident attribute.
func (c *change) writeRuns(a *attr, b []byte, off int64) error {
	return c.eachPiece(a, off, int64(len(b)), func(p piece) error {
		if p.vol < 0 {
			return damaged("attribute", p.off, "type %#x has a hole where data has to be", uint32(a.typ))
		}
		_, err := c.pages.WriteAt(b[p.off-off:p.off-off+p.n], p.vol)
		return err
	})
}

// setValue replaces the content of a small attribute, resident or not. It
// stays what it is.
func (c *change) setValue(f *editFile, a *attr, b []byte) error {
	f.changed(a)
	if !a.nonRes {
		a.value = b
		return nil
	}
	if more := c.cover(int64(len(b))) - int64(a.next()); more > 0 {
		runs, err := c.allocateMeta(more, a.next(), a.behind())
		if err != nil {
			return err
		}
		a.addRuns(runs)
	}
	a.size, a.init = int64(len(b)), int64(len(b))
	return c.writeRuns(a, b, 0)
}

// valueOf reads the content of a small attribute.
func (c *change) valueOf(a *attr, limit int64) ([]byte, error) {
	if !a.nonRes {
		return slices.Clone(a.value), nil
	}
	if a.size > limit || a.size < 0 {
		return nil, damaged("attribute", 0, "type %#x of %d bytes, at most %d", uint32(a.typ), a.size, limit)
	}
	b := make([]byte, a.size)
	if err := c.readRuns(a, b[:min(a.size, a.init)], 0); err != nil {
		return nil, err
	}
	return b, nil
}

// makeNonResident moves the value of a resident attribute into clusters.
func (c *change) makeNonResident(f *editFile, a *attr) error {
	b := a.value
	runs, err := c.allocateMeta(c.cover(int64(len(b))), 0, 0)
	if err != nil {
		return err
	}
	a.nonRes, a.value, a.runs, a.indexed = true, nil, runs, 0
	a.size, a.init = int64(len(b)), int64(len(b))
	f.changed(a)
	padded := make([]byte, (len(b)+pageSize-1)/pageSize*pageSize)
	copy(padded, b)
	return c.writeRuns(a, padded, 0)
}
