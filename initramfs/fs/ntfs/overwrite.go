package ntfs

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// WriteAt replaces existing bytes in place: it writes the clusters of the data
// and nothing else, no time stamp, no record, no log. Before anything is
// written the whole range is judged. It is refused (fs.ErrUnsupported) when it
// touches resident, compressed or encrypted data, a hole, bytes behind the
// initialized size, or a file of the file system itself; and it is damage
// (fs.ErrDamaged) when a cluster of the range belongs to the boot sector, $MFT
// or $MFTMirr, or is free according to $Bitmap. Whether the volume may be
// written at all is the caller's question to Volume.State.
//
// An error of the Device in the middle leaves the part before it written; n
// says how much.
func (f *File) WriteAt(p []byte, off int64) (n int, err error) {
	targets, err := f.writable(off, int64(len(p)))
	if err != nil {
		return 0, fmt.Errorf("write of %d bytes at %d: %w", len(p), off, err)
	}
	for _, t := range targets {
		k, err := f.s.v.dev.WriteAt(p[t.FileOff-off:t.FileOff-off+t.Vol.Len], t.Vol.Off)
		n += k
		if err != nil {
			return n, fmt.Errorf("%s: volume at %#x: %w", f.path, t.Vol.Off, err)
		}
	}
	return n, nil
}

// writable returns the places on the volume of a range of the file.
func (f *File) writable(off, n int64) ([]fs.Extent, error) {
	switch {
	case f.meta:
		return nil, unsupported(f.path, "a file of the file system itself")
	case f.packed != "":
		return nil, unsupported(f.path, "the data is "+f.packed)
	case f.Resident():
		return nil, unsupported(f.path, "the data is resident in the MFT record")
	case off < 0 || n > f.s.init || off > f.s.init-n:
		return nil, unsupported(f.path, fmt.Sprintf("behind the initialized size of %d bytes", f.s.init))
	}
	var list []fs.Extent
	err := f.s.pieces(off, n, func(p piece) error {
		if p.vol < 0 {
			return unsupported(f.path, fmt.Sprintf("a hole at %d", p.off))
		}
		e := fs.Extent{FileOff: p.off, Vol: block.Range{Off: p.vol, Len: p.n}}
		list = append(list, e)
		return f.s.v.checkTarget(f.path, e.Vol)
	})
	return list, err
}

// checkTarget makes sure that a damaged run list does not lead a write into
// structures of the file system or into clusters that nobody owns.
func (v *Volume) checkTarget(path string, r block.Range) error {
	const bootSize = 8 << 10 // $Boot
	mirror := block.Range{Off: int64(v.boot.MFTMirr) * v.clusterSize, Len: 4 * int64(v.boot.RecordSize)}
	if overlaps(r, block.Range{Len: bootSize}) || overlaps(r, mirror) {
		return damaged(path, 0, "its run %v lies in the boot sector or $MFTMirr", r)
	}
	for _, m := range v.mft.runs {
		if m.lcn != hole && overlaps(r, block.Range{Off: int64(m.lcn) * v.clusterSize, Len: m.n * v.clusterSize}) {
			return damaged(path, 0, "its run %v lies in $MFT", r)
		}
	}
	first, last := r.Off/v.clusterSize, (r.End()-1)/v.clusterSize
	return v.checkAllocated(path, first, last)
}

func overlaps(a, b block.Range) bool { return a.Off < b.End() && b.Off < a.End() }

// checkAllocated reads the bits of $Bitmap for the clusters first to last.
func (v *Volume) checkAllocated(path string, first, last int64) error {
	s, err := v.metaStream(recordBitmap, "$Bitmap")
	if err != nil {
		return fmt.Errorf("$Bitmap: %w", err)
	}
	buf := make([]byte, 4096)
	for c := first; c <= last; {
		start := c / 8
		want := min(int64(len(buf)), last/8-start+1)
		if k, err := s.ReadAt(buf[:want], start); int64(k) < want {
			return fmt.Errorf("$Bitmap at %#x: %w", start, orDamaged(err))
		}
		for end := min(last, (start+want)*8-1); c <= end; c++ {
			if buf[c/8-start]&(1<<(c%8)) == 0 {
				return damaged(path, 0, "cluster %d of it is free according to $Bitmap", c)
			}
		}
	}
	return nil
}

func orDamaged(err error) error {
	if err == nil {
		return fs.ErrDamaged
	}
	return err
}
