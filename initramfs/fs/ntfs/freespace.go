package ntfs

import (
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// FreeExtent is a run of free clusters and the bits of $Bitmap that say so.
// Offsets are bytes of the volume.
type FreeExtent struct {
	Range  block.Range
	Bitmap int64  // a byte of $Bitmap
	First  uint32 // first bit of the run, counted from there
	Count  uint32
}

// FreeSpace finds at least n bytes of free clusters, as usable counts them,
// all of whose bits lie in one sector of $Bitmap, so that they can be taken and
// given back with one write. Clusters that hold only zeros are preferred:
// using them destroys nothing, not even deleted files that somebody may still
// want back. Nothing is written.
func (v *Volume) FreeSpace(n int64, usable func([]FreeExtent) int64) ([]FreeExtent, error) {
	s, err := v.metaStream(recordBitmap, "$Bitmap")
	if err != nil {
		return nil, err
	}
	sector := int64(v.dev.SectorSize())
	perSector := LCN(sector * 8)
	var second []FreeExtent
	budget := int64(maxZeroScan)
	// From the end: Windows fills a volume from its start.
	for at := (LCN(v.clusters) - 1) / perSector * perSector; at >= 0; at -= perSector {
		all, err := v.freeIn(s, at, min(at+perSector, LCN(v.clusters)))
		if err != nil {
			return nil, err
		}
		if usable(all) < n {
			continue
		}
		zero, err := v.onlyZero(all, &budget)
		if err != nil {
			return nil, err
		}
		if usable(zero) >= n {
			return zero, nil
		}
		if second == nil {
			second = all
		}
		if budget <= 0 {
			break // a volume without zeros is not searched to its start
		}
	}
	if second == nil {
		return nil, fmt.Errorf("%d bytes of free clusters beside each other: %w", n, fs.ErrNoSpace)
	}
	return second, nil
}

// FreeIn lists the free clusters that lie whole in a range of the volume. An
// extent is cut where its bits go on in another sector of $Bitmap. On the volume
// before a change it tells what of a new file lies in space that nobody had:
// such content can be written before everything else.
func (v *Volume) FreeIn(r block.Range) ([]FreeExtent, error) {
	s, err := v.metaStream(recordBitmap, "$Bitmap")
	if err != nil {
		return nil, err
	}
	perSector := LCN(v.dev.SectorSize() * 8)
	from := LCN((max(r.Off, 0) + v.clusterSize - 1) / v.clusterSize)
	to := min(LCN(r.End()/v.clusterSize), LCN(v.clusters))
	var all []FreeExtent
	for from < to {
		end := min(to, (from/perSector+1)*perSector)
		list, err := v.freeIn(s, from, end)
		if err != nil {
			return nil, err
		}
		all, from = append(all, list...), end
	}
	return all, nil
}

// freeIn lists the free runs whose bits lie in one sector of $Bitmap. The last
// bytes of the volume, less than a cluster, are never part of one.
func (v *Volume) freeIn(s *stream, from, to LCN) ([]FreeExtent, error) {
	base := from &^ 7
	where, err := places(s, int64(base)/8, (int64(to-base)+7)/8)
	if err != nil {
		return nil, err
	}
	if len(where) != 1 {
		return nil, damaged("$Bitmap", 0, "a sector of it lies in %d places", len(where))
	}
	var all []FreeExtent
	err = v.eachFreeIn(s, from, to, func(r run) bool {
		all = append(all, FreeExtent{
			Range:  block.Range{Off: int64(r.lcn) * v.clusterSize, Len: r.n * v.clusterSize},
			Bitmap: where[0].Off, First: uint32(r.lcn - base), Count: uint32(r.n),
		})
		return true
	})
	return all, err
}

// maxZeroScan bounds how much of the volume is read to find zeros.
const maxZeroScan = 64 << 20

// onlyZero keeps the clusters that hold nothing but zeros, as far as budget
// allows to read them.
func (v *Volume) onlyZero(all []FreeExtent, budget *int64) ([]FreeExtent, error) {
	var zero []FreeExtent
	buf := make([]byte, v.clusterSize)
	for _, e := range all {
		for i := uint32(0); i < e.Count && *budget > 0; i++ {
			off := e.Range.Off + int64(i)*v.clusterSize
			if k, err := v.dev.ReadAt(buf, off); k < len(buf) {
				if err == nil || err == io.EOF {
					err = io.ErrUnexpectedEOF
				}
				return nil, fmt.Errorf("free cluster at %#x: %w", off, err)
			}
			*budget -= v.clusterSize
			if !isZero(buf) {
				continue
			}
			if k := len(zero) - 1; k >= 0 && zero[k].Range.End() == off {
				zero[k].Range.Len += v.clusterSize
				zero[k].Count++
				continue
			}
			zero = append(zero, FreeExtent{block.Range{Off: off, Len: v.clusterSize}, e.Bitmap, e.First + i, 1})
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
