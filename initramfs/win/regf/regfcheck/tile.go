package regfcheck

import "slices"

// rough is a part of an hbin in which the cells could not be followed: from a
// cell of impossible size to the end of the bin.
type rough struct {
	from, end int64
	need      int64 // bytes that what refers to the first cell has to find there
}

// tile follows hbins and cells and marks where cells start.
func (c *checker) tile() {
	for off := int64(0); off < c.bins && c.err == nil; {
		off = c.bin(off)
	}
}

// bin checks the hbin at off and its cells, and returns where the next starts.
func (c *checker) bin(off int64) int64 {
	b := c.bytes(baseSize+off, 12)
	size := int64(le.Uint32(b[8:]))
	end := off + size
	if size == 0 || size%binUnit != 0 || end > c.bins || !c.tiles(off+binHeader, end) && c.signedBetween(off, end) {
		end = off + binUnit
		for end < c.bins && c.binAt(end) == 0 {
			end += binUnit
		}
		c.add(BinSize, baseSize+off+8, end-off, size, set(baseSize+off+8, uint32(end-off)), "the size of the hbin does not lead to the next")
	}
	if string(b[:4]) != "hbin" {
		c.add(BinSignature, baseSize+off, "hbin", b[:4], set(baseSize+off, le.Uint32([]byte("hbin"))), "an hbin should start here")
	}
	if self := int64(le.Uint32(b[4:])); self != off {
		c.add(BinOffset, baseSize+off+4, off, self, set(baseSize+off+4, uint32(off)), "the hbin names another offset")
	}
	c.cells(off+binHeader, end)
	return end
}

// signedBetween: a valid hbin starts inside of what this one claims.
func (c *checker) signedBetween(off, end int64) bool {
	for off += binUnit; off < end; off += binUnit {
		if c.binAt(off) != 0 {
			return true
		}
	}
	return false
}

// cellSize is the size of the cell at off, without its sign; 0 when it is none
// that can be in a bin that ends at end.
func (c *checker) cellSize(off, end int64) int64 {
	n := int64(int32(c.u32(baseSize + off)))
	if n < 0 {
		n = -n
	}
	if n < 8 || n%8 != 0 || off+n > end {
		return 0
	}
	return n
}

// tiles: cells follow each other from off to end.
func (c *checker) tiles(off, end int64) bool {
	for off < end {
		n := c.cellSize(off, end)
		if n == 0 {
			return false
		}
		off += n
	}
	return off == end
}

// cells marks the cells from off on. What follows a cell of impossible size is
// rough: where references lead there they are believed if the cell there can be
// one.
func (c *checker) cells(off, end int64) {
	for off < end {
		c.start.set(uint32(off))
		n := c.cellSize(off, end)
		if n == 0 {
			c.rough = append(c.rough, rough{from: off, end: end})
			return
		}
		off += n
	}
}

// roughAt is the rough part that off is in, nil if it is in none.
func (c *checker) roughAt(off int64) *rough {
	i, ok := slices.BinarySearchFunc(c.rough, off, func(r rough, off int64) int {
		switch {
		case r.end <= off:
			return -1
		case r.from > off:
			return 1
		}
		return 0
	})
	if !ok {
		return nil
	}
	return &c.rough[i]
}

// roughCells reports the cells of impossible size after all references are
// known. The size is proved where the cells that follow it tile the bin, hold
// every cell that is referred to, and none of these lies in between.
func (c *checker) roughCells() {
	for _, r := range c.rough {
		got := c.u32(baseSize + r.from)
		next, ok := c.resume(r)
		if !ok {
			c.add(CellSize, baseSize+r.from, nil, got, c.retile(r), "the cell has an impossible size, and where the next one starts cannot be told")
			continue
		}
		want := uint32(next - r.from)
		if c.used.has(uint32(r.from)) {
			want = -want
		}
		c.add(CellSize, baseSize+r.from, want, got, set(baseSize+r.from, want), "the cell has an impossible size")
	}
}

// resume finds the first place behind a cell of impossible size from which
// cells tile the rest of the bin such that all used ones are among them. It
// goes backwards, so that each place is looked at once.
func (c *checker) resume(r rough) (int64, bool) {
	good := newBitset(r.end - r.from)
	used := r.end // the first used place behind off
	next := r.end
	for off := r.end - 8; off >= r.from+max(r.need, 8); off -= 8 {
		if n := c.cellSize(off, r.end); n != 0 && off+n <= used && (off+n == r.end || good.has(uint32(off+n-r.from))) {
			good.set(uint32(off - r.from))
			next = off
		}
		if c.used.has(uint32(off)) {
			used = off
		}
	}
	for off := r.from + 8; off < next; off += 8 {
		if c.used.has(uint32(off)) {
			return 0, false
		}
	}
	return next, true
}

// eachCell calls fn with offset and signed size of all cells that start
// somewhere known, until it returns false.
func (c *checker) eachCell(fn func(off uint32, size int64) bool) { c.cellsFrom(0, fn) }

func (c *checker) cellsFrom(from uint32, fn func(off uint32, size int64) bool) {
	for i := int(from / 512); i < len(c.start); i++ {
		word := c.start[i]
		for bit := 0; word != 0 && bit < 64; bit++ {
			off := uint32(i*512 + bit*8)
			if word&(1<<bit) == 0 || off < from {
				continue
			}
			if c.err != nil || !fn(off, int64(int32(c.u32(baseSize+int64(off))))) {
				return
			}
		}
	}
}

// orphans counts allocated cells that nothing refers to. Windows leaves some.
func (c *checker) orphans() {
	c.eachCell(func(off uint32, size int64) bool {
		if size < 0 && !c.used.has(off) {
			c.rep.Lost += -size
			c.harmless(Orphan, baseSize+int64(off), nil, -size, "nothing uses the cell (% x)", c.bytes(pos(off), 4))
		}
		return true
	})
}
