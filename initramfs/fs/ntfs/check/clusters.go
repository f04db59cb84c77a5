package check

import (
	"bytes"
	"fmt"
)

// bitmapChunk is how much of $Bitmap is compared at once.
const bitmapChunk = 1 << 20

// volumeBitmap opens the data of $Bitmap; nil: it is damaged.
func (c *checker) volumeBitmap() (*stream, error) {
	const no = 6
	f, err := c.reload(no)
	if err != nil {
		return nil, err
	}
	if f == nil || len(f.find(typeData, "")) == 0 {
		c.bad(Record, no, "$DATA", -1, "the data of $Bitmap", "none")
		return nil, nil
	}
	s := c.join(f.find(typeData, ""))
	if s.size < (c.clusters+7)/8 {
		c.bad(Size, no, "$DATA", -1, fmt.Sprintf("at least %d bytes", (c.clusters+7)/8), "%d", s.size)
	}
	return s, nil
}

// checkClusters compares $Bitmap with the clusters of all run lists.
func (w *whole) checkClusters() error {
	s, err := w.volumeBitmap()
	if err != nil || s == nil {
		return err
	}
	b := make([]byte, bitmapChunk)
	for at := int64(0); at*8 < w.clusters; at += bitmapChunk {
		if err := s.readAt(w.checker, b, at); err != nil {
			return err
		}
		w.compareBits(b, at*8)
	}
	w.endRange()
	return nil
}

// compareBits compares a part of $Bitmap whose first bit is that of cluster
// first.
func (w *whole) compareBits(b []byte, first int64) {
	n := min(int64(len(b))*8, w.clusters-first)
	for i := int64(0); i < n; i += 64 {
		have, want := le.Uint64(b[i/8:]), w.claimed.word(first+i)
		if left := n - i; left < 64 {
			have &= 1<<left - 1
		}
		if have == want {
			continue
		}
		for k := int64(0); k < min(64, n-i); k++ {
			if h := have>>k&1 != 0; h != (want>>k&1 != 0) {
				w.odd(first+i+k, h)
			}
		}
	}
}

// odd collects neighbouring clusters into one problem.
func (w *whole) odd(lcn int64, marked bool) {
	if w.wrong.n > 0 && w.wrong.lcn+w.wrong.n == lcn && w.wrongMarked == marked {
		w.wrong.n++
		return
	}
	w.endRange()
	w.wrong, w.wrongMarked = clusterRange{lcn, 1}, marked
}

func (w *whole) endRange() {
	if w.wrong.n > 0 {
		kind, want, got := ClusterFree, "marked in $Bitmap, as it is in a run list", "free"
		if w.wrongMarked {
			kind, want, got = ClusterLost, "free in $Bitmap, as it is in no run list", "marked"
		}
		w.bad(kind, NoRecord, w.wrong.String(), -1, want, "%s", got)
	}
	w.wrong = clusterRange{}
}

func (r clusterRange) String() string {
	if r.n == 1 {
		return fmt.Sprintf("cluster %d", r.lcn)
	}
	return fmt.Sprintf("clusters %d to %d", r.lcn, r.lcn+r.n-1)
}

// checkShared names the files that share clusters.
func (w *whole) checkShared() error {
	if len(w.shared) == 0 {
		return nil
	}
	owners := make([][]int64, len(w.shared))
	for no := range w.states {
		if w.states[no].flags&stUsed == 0 {
			continue
		}
		quiet := w.quiet
		w.quiet = true
		r, err := w.record(int64(no), true)
		w.quiet = quiet
		if err != nil {
			return err
		}
		if r == nil {
			continue
		}
		for _, a := range r.attrs {
			if a.resident {
				continue
			}
			runs, _ := mappingPairs(a.pairs, a.lowest, w.clusters)
			for _, u := range runs {
				for i, s := range w.shared {
					if u.lcn != hole && int64(u.lcn) < s.lcn+s.n && s.lcn < int64(u.lcn)+u.n {
						owners[i] = append(owners[i], int64(no))
					}
				}
			}
		}
	}
	for i, s := range w.shared {
		at := int64(NoRecord)
		if len(owners[i]) > 0 {
			at = owners[i][len(owners[i])-1]
		}
		w.bad(ClusterShared, at, s.String(), -1, "one owner", "in the run lists of records %v", owners[i])
	}
	return nil
}

// checkBackup compares the boot sector with its copy, which is the sector
// behind the ones that the volume counts.
func (c *checker) checkBackup() error {
	at := int64(c.boot.TotalSectors) * int64(c.boot.BytesPerSector)
	if c.dev.Size() < at+512 {
		return nil // cut off by whoever made the image, or in the middle (NT 3.x)
	}
	b := make([]byte, 512)
	if err := c.readAt(b, at); err != nil {
		return err
	}
	if !bytes.Equal(b, c.boot.Raw) {
		i := 0
		for b[i] == c.boot.Raw[i] {
			i++
		}
		c.mendable(BackupBoot, fmt.Sprintf("copy of the boot sector at %#x", at), i, fmt.Sprintf("%#02x, as in the boot sector", c.boot.Raw[i]), "%#02x", b[i])
	}
	return nil
}

func (c *checker) mendable(kind Kind, place string, off int, expected, format string, args ...any) {
	if !c.quiet {
		c.report.add(Problem{Kind: kind, Record: NoRecord, Place: place, Off: int64(off), Expected: expected, Actual: fmt.Sprintf(format, args...), Mendable: true})
	}
}

// checkMirror compares $MFTMirr with the first four records of $MFT.
func (c *checker) checkMirror() error {
	size := int64(c.boot.RecordSize)
	f, err := c.reload(1)
	if err != nil {
		return err
	}
	at := int64(c.boot.MFTMirr) * c.clusterSize
	if f != nil {
		if parts := f.find(typeData, ""); len(parts) == 0 || len(c.join(parts).runs) == 0 || int64(c.join(parts).runs[0].lcn) != int64(c.boot.MFTMirr) {
			c.bad(Mirror, 1, "$DATA", -1, fmt.Sprintf("a run at LCN %d, as the boot sector says", c.boot.MFTMirr), "another")
		}
	}
	a, b := make([]byte, size), make([]byte, size)
	for no := range int64(4) {
		if err := c.readAt(b, at+no*size); err != nil {
			return err
		}
		if err := c.mft.readAt(c, a, no*size); err != nil {
			return err
		}
		if bytes.Equal(a, b) {
			continue
		}
		i := 0
		for a[i] == b[i] {
			i++
		}
		c.mendable(Mirror, fmt.Sprintf("$MFTMirr's copy of record %d", no), i, fmt.Sprintf("%#02x, as in $MFT", a[i]), "%#02x", b[i])
	}
	return nil
}
