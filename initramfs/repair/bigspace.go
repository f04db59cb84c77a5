package repair

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
)

// Emptying an NTFS log of 64 MiB makes a payload of twice that, more than the
// clusters of one sector of $Bitmap (16 MiB with clusters of 4 KiB). Then the
// payload takes clusters of several sectors, as streams do: each is taken and
// given back with one write, and recovery touches the clusters only while all of
// them are held.

const (
	// maxBigExtents is what the record of a journal has room for beside the
	// witnesses: an extent, its mark and the sector of the mark take 110 bytes.
	maxBigExtents = 20
	// minBigExtent keeps small ones out, of which there would be too many.
	minBigExtent = 4 << 20
	// maxZeroRead bounds what is read in search of clusters that hold zeros.
	maxZeroRead = 1 << 30
	// bigWindow is looked at together.
	bigWindow = 1 << 30
)

// bigSpace finds room for n bytes in large pieces of free space, from the end of
// the volume. It prefers pieces that hold only zeros: using them destroys
// nothing. dev is the disk and base where the volume begins on it.
func bigSpace(v *ntfs.Volume, dev block.Device, base, size, n int64) ([]freeExtent, error) {
	var zero, other []freeExtent
	budget := int64(maxZeroRead)
	for end := size; end > 0 && usableBytes(zero) < n && budget > 0; end -= bigWindow {
		from := max(0, end-bigWindow)
		list, err := v.FreeIn(block.Range{Off: from, Len: end - from})
		if err != nil {
			return nil, err
		}
		for _, e := range fromNTFS(list, base) {
			if e.Len < minBigExtent || usableBytes(zero) >= n {
				continue
			}
			budget -= e.Len
			clean, err := journal.AllZero(dev, e.Range)
			if err != nil {
				return nil, err
			}
			if clean {
				zero = append(zero, e)
			} else if usableBytes(other) < n {
				other = append(other, e)
			}
		}
	}
	for _, all := range [][]freeExtent{zero, other, append(zero, other...)} {
		if got := all[:min(len(all), maxBigExtents)]; usableBytes(got) >= n {
			return got, nil
		}
	}
	return nil, fmt.Errorf("%d MiB of free clusters in at most %d pieces: %w", n>>20, maxBigExtents, fs.ErrNoSpace)
}
