package regf

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// block is what the editor knows of 4096 bytes of the hive bins.
type block struct {
	bin   uint32 // number of the block that its bin starts with
	count uint32 // blocks of the bin
	free  uint32 // size of the largest free cell that starts here
	first uint16 // offset in the block of the first cell that starts here
}

// Other values of block.first.
const (
	noCell  = 0xffff // the block lies inside one cell
	unknown = 0xfffe // the bin was not looked at yet
)

// heap is the space in the hive bins: which cells there are, for one bin after
// the other as far as that was needed. It takes 16 bytes for each 4096.
type heap struct {
	h      *Hive
	blocks []block    // from the first on, as far as the chain of bins was followed
	hint   [32]uint32 // [c]: no block before this one has a free cell of 2^c bytes
	old    map[uint32]block
}

func (p *heap) total() uint32 { return p.h.base.BinsSize / blockSize }

// follow goes along the chain of bins until it reaches a block.
func (p *heap) follow(no uint32) error {
	for uint32(len(p.blocks)) <= no {
		start := uint32(len(p.blocks))
		size, err := p.h.bin(baseSize + int64(start)*blockSize)
		if err != nil {
			return err
		}
		n := uint32(size / blockSize)
		for range n {
			p.blocks = append(p.blocks, block{bin: start, count: n, first: unknown})
		}
	}
	return nil
}

// look finds the cells of the bin that a block belongs to.
func (p *heap) look(no uint32) error {
	if err := p.follow(no); err != nil {
		return err
	}
	if p.blocks[no].first != unknown {
		return nil
	}
	start, n := p.blocks[no].bin, p.blocks[no].count
	found := make([]block, n)
	for i := range found {
		found[i] = block{bin: start, count: n, first: noCell}
	}
	pos, end := start*blockSize+binHeader, (start+n)*blockSize
	for pos < end {
		size, free, err := p.size(pos, end)
		if err != nil {
			return err
		}
		b := &found[pos/blockSize-start]
		if b.first == noCell {
			b.first = uint16(pos % blockSize)
		}
		if free {
			b.free = max(b.free, size)
		}
		pos += size
	}
	for i := range found {
		p.set(start+uint32(i), found[i])
	}
	return nil
}

// set changes what is known of a block, so that it can be taken back.
func (p *heap) set(no uint32, b block) {
	if _, ok := p.old[no]; !ok && p.old != nil {
		p.old[no] = p.blocks[no]
	}
	p.blocks[no] = b
}

// size reads the size of the cell at pos, which must not reach beyond end.
func (p *heap) size(pos, end uint32) (n uint32, free bool, err error) {
	var b [4]byte
	if err := p.h.read(b[:], baseSize+int64(pos)); err != nil {
		return 0, false, err
	}
	return sizeOf(b[:], pos, end)
}

// sizeOf decodes the size of the cell at pos, which must not reach beyond end.
func sizeOf(b []byte, pos, end uint32) (n uint32, free bool, err error) {
	raw := int64(int32(binary.LittleEndian.Uint32(b)))
	free = raw > 0
	if raw < 0 {
		raw = -raw
	}
	if raw == 0 || raw%8 != 0 || raw > int64(end-pos) {
		return 0, false, &FormatError{"cell", baseSize + int64(pos), "", number(raw), "cell size does not fit into its bin"}
	}
	return uint32(raw), free, nil
}

// cells calls fn for each cell that starts in a block, until it returns false.
func (p *heap) cells(no uint32, fn func(pos, size uint32, free bool) bool) error {
	b := p.blocks[no]
	if b.first >= unknown {
		return nil
	}
	var buf [blockSize]byte // one read for all of them
	if err := p.h.read(buf[b.first:], baseSize+int64(no)*blockSize+int64(b.first)); err != nil {
		return err
	}
	end := (b.bin + b.count) * blockSize
	for in := uint32(b.first); in < blockSize; {
		size, free, err := sizeOf(buf[in:], no*blockSize+in, end)
		if err != nil {
			return err
		}
		if !fn(no*blockSize+in, size, free) {
			return nil
		}
		in += size
	}
	return nil
}

// at demands that an allocated cell starts at an offset, in the chain of cells
// of its bin: nothing is written into what only looks like a cell.
func (p *heap) at(off uint32) (size uint32, err error) {
	if off >= p.h.base.BinsSize {
		return 0, damaged("cell", baseSize+int64(off), "offset is behind the hbins")
	}
	if err := p.look(off / blockSize); err != nil {
		return 0, err
	}
	err = p.cells(off/blockSize, func(pos, n uint32, free bool) bool {
		if pos == off && !free {
			size = n
		}
		return pos < off
	})
	if err == nil && size == 0 {
		err = damaged("cell", baseSize+int64(off), "no allocated cell starts here")
	}
	return size, err
}

// covering finds the cell that a byte behind the header of a bin belongs to.
// The bin was looked at.
func (p *heap) covering(off uint32) (start, size uint32, free bool, err error) {
	no := off / blockSize
	for f := p.blocks[no].first; f >= unknown || no*blockSize+uint32(f) > off; f = p.blocks[no].first {
		no--
	}
	err = p.cells(no, func(pos, n uint32, isFree bool) bool {
		if pos <= off {
			start, size, free = pos, n, isFree
		}
		return pos+n <= off
	})
	return start, size, free, err
}

// recount finds the largest free cell of a block again.
func (p *heap) recount(no uint32) error {
	b := p.blocks[no]
	b.free = 0
	err := p.cells(no, func(_, size uint32, free bool) bool {
		if free {
			b.free = max(b.free, size)
		}
		return true
	})
	p.set(no, b)
	return err
}

// begins notes that a cell starts at pos where none did.
func (p *heap) begins(pos uint32) {
	b := p.blocks[pos/blockSize]
	if in := uint16(pos % blockSize); in < b.first || b.first >= unknown {
		b.first = in
		p.set(pos/blockSize, b)
	}
}

// vanishes notes that no cell starts at pos any more: it became a part of one
// that ends at end.
func (p *heap) vanishes(pos, end uint32) {
	b := p.blocks[pos/blockSize]
	if uint32(b.first) != pos%blockSize {
		return
	}
	b.first = noCell
	if end/blockSize == pos/blockSize {
		b.first = uint16(end % blockSize)
	}
	p.set(pos/blockSize, b)
}

// find returns a block with a free cell of need bytes; ok is false when there
// is none. It looks near a cell first and then from the start.
func (p *heap) find(need, near uint32) (no uint32, ok bool, err error) {
	if n := near / blockSize; near != none && n < p.total() {
		if err := p.look(n); err != nil {
			return 0, false, err
		}
		if p.blocks[n].free >= need {
			return n, true, nil
		}
	}
	c := bits.Len32(need) - 1
	start := p.total() // the first block that may have 2^c bytes
	for no = p.hint[c]; no < p.total(); no++ {
		if err := p.follow(no); err != nil {
			return 0, false, err
		}
		b := p.blocks[no]
		if b.first == unknown && b.count*blockSize-binHeader < need { // too small, whatever is in it
			start = min(start, no)
			no = b.bin + b.count - 1
			continue
		}
		if err := p.look(no); err != nil {
			return 0, false, err
		}
		if p.blocks[no].free >= 1<<c {
			start = min(start, no)
		}
		if p.blocks[no].free >= need {
			p.hint[c] = start
			return no, true, nil
		}
	}
	p.hint[c] = start
	return 0, false, nil
}

// offer notes that a block got a free cell.
func (p *heap) offer(no, size uint32) {
	for c := range bits.Len32(size) {
		p.hint[c] = min(p.hint[c], no)
	}
}

// emptyRun finds adjacent bins that are entirely free and together have room
// for need bytes, for want of one such bin.
func (p *heap) emptyRun(need uint32) (first, count uint32, ok bool, err error) {
	for no := uint32(0); no < uint32(len(p.blocks)); no += p.blocks[no].count {
		empty, err := p.isEmpty(no)
		if err != nil {
			return 0, 0, false, err
		}
		if !empty {
			count = 0
			continue
		}
		if count == 0 {
			first = no
		}
		if count += p.blocks[no].count; count*blockSize-binHeader >= need {
			return first, count, true, nil
		}
	}
	return 0, 0, false, nil
}

// isEmpty tells whether the bin that starts with a block is one free cell.
func (p *heap) isEmpty(no uint32) (bool, error) {
	all := p.blocks[no].count*blockSize - binHeader
	if p.blocks[no].first == unknown {
		size, free, err := p.size(no*blockSize+binHeader, no*blockSize+binHeader+all)
		if err != nil || !free || size != all {
			return false, err
		}
		if err := p.look(no); err != nil {
			return false, err
		}
	}
	return p.blocks[no].free == all, nil
}

// adopt takes a run of blocks for one bin with a single free cell.
func (p *heap) adopt(first, count uint32) {
	for i := range count {
		b := block{bin: first, count: count, first: noCell}
		if i == 0 {
			b.first, b.free = binHeader, count*blockSize-binHeader
		}
		if first+i == uint32(len(p.blocks)) {
			p.blocks = append(p.blocks, b)
		} else {
			p.set(first+i, b)
		}
	}
	p.offer(first, count*blockSize-binHeader)
}

func limitError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrLimit, fmt.Sprintf(format, args...))
}
