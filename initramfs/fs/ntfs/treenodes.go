package ntfs

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// room is what the entries of a node may take.
func (t *tree) room(n *treeNode) int {
	if n.vcn == rootNode {
		return t.rootRoom()
	}
	return int(t.blockSize) - blockHeader - int(le.Uint32(n.block[blockHeader:]))
}

// rootRoom is what the entries in $INDEX_ROOT may take so that the file needs
// no attribute list; with a list, what fits beside it into the base record.
func (t *tree) rootRoom() int {
	const indexAttrs = 0x60 + 0x38 // $INDEX_ALLOCATION and $BITMAP, short ones
	overhead := t.root.headerSize(residentHeaderSize) + rootHeader + headerSize
	others, must := 0, listRoom
	for _, a := range t.f.attrs {
		if a == t.root {
			continue
		}
		n := t.f.sizeOf(a)
		if others += n; a.typ == attrStandardInformation || a.typ == attrIndexRoot {
			must += n
		}
	}
	if t.alloc == nil && !t.nodes[rootNode].leaf() {
		others += indexAttrs
	}
	room := t.f.capacity() - overhead
	if others+endEntrySize+8 > room { // a list is needed in any case
		return room - must
	}
	return room - others
}

// allocNode makes an empty node in a free block.
func (t *tree) allocNode() (*treeNode, error) {
	if t.alloc == nil {
		t.alloc = &attr{typ: attrIndexAllocation, name: t.name, nonRes: true}
		t.f.add(t.alloc)
		t.f.add(&attr{typ: attrBitmap, name: t.name, value: make([]byte, 8)})
		t.bits = make([]byte, 8)
	}
	i := t.freeBit()
	if err := t.reach((i + 1) * t.blockSize); err != nil {
		return nil, err
	}
	if i/8 >= int64(len(t.bits)) {
		t.bits = append(t.bits, make([]byte, 8)...)
	}
	t.bits[i/8] |= 1 << (i % 8)
	t.bitsDirty = true
	n := &treeNode{vcn: VCN(i * t.blockSize / t.vcnSize), block: make([]byte, t.blockSize), dirty: true}
	words := 1 + int(t.blockSize)/fixupStride
	copy(n.block, "INDX")
	le.PutUint16(n.block[4:], 0x28)
	le.PutUint16(n.block[6:], uint16(words))
	le.PutUint64(n.block[blockVCN:], uint64(n.vcn))
	le.PutUint32(n.block[blockHeader:], uint32((0x28+2*words+7)&^7-blockHeader))
	t.nodes[n.vcn] = n
	return n, nil
}

// freeBit is the first block that is free, or the one behind all.
func (t *tree) freeBit() int64 {
	end := int64(len(t.bits)) * 8
	for i := range end {
		if t.bits[i/8]&(1<<(i%8)) == 0 {
			return i
		}
	}
	return end
}

// reach makes $INDEX_ALLOCATION at least size bytes long.
func (t *tree) reach(size int64) error {
	if size <= t.alloc.size {
		return nil
	}
	if size/t.blockSize > maxIndexBits*8 {
		return fmt.Errorf("%s: %d bytes of index: %w", t.what, size, fs.ErrNoSpace)
	}
	if more := t.c.cover(size) - int64(t.alloc.next()); more > 0 {
		runs, err := t.c.allocateMeta(more, t.alloc.next(), t.alloc.behind())
		if err != nil {
			return err
		}
		t.alloc.addRuns(runs)
	}
	t.alloc.size, t.alloc.init = size, size
	t.f.changed(t.alloc)
	return nil
}

func (t *tree) freeNode(n *treeNode) {
	i := int64(n.vcn) * t.vcnSize / t.blockSize
	t.bits[i/8] &^= 1 << (i % 8)
	t.bitsDirty = true
	delete(t.nodes, n.vcn)
}

// flush writes the nodes that changed into the file; the file itself is saved
// later.
func (t *tree) flush() error {
	root := t.nodes[rootNode]
	if t.alloc != nil && root.leaf() && root.dirty {
		t.f.remove(t.alloc)
		if b := t.f.find(attrBitmap, t.name); b != nil {
			t.f.remove(b)
		}
		t.alloc, t.bits, t.bitsDirty = nil, nil, false
	}
	if root.dirty {
		t.putRoot(root)
	}
	if t.bitsDirty {
		if err := t.c.setValue(t.f, t.f.find(attrBitmap, t.name), t.bits); err != nil {
			return err
		}
		t.bitsDirty = false
	}
	if t.alloc == nil {
		return nil
	}
	for _, vcn := range t.dirtyNodes() {
		n := t.nodes[vcn]
		// The entries are views of the old block: fill a new one.
		b := t.c.pages.buffer(int(t.blockSize))
		copy(b, n.block[:blockHeader+int(le.Uint32(n.block[blockHeader:]))])
		serialize(b[blockHeader:], n.entries)
		protectFixups(b)
		if err := t.c.writeRuns(t.alloc, b, int64(vcn)*t.vcnSize); err != nil {
			return err
		}
		n.dirty = false
	}
	return nil
}

func (t *tree) dirtyNodes() []VCN {
	var list []VCN
	for vcn, n := range t.nodes {
		if n.dirty && vcn != rootNode {
			list = append(list, vcn)
		}
	}
	slices.Sort(list)
	return list
}

func (t *tree) putRoot(root *treeNode) {
	b := make([]byte, rootHeader+headerSize+root.size())
	copy(b, t.root.value[:rootHeader+headerSize])
	le.PutUint32(b[rootHeader:], headerSize)
	serialize(b[rootHeader:], root.entries)
	t.root.value = b
	t.f.changed(t.root)
	root.dirty = false
}
