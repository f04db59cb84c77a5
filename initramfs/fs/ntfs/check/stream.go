package check

import (
	"fmt"
	"sort"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
)

// stream is the content of a whole attribute.
type stream struct {
	resident   []byte
	isResident bool
	runs       []run
	size, init int64
}

func (s *stream) end() ntfs.VCN {
	if len(s.runs) == 0 {
		return 0
	}
	return s.runs[len(s.runs)-1].end()
}

// join makes a stream of the parts of an attribute, which are in order.
// Problems of their run lists are noted elsewhere.
func (c *checker) join(parts []*attr) *stream {
	first := parts[0]
	if first.resident {
		return &stream{isResident: true, resident: first.value, size: int64(len(first.value)), init: int64(len(first.value))}
	}
	s := &stream{size: first.size, init: first.init}
	for _, a := range parts {
		if a.resident || a.lowest != s.end() {
			break
		}
		runs, err := mappingPairs(a.pairs, a.lowest, c.clusters)
		s.runs = append(s.runs, runs...)
		if err != nil {
			break
		}
	}
	return s
}

// readAt fills b; what lies in a hole, behind the initialized size or behind
// the run list is zero.
func (s *stream) readAt(c *checker, b []byte, off int64) error {
	clear(b)
	if s.isResident {
		if off < int64(len(s.resident)) {
			copy(b, s.resident[off:])
		}
		return nil
	}
	end := min(off+int64(len(b)), s.init, s.size)
	for pos := off; pos < end; {
		vcn := ntfs.VCN(pos / c.clusterSize)
		i := sort.Search(len(s.runs), func(i int) bool { return s.runs[i].end() > vcn })
		if i == len(s.runs) {
			return nil
		}
		r := s.runs[i]
		in := pos - int64(r.vcn)*c.clusterSize
		n := end - pos
		if r.n-in/c.clusterSize <= n/c.clusterSize+1 {
			n = min(n, r.n*c.clusterSize-in)
		}
		if r.lcn != hole {
			if err := c.readAt(b[pos-off:pos-off+n], int64(r.lcn)*c.clusterSize+in); err != nil {
				return err
			}
		}
		pos += n
	}
	return nil
}

// all reads the whole stream, when it has at most limit bytes.
func (s *stream) all(c *checker, limit int64) ([]byte, error) {
	if s.size < 0 || s.size > limit {
		return nil, nil
	}
	b := make([]byte, s.size)
	return b, s.readAt(c, b, 0)
}

// claim notes the clusters of a run list as taken.
func (c *checker) claim(runs []run) {
	for _, r := range runs {
		if r.lcn == hole {
			continue
		}
		c.claimed.setRange(int64(r.lcn), r.n, func(lcn, n int64) {
			if len(c.shared) < maxProblems {
				c.shared = append(c.shared, clusterRange{lcn, n})
			}
		})
		c.report.Clusters += r.n
	}
}

// checkStream judges a non-resident attribute, whose parts are in order of
// their VCNs, and claims its clusters.
func (c *checker) checkStream(no int64, parts []*attr) {
	first, place := parts[0], parts[0].place()
	if first.lowest != 0 {
		c.bad(RunList, no, place, -1, "a first part at VCN 0", "VCN %d", first.lowest)
	}
	var vcn ntfs.VCN
	var real int64
	for _, a := range parts {
		if a.lowest != vcn {
			c.bad(RunList, no, place, a.off, fmt.Sprintf("a part from VCN %d on", vcn), "VCN %d", a.lowest)
		}
		runs, err := mappingPairs(a.pairs, a.lowest, c.clusters)
		if err != nil {
			c.bad(RunList, no, place, a.off, "mapping pairs inside the volume", "%v", err)
		}
		end := a.lowest
		if len(runs) > 0 {
			end = runs[len(runs)-1].end()
		}
		if err == nil && end != a.next {
			c.bad(RunList, no, place, a.off+0x18, fmt.Sprintf("runs up to VCN %d", a.next-1), "VCN %d", end-1)
		}
		for _, r := range runs {
			if r.lcn != hole {
				real += r.n
			} else if !a.squeezed() && !first.squeezed() && !c.isBadClus(no, a) {
				c.bad(RunList, no, place, a.off, "no hole in an attribute that is not sparse", "one at VCN %d", r.vcn)
			}
		}
		c.claim(runs)
		vcn = a.next
	}
	if first.lowest == 0 {
		c.checkSizes(no, first, vcn, real)
	}
}

// isBadClus: the list of bad clusters is all hole without the flag on Windows
// versions before 2000 and on volumes of mkntfs.
func (c *checker) isBadClus(no int64, a *attr) bool { return no == 8 && a.name != "" }

func (c *checker) checkSizes(no int64, a *attr, end ntfs.VCN, real int64) {
	if want := int64(end) * c.clusterSize; int64(end) <= 1<<62/c.clusterSize && a.alloc != want {
		c.bad(Size, no, a.place(), a.off+0x28, fmt.Sprintf("allocated %d", want), "%d", a.alloc)
	}
	if a.size < 0 || a.size > a.alloc {
		c.bad(Size, no, a.place(), a.off+0x30, fmt.Sprintf("data of at most %d", a.alloc), "%d", a.size)
	}
	if a.init < 0 || a.init > a.size {
		c.bad(Size, no, a.place(), a.off+0x38, fmt.Sprintf("initialized at most %d", a.size), "%d", a.init)
	}
	if a.squeezed() && a.compressed != real*c.clusterSize {
		c.bad(Size, no, a.place(), a.off+0x40, fmt.Sprintf("%d bytes on disk", real*c.clusterSize), "%d", a.compressed)
	}
}
