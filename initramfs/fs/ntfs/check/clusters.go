package check

import "fmt"

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
	w.bits = s
	b := make([]byte, bitmapChunk)
	for at := int64(0); at*8 < w.clusters; at += bitmapChunk {
		if err := s.readAt(w.checker, b, at); err != nil {
			return err
		}
		if err := w.compareBits(b, at*8); err != nil {
			return err
		}
	}
	return w.endRange()
}

// compareBits compares a part of $Bitmap whose first bit is that of cluster
// first.
func (w *whole) compareBits(b []byte, first int64) error {
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
				if err := w.odd(first+i+k, h); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// odd collects neighbouring clusters into one problem.
func (w *whole) odd(lcn int64, marked bool) error {
	if w.wrong.n > 0 && w.wrong.lcn+w.wrong.n == lcn && w.wrongMarked == marked {
		w.wrong.n++
		return nil
	}
	err := w.endRange()
	w.wrong, w.wrongMarked = clusterRange{lcn, 1}, marked
	return err
}

func (w *whole) endRange() error {
	r := w.wrong
	w.wrong = clusterRange{}
	switch {
	case r.n == 0:
		return nil
	case w.wrongMarked:
		w.bad(ClusterLost, NoRecord, r.String(), -1, "free in $Bitmap, as it is in no run list", "marked")
		return nil
	}
	return w.markUsed(w.bits, r)
}

// markUsed notes clusters that a run list holds and $Bitmap does not, and
// marks them. That takes nothing from anybody.
func (c *checker) markUsed(s *stream, r clusterRange) error {
	c.note(Problem{Kind: ClusterFree, Record: NoRecord, Place: r.String(), Off: -1, Mendable: c.fix != nil,
		Expected: "marked in $Bitmap, as it is in a run list", Actual: "free"})
	if !c.mends() {
		return nil
	}
	b := make([]byte, (r.lcn+r.n+7)/8-r.lcn/8)
	if err := s.readAt(c, b, r.lcn/8); err != nil {
		return err
	}
	for i := r.lcn % 8; i < r.lcn%8+r.n; i++ {
		b[i/8] |= 1 << (i % 8)
	}
	return c.putStream(ClusterFree, s, b, r.lcn/8)
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
