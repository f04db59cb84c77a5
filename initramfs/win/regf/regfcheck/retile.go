package regfcheck

import "fmt"

// retile is the mend of a part of an hbin in which cells cannot be followed, not
// even from some place on: the cells that are in use stay where they are, and
// what lies between them becomes free cells, unless cells tile it.
func (c *checker) retile(r rough) mend {
	return func(f *fixer) string {
		n := 0
		for off := r.from; off < r.end; {
			next := c.nextUsed(off+8, r.end)
			size := next - off
			if c.used.has(uint32(off)) {
				n++
				if has := c.cellSize(off, r.end); has != 0 && has <= size {
					size = has
				}
				f.put32(baseSize+off, uint32(-size))
			} else {
				f.put32(baseSize+off, uint32(size))
			}
			if off += size; off < next && c.tiles(off, next) {
				off = next
			}
		}
		return fmt.Sprintf("the rest of the hbin was laid out anew around the %d cells in it that are in use", n)
	}
}

// nextUsed is the first place from off on that something refers to, or end.
func (c *checker) nextUsed(off, end int64) int64 {
	for off < end && !c.used.has(uint32(off)) {
		off += 8
	}
	return off
}
