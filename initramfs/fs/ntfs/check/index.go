package check

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
)

// i30 is "$I30", the name of the index of a directory.
const i30 = "$\x00I\x003\x000\x00"

// maxDepth bounds the descent in an index.
const maxDepth = 32

// tree is one index: its root and its blocks.
type tree struct {
	c         *checker
	no        int64
	name      string
	collation uint32
	names     bool // the keys are $FILE_NAMEs
	blockSize int64
	vcnSize   int64
	root      []byte // from the index header on
	alloc     *stream
	bitmap    []byte
	visited   bitset
	last      []byte // key of the entry before
	order     bool   // order is judged
	only      *name  // where not nil: walk only the way to this name
	parts     indexParts
}

// indexParts are the attributes of an index.
type indexParts struct{ root, alloc, bitmap []*attr }

// bounds are the keys between which those of a node lie; nil: no bound.
type bounds struct{ low, high []byte }

// entry is one entry of an index that holds a key.
type entry struct {
	ref   reference // of a directory; elsewhere data
	key   []byte
	data  []byte // what an index of another kind keeps with the key
	place string
	off   int
}

func (t *tree) bad(kind Kind, place string, off int, expected string, format string, args ...any) {
	t.c.bad(kind, t.no, place, off, expected, format, args...)
}

// openIndex judges what belongs to the index of a file with the given name.
// nil: it cannot be walked, or there is none.
func (c *checker) openIndex(f *file, name string) (*tree, error) {
	parts := f.find(typeRoot, name)
	if len(parts) == 0 {
		return nil, nil
	}
	t := &tree{c: c, no: f.base.no, name: name}
	place := parts[0].place()
	b := parts[0].value
	if len(parts) != 1 || len(b) < 0x30 {
		t.bad(Index, place, parts[0].off, "one resident $INDEX_ROOT", "%d of %d bytes", len(parts), len(b))
		return nil, nil
	}
	t.collation, t.blockSize, t.root = le.Uint32(b[4:]), int64(le.Uint32(b[8:])), b[0x10:]
	t.names = le.Uint32(b) == typeFileName
	if t.names != (name == i30) || t.names && t.collation != 1 || t.blockSize < 512 || t.blockSize > 64<<10 || t.blockSize&(t.blockSize-1) != 0 {
		t.bad(Index, place, 0, "type, collation and block size", "type %#x, collation %#x, %d bytes", le.Uint32(b), t.collation, t.blockSize)
		return nil, nil
	}
	t.vcnSize = c.clusterSize
	if t.blockSize < c.clusterSize {
		t.vcnSize = 512
	}
	if want := t.blockSize / t.vcnSize; int64(b[0xc]) != want && t.blockSize >= c.clusterSize {
		t.bad(Index, place, 0xc, fmt.Sprintf("%d clusters per block", want), "%d", b[0xc])
	}
	_, t.order = t.compare(nil, nil)
	alloc, bitmap := f.find(typeAllocation, name), f.find(typeBitmap, name)
	t.parts = indexParts{parts, alloc, bitmap}
	if (len(alloc) == 0) != (len(bitmap) == 0) {
		t.bad(Index, place, -1, "$INDEX_ALLOCATION and $BITMAP, or neither", "%d and %d", len(alloc), len(bitmap))
	}
	if len(alloc) > 0 {
		t.alloc = c.join(alloc)
		if t.alloc.isResident || t.alloc.size%t.blockSize != 0 {
			t.bad(Index, alloc[0].place(), alloc[0].off, fmt.Sprintf("whole blocks of %d bytes", t.blockSize), "%d bytes", t.alloc.size)
		}
	}
	var err error
	if len(bitmap) > 0 {
		t.bitmap, err = c.join(bitmap).all(c, 1<<27)
	}
	return t, err
}

// walk goes through the index in its order, judges all of it and calls fn for
// every entry with a key.
func (t *tree) walk(fn func(entry) error) error {
	if err := t.node(t.root, rootNode, "$INDEX_ROOT:"+text(t.name), 0, bounds{}, fn); err != nil {
		return err
	}
	return t.checkBitmap()
}

// checkBitmap: exactly the blocks that the tree reaches are marked. On the way
// to one name not all are reached.
func (t *tree) checkBitmap() error {
	place := "$BITMAP:" + text(t.name)
	if t.alloc == nil {
		return nil
	}
	blocks := t.alloc.size / t.blockSize
	if int64(len(t.bitmap))*8 < blocks {
		t.bad(IndexBitmap, place, -1, fmt.Sprintf("at least %d bits", blocks), "%d", len(t.bitmap)*8)
	}
	for i := range int64(len(t.bitmap)) * 8 {
		marked, reached := t.bitmap[i/8]>>(i%8)&1 != 0, t.visited.has(i)
		if i >= blocks && marked {
			t.bad(IndexBitmap, place, int(i/8), fmt.Sprintf("no block marked behind %d", blocks), "%d", i)
			return nil
		}
		if marked == reached || marked && t.only != nil {
			continue
		}
		t.c.note(Problem{Kind: IndexBitmap, Record: t.no, Place: place, Off: i / 8, Mendable: reached && t.c.fix != nil,
			Expected: fmt.Sprintf("block %d marked: %v, as the tree reaches it", i, reached), Actual: fmt.Sprint(marked)})
		if reached {
			t.bitmap[i/8] |= 1 << (i % 8)
			if err := t.c.putValue(IndexBitmap, t.parts.bitmap, t.bitmap[i/8:i/8+1], i/8); err != nil {
				return err
			}
		}
	}
	return nil
}

// rootNode is the place of the root of an index, which has no VCN.
const rootNode ntfs.VCN = -1

// node judges one node, which starts with its index header.
func (t *tree) node(b []byte, vcn ntfs.VCN, place string, depth int, in bounds, fn func(entry) error) error {
	off, used, alloc := int64(le.Uint32(b)), int64(le.Uint32(b[4:])), int64(le.Uint32(b[8:]))
	if off < 0x10 || off%8 != 0 || used > alloc || used%8 != 0 || alloc > int64(len(b)) || off > used-0x10 {
		t.bad(Index, place, 0, fmt.Sprintf("sizes inside %#x bytes", len(b)), "entries at %#x, %#x used, %#x allocated", off, used, alloc)
		return nil
	}
	inner := b[0xc]&1 != 0
	if inner && t.alloc == nil {
		t.bad(Index, place, 0xc, "no subnodes without $INDEX_ALLOCATION", "flags %#x", b[0xc])
		return nil
	}
	if !inner {
		if err := t.sortLeaf(b, vcn, place, in); err != nil {
			return err
		}
	}
	low := in.low
	for {
		e := b[off:used]
		n, flags, ok := t.entrySize(e, place, off)
		if !ok {
			return nil
		}
		if (flags&1 != 0) != inner {
			t.bad(Index, place, int(off), fmt.Sprintf("a subnode: %v, as the node's flags say", inner), "entry flags %#x", flags)
		}
		high := in.high
		if flags&2 == 0 {
			high = e[0x10 : 0x10+int(le.Uint16(e[0xa:]))]
		}
		if flags&1 != 0 && t.wanted(low, high) {
			if err := t.subnode(ntfs.VCN(le.Uint64(e[n-8:])), place, int(off), depth, bounds{low, high}, fn); err != nil {
				return err
			}
		}
		if flags&2 != 0 {
			if off+int64(n) != used {
				t.bad(Index, place, 4, fmt.Sprintf("%#x bytes used", off+int64(n)), "%#x", used)
			}
			return nil
		}
		if err := t.entry(entry{ref: reference(le.Uint64(e)), key: high, data: entryData(e[:n]), place: place, off: int(off)}, fn); err != nil {
			return err
		}
		low = high
		off += int64(n)
	}
}

// entryData is what an entry keeps with its key, where it is not the entry of a
// directory, which has the number of a file there.
func entryData(e []byte) []byte {
	off, n := int(le.Uint16(e)), int(le.Uint16(e[2:]))
	if off < 0x10 || off+n > len(e) {
		return nil
	}
	return e[off : off+n]
}

// entrySize judges the header of an entry, off bytes behind that of its node.
func (t *tree) entrySize(e []byte, place string, off int64) (n int, flags uint16, ok bool) {
	if len(e) < 0x10 {
		t.bad(Index, place, int(off), "an end entry", "%d bytes left", len(e))
		return 0, 0, false
	}
	n, flags = int(le.Uint16(e[8:])), le.Uint16(e[0xc:])
	key, need := int(le.Uint16(e[0xa:])), 0x10
	if flags&2 == 0 {
		need += key
	}
	if flags&1 != 0 {
		need += 8
	}
	if n < need || n%8 != 0 || n > len(e) {
		t.bad(Index, place, int(off), "an entry inside the node", "length %#x, key %#x, flags %#x, %#x bytes left", n, key, flags, len(e))
		return 0, 0, false
	}
	return n, flags, true
}

// wanted reports whether the names between two keys are walked.
func (t *tree) wanted(low, high []byte) bool {
	if t.only == nil || !t.order {
		return true
	}
	for _, b := range []struct {
		key  []byte
		sign int
	}{{low, 1}, {high, -1}} {
		if n, err := parseName(b.key); err == nil && b.sign*t.c.compareFolded(n.name, t.only.name) > 0 {
			return false
		}
	}
	return true
}

// entry judges the place of an entry in the order.
func (t *tree) entry(x entry, fn func(entry) error) error {
	t.c.report.Entries++
	if t.names {
		if _, err := parseName(x.key); err != nil {
			t.bad(Index, x.place, x.off, "a $FILE_NAME as key", "%v", err)
			return nil
		}
	}
	if t.last != nil && t.order {
		if cmp, _ := t.compare(t.last, x.key); cmp >= 0 {
			t.bad(IndexOrder, x.place, x.off, "a key behind "+t.show(t.last), "%s", t.show(x.key))
		}
	}
	t.last = x.key
	return fn(x)
}

func (t *tree) show(key []byte) string {
	if n, err := parseName(key); t.names && err == nil {
		return fmt.Sprintf("%q", text(n.name))
	}
	return fmt.Sprintf("%x", key[:min(len(key), 32)])
}

// subnode goes down to the block at vcn.
func (t *tree) subnode(vcn ntfs.VCN, place string, off, depth int, in bounds, fn func(entry) error) error {
	b, err := t.block(vcn, place, off, depth)
	if err != nil || b == nil {
		return err
	}
	return t.node(b[0x18:], vcn, t.blockPlace(vcn), depth+1, in, fn)
}

func (t *tree) blockPlace(vcn ntfs.VCN) string {
	return fmt.Sprintf("%s index block at VCN %d", text(t.name), vcn)
}

// block reads an INDX block. nil: it is damaged, which was noted.
func (t *tree) block(vcn ntfs.VCN, place string, off, depth int) ([]byte, error) {
	if t.alloc == nil || vcn < 0 || int64(vcn) > (t.alloc.size-t.blockSize)/t.vcnSize || int64(vcn)*t.vcnSize%t.blockSize != 0 {
		t.bad(Index, place, off, "a subnode inside $INDEX_ALLOCATION", "VCN %d", vcn)
		return nil, nil
	}
	if depth >= maxDepth || t.visited.set(int64(vcn)*t.vcnSize/t.blockSize) {
		t.bad(Index, place, off, "a tree", "VCN %d for the second time, or depth %d", vcn, depth)
		return nil, nil
	}
	b := make([]byte, t.blockSize)
	if err := t.alloc.readAt(t.c, b, int64(vcn)*t.vcnSize); err != nil {
		return nil, err
	}
	at := t.blockPlace(vcn)
	if string(b[:4]) != "INDX" {
		t.bad(Index, at, 0, `"INDX"`, "%q", b[:4])
		return nil, nil
	}
	if err := fixups(b); err != nil {
		t.bad(Index, at, 4, "equal update sequence numbers", "%v", err)
		return nil, nil
	}
	if got := le.Uint64(b[0x10:]); got != uint64(vcn) {
		t.bad(Index, at, 0x10, fmt.Sprintf("VCN %d", vcn), "%d", got)
	}
	if n := int64(le.Uint32(b[0x20:])); n != t.blockSize-0x18 {
		t.bad(Index, at, 0x20, fmt.Sprintf("%#x bytes allocated", t.blockSize-0x18), "%#x", n)
	}
	return b, nil
}
