package check

import (
	"bytes"
	"slices"
	"sort"

	"github.com/bootmend/bootmend/initramfs/block"
)

// clusters judges what differs in clusters that were in use before. The rest
// of a large change, new content in what was free, is not even read.
func (g *guard) clusters() error {
	s, err := g.before.volumeBitmap()
	if err != nil || s == nil {
		return err
	}
	bits := bitReader{c: g.before.checker, s: s}
	size := g.before.clusterSize
	for _, r := range g.ranges {
		for lcn := r.Off / size; lcn*size < r.End(); lcn++ {
			at := block.Range{Off: max(r.Off, lcn*size)}
			at.Len = min(r.End(), (lcn+1)*size) - at.Off
			used := lcn >= g.before.checker.clusters
			if !used {
				if used, err = bits.marked(lcn); err != nil {
					return err
				}
			}
			if !used {
				continue
			}
			if err := g.cluster(lcn, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// cluster judges the part of a cluster that lies in one of the ranges.
func (g *guard) cluster(lcn int64, at block.Range) error {
	x, y := make([]byte, at.Len), make([]byte, at.Len)
	if err := g.before.readAt(x, at.Off); err != nil {
		return err
	}
	if err := g.after.readAt(y, at.Off); err != nil {
		return err
	}
	if bytes.Equal(x, y) {
		return nil
	}
	place, off := clusterRange{lcn, 1}.String(), at.Off+int64(firstDifference(x, y))
	if lcn >= g.before.checker.clusters {
		g.foreign(ForeignCluster, NoRecord, place, off, "as before, as it lies behind the last cluster", "another byte")
		return nil
	}
	o := g.ownerOf(lcn)
	if o == nil {
		who, err := g.stranger(lcn)
		if err != nil {
			return err
		}
		g.foreign(ForeignCluster, NoRecord, place, off, "as before, as the transaction is about nothing that it held", "another byte; before it was of %s", who)
		return nil
	}
	inside := o.vcn*g.before.clusterSize + at.Off - o.lcn*g.before.clusterSize
	switch {
	case o.typ == typeAllocation:
		g.indexes[o.by.base.no] = true
	case o.by.base.no == 0 && o.typ == typeData:
		return g.unusedRecords(place, inside, x, y)
	case o.by.base.no == recordMirror && o.by.what == maySystem:
		return g.mirror(place, inside, x, y)
	case o.by.base.no == recordBitmap && o.by.what == maySystem:
		if end := (g.before.checker.clusters + 7) / 8; inside+int64(lastDifference(x, y)) >= end {
			g.foreign(ForeignCluster, recordBitmap, place, off, "as before behind the last bit of $Bitmap", "another byte")
		}
	case o.typ != typeList && o.typ != typeBitmap && o.typ != typeSecurity:
		return g.content(lcn, o, place, off)
	}
	return nil
}

// content: a cluster of data that the file still has may only change when that
// file is written in place.
func (g *guard) content(lcn int64, o *owned, place string, off int64) error {
	now := g.after.grants[o.by.base.no]
	if now != nil && now.base.seq == o.by.base.seq && now.what&mayContent != 0 {
		return nil
	}
	f, err := g.after.reload(o.by.base.no)
	if err != nil || f == nil {
		return err
	}
	if f.base.inUse() && f.base.seq == o.by.base.seq && g.after.holds(f, lcn) {
		g.foreign(ForeignCluster, o.by.base.no, place, off, "as before, as a file still has it whose content is not to change", "another byte")
	}
	return nil
}

// unusedRecords looks at $MFT's data behind the last record; the records
// themselves are judged one by one.
func (g *guard) unusedRecords(place string, inside int64, x, y []byte) error {
	end := max(g.before.records, g.after.records) * int64(g.before.boot.RecordSize)
	if last := inside + int64(lastDifference(x, y)); last >= end {
		g.foreign(ForeignCluster, 0, place, last-inside, "as before behind the last record of $MFT", "another byte")
	}
	return nil
}

// mirror: a record in $MFTMirr that differs is that of $MFT.
func (g *guard) mirror(place string, inside int64, x, y []byte) error {
	size := int64(g.after.boot.RecordSize)
	for i := range y {
		if x[i] == y[i] {
			continue
		}
		no := (inside + int64(i)) / size
		own, err := g.after.rawRecord(no)
		if err != nil {
			return err
		}
		if at := (inside + int64(i)) % size; own == nil || own[at] != y[i] {
			g.foreign(ForeignCluster, recordMirror, place, int64(i), "as before, or as in $MFT", "%#02x in the copy of record %d", y[i], no)
			return nil
		}
	}
	return nil
}

// ownerOf finds the file that may change and had a cluster before.
func (g *guard) ownerOf(lcn int64) *owned {
	i := sort.Search(len(g.owned), func(i int) bool { return g.owned[i].lcn > lcn }) - 1
	if i < 0 || lcn >= g.owned[i].lcn+g.owned[i].n {
		return nil
	}
	return &g.owned[i]
}

// stranger says whose cluster it was, as far as that can be told at once: a
// file of the file system, or one that the transaction is about, though not for
// this part of it.
func (g *guard) stranger(lcn int64) (string, error) {
	candidates := []int64{}
	for no := range int64(firstUserRecord) {
		candidates = append(candidates, no)
	}
	for no := range g.before.grants {
		candidates = append(candidates, no)
	}
	slices.Sort(candidates)
	for _, no := range candidates {
		f, err := g.before.reload(no)
		if err != nil {
			return "", err
		}
		if f != nil && f.base.inUse() && g.before.holds(f, lcn) {
			return g.before.describe(no)
		}
	}
	return "a file that did not change", nil
}

func lastDifference(a, b []byte) int {
	for i := len(a) - 1; i >= 0; i-- {
		if a[i] != b[i] {
			return i
		}
	}
	return -1
}
