package regf

import "encoding/binary"

// maxBins is where the offsets of cells on disk end: the highest bit means
// volatile.
const maxBins = 1 << 31

// cellSize is the size of a cell with n bytes of content.
func cellSize(n int) uint32 { return uint32(n+4+7) &^ 7 }

// alloc makes a cell with room for n bytes, all zero, near another one if there
// is room, and returns its offset.
func (e *Editor) alloc(n int, near uint32) (uint32, error) {
	need := cellSize(n)
	no, ok, err := e.heap.find(need, near)
	if err != nil {
		return 0, err
	}
	if !ok {
		if no, err = e.moreRoom(need); err != nil {
			return 0, err
		}
	}
	var pos, size uint32
	err = e.heap.cells(no, func(p, s uint32, free bool) bool {
		if free && s >= need {
			pos, size = p, s
		}
		return size == 0
	})
	if err != nil {
		return 0, err
	}
	if size == 0 {
		return 0, damaged("hbin", baseSize+int64(no)*blockSize, "a free cell is not where it was")
	}
	if err := e.cut(pos, size, need); err != nil {
		return 0, err
	}
	if err := e.zero(baseSize+int64(pos)+4, int64(need)-4); err != nil {
		return 0, err
	}
	return pos, e.heap.recount(no)
}

// cut makes the first need bytes of a cell an allocated one and the rest, if
// there is any, a free one.
func (e *Editor) cut(pos, size, need uint32) error {
	if err := e.put32(baseSize+int64(pos), -need); err != nil {
		return err
	}
	if need == size {
		return nil
	}
	rest := pos + need
	if err := e.put32(baseSize+int64(rest), size-need); err != nil {
		return err
	}
	e.heap.begins(rest)
	e.heap.offer(rest/blockSize, size-need)
	return e.heap.recount(rest / blockSize)
}

// release frees a cell and joins it with free neighbours in its bin.
func (e *Editor) release(off uint32) error {
	size, err := e.heap.at(off)
	if err != nil {
		return err
	}
	start, end := off, off+size
	next, err := e.after(end)
	if err != nil {
		return err
	}
	if next > 0 {
		end += next
		e.heap.vanishes(off+size, end)
	}
	prev, err := e.before(off)
	if err != nil {
		return err
	}
	if prev != none {
		start = prev
		e.heap.vanishes(off, end)
	}
	if err := e.put32(baseSize+int64(start), end-start); err != nil {
		return err
	}
	e.heap.offer(start/blockSize, end-start)
	for _, no := range []uint32{start / blockSize, off / blockSize, (off + size) / blockSize} {
		if no < uint32(len(e.heap.blocks)) && e.heap.blocks[no].first != unknown {
			if err := e.heap.recount(no); err != nil {
				return err
			}
		}
	}
	return nil
}

// after is the size of the free cell that starts where another one of a bin
// that was looked at ends; 0 when there is none.
func (e *Editor) after(end uint32) (uint32, error) {
	if end/blockSize >= uint32(len(e.heap.blocks)) || end == e.heap.blocks[end/blockSize].bin*blockSize {
		return 0, nil // the next bin
	}
	b := e.heap.blocks[end/blockSize]
	size, free, err := e.heap.size(end, (b.bin+b.count)*blockSize)
	if err != nil || !free {
		return 0, err
	}
	return size, nil
}

// before is the offset of the free cell that ends where another one starts;
// none when there is none.
func (e *Editor) before(off uint32) (uint32, error) {
	no := off / blockSize
	bin := e.heap.blocks[no].bin
	for first := e.heap.blocks[no].first; first >= unknown || no*blockSize+uint32(first) >= off; first = e.heap.blocks[no].first {
		if no == bin {
			return none, nil
		}
		no--
	}
	prev := uint32(none)
	err := e.heap.cells(no, func(pos, size uint32, free bool) bool {
		if pos+size == off && free {
			prev = pos
		}
		return pos+size < off
	})
	return prev, err
}

// resize gives a cell room for n bytes, where it is or elsewhere. The content
// is kept as far as it fits, the rest is undefined; the old cell is released.
func (e *Editor) resize(off uint32, n int, near uint32) (uint32, error) {
	size, err := e.heap.at(off)
	if err != nil {
		return 0, err
	}
	need := cellSize(n)
	if size < need {
		next, err := e.after(off + size)
		if err != nil {
			return 0, err
		}
		if size+next < need {
			return e.move(off, size, n, near)
		}
		e.heap.vanishes(off+size, off+size+next)
		if err := e.put32(baseSize+int64(off), -(size + next)); err != nil {
			return 0, err
		}
		if err := e.heap.recount((off + size) / blockSize); err != nil {
			return 0, err
		}
		size += next
	}
	if need == size {
		return off, nil
	}
	// Two allocated cells, the second of which is then given back, so that
	// it meets what is free behind it.
	if err := e.cut(off, size, need); err != nil {
		return 0, err
	}
	rest := off + need
	if err := e.put32(baseSize+int64(rest), -(size - need)); err != nil {
		return 0, err
	}
	return off, e.release(rest)
}

func (e *Editor) move(off, size uint32, n int, near uint32) (uint32, error) {
	content := make([]byte, min(int(size)-4, n))
	if err := e.h.read(content, baseSize+int64(off)+4); err != nil {
		return 0, err
	}
	to, err := e.alloc(n, near)
	if err != nil {
		return 0, err
	}
	if err := e.write(baseSize+int64(to)+4, content); err != nil {
		return 0, err
	}
	return to, e.release(off)
}

// moreRoom makes a bin with a free cell of need bytes, out of empty ones or
// behind the last, and returns its first block. Windows, too, writes new bins
// over whatever the file has there.
func (e *Editor) moreRoom(need uint32) (uint32, error) {
	first, count, ok, err := e.heap.emptyRun(need)
	if err != nil {
		return 0, err
	}
	if ok {
		e.heap.adopt(first, count)
		return first, e.header(first, count)
	}
	size := (int64(need) + binHeader + blockSize - 1) &^ (blockSize - 1)
	start := int64(e.h.base.BinsSize)
	if limit := e.opt.MaxBins; limit > 0 && start+size > limit {
		return 0, limitError("the hive would need %d bytes of hbins, more than the %d that the Windows it belongs to can load", start+size, limit)
	}
	if start+size > maxBins {
		return 0, limitError("the hive would need %d bytes of hbins, more than 2 GiB", start+size)
	}
	if err := e.grow(start + size); err != nil {
		return 0, err
	}
	first, count = uint32(start/blockSize), uint32(size/blockSize)
	e.heap.adopt(first, count)
	return first, e.header(first, count)
}

// header writes the header of a bin with one free cell.
func (e *Editor) header(first, count uint32) error {
	pos := baseSize + int64(first)*blockSize
	b := make([]byte, binHeader+4)
	if err := e.h.read(b, pos); err != nil {
		return err
	}
	copy(b, "hbin")
	binary.LittleEndian.PutUint32(b[4:], first*blockSize)
	binary.LittleEndian.PutUint32(b[8:], count*blockSize)
	binary.LittleEndian.PutUint32(b[binHeader:], count*blockSize-binHeader)
	return e.write(pos, b)
}

// grow sets the size of the hive bins. New blocks are zero, also where the file
// had a tail.
func (e *Editor) grow(bins int64) error {
	from := baseSize + int64(e.h.base.BinsSize)
	e.h.base.BinsSize = uint32(bins)
	if end := baseSize + bins; end > e.h.size {
		e.h.mu.Lock()
		e.h.size = end
		e.h.mu.Unlock()
	}
	if err := e.zero(from, baseSize+bins-from); err != nil {
		return err
	}
	return e.put32(baseBins, uint32(bins))
}
