package ntfs

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// noNode stands for "no subnode"; rootNode is the number of the root in the
// table of nodes.
const (
	noNode   VCN = -1
	rootNode VCN = -2
)

// Offsets in an INDX block and in the index header, which starts at 18 there
// and at 10 in $INDEX_ROOT.
const (
	blockVCN     = 0x10
	blockHeader  = 0x18
	rootHeader   = 0x10
	headerSize   = 0x10
	endEntrySize = 0x10
)

// maxIndexBits bounds the bitmap of an index: 8 Mi blocks.
const maxIndexBits = 1 << 20

// treeEntry is an entry of a node: its bytes without the subnode, and that.
// The last one of a node is the end entry, which has no key.
type treeEntry struct {
	body []byte
	sub  VCN
}

func (e treeEntry) key() []byte { return e.body[0x10 : 0x10+int(le.Uint16(e.body[0x0a:]))] }
func (e treeEntry) ref() ref    { return ref(le.Uint64(e.body)) }

func (e treeEntry) size() int {
	if e.sub != noNode {
		return len(e.body) + 8
	}
	return len(e.body)
}

// treeNode is a node in memory.
type treeNode struct {
	vcn     VCN
	block   []byte // as read, fix-ups applied; nil in the root
	entries []treeEntry
	dirty   bool
}

func (n *treeNode) size() int {
	s := 0
	for _, e := range n.entries {
		s += e.size()
	}
	return s
}

func (n *treeNode) leaf() bool { return n.entries[0].sub == noNode }
func (n *treeNode) last() int  { return len(n.entries) - 1 }

// tree is a B-tree of an index in memory: the nodes that were touched.
type tree struct {
	c         *change
	f         *editFile
	what      string
	name      []uint16
	root      *attr
	alloc     *attr // $INDEX_ALLOCATION, nil: all is in the root
	bits      []byte
	bitsDirty bool
	blockSize int64
	vcnSize   int64
	nodes     map[VCN]*treeNode
	compare   func(a, b []byte) int
}

// directoryTree opens the index of names of a directory.
func (c *change) directoryTree(f *editFile) (*tree, error) {
	return c.tree(f, i30[:], c.upcase.collateKeys)
}

func (c *change) tree(f *editFile, name []uint16, compare func(a, b []byte) int) (*tree, error) {
	key := treeKey{f.no, fs.DecodeName(name)}
	if t := c.trees[key]; t != nil {
		return t, nil
	}
	t := &tree{c: c, f: f, name: name, nodes: map[VCN]*treeNode{}, compare: compare}
	t.what = fmt.Sprintf("MFT record %d, index %s", f.no, key.name)
	if err := t.open(); err != nil {
		return nil, err
	}
	c.trees[key] = t
	return t, nil
}

func (t *tree) open() error {
	t.root = t.f.find(attrIndexRoot, t.name)
	if t.root == nil || t.root.nonRes || len(t.root.value) < rootHeader+headerSize+endEntrySize {
		return damaged(t.what, 0, "no resident $INDEX_ROOT")
	}
	t.blockSize = int64(le.Uint32(t.root.value[8:]))
	if t.blockSize < fixupStride || t.blockSize > maxRecordSize || !powerOfTwo(int(t.blockSize)) {
		return damaged(t.what, 8, "index blocks of %d bytes", t.blockSize)
	}
	if t.vcnSize = t.c.clusterSize; t.vcnSize > t.blockSize {
		t.vcnSize = fixupStride
	}
	root := &treeNode{vcn: rootNode}
	var err error
	if root.entries, err = t.parse(t.root.value[rootHeader:]); err != nil {
		return err
	}
	t.nodes[rootNode] = root
	if t.alloc = t.f.find(attrIndexAllocation, t.name); t.alloc == nil {
		return nil
	}
	b := t.f.find(attrBitmap, t.name)
	if b == nil || !t.alloc.nonRes {
		return damaged(t.what, 0, "$INDEX_ALLOCATION without $BITMAP, or resident")
	}
	t.bits, err = t.c.valueOf(b, maxIndexBits)
	return err
}

// parse cuts a node, from its index header on, into entries, which stay views
// of b.
func (t *tree) parse(b []byte) ([]treeEntry, error) {
	off, used := int64(le.Uint32(b)), int64(le.Uint32(b[4:]))
	if off < headerSize || off%8 != 0 || used > int64(len(b)) || off > used {
		return nil, damaged(t.what, 0, "index header: entries at %#x, %#x of %#x bytes used", off, used, len(b))
	}
	list := make([]treeEntry, 0, (used-off)/0x60+2)
	for {
		left := b[off:used]
		if len(left) < endEntrySize {
			return nil, damaged(t.what, off, "index node without an end")
		}
		n, key, flags := int(le.Uint16(left[8:])), int(le.Uint16(left[0x0a:])), le.Uint16(left[0x0c:])
		e, tail := treeEntry{sub: noNode}, 0
		if flags&entryNode != 0 {
			tail = 8
		}
		if flags&entryEnd != 0 {
			key = 0
		}
		if n%8 != 0 || n > len(left) || n < 0x10+key+tail {
			return nil, damaged(t.what, off, "index entry of %#x bytes (%#x left) with a key of %#x", n, len(left), key)
		}
		if flags&entryEnd == 0 && slices.Equal(t.name, i30[:]) {
			if _, err := newFileName(left[0x10:0x10+key], t.what, int(off)); err != nil {
				return nil, err
			}
		}
		if tail > 0 {
			e.sub = VCN(le.Uint64(left[n-8:]))
		}
		e.body = left[: n-tail : n-tail]
		list = append(list, e)
		if flags&entryEnd != 0 {
			return list, nil
		}
		off += int64(n)
	}
}

// node returns the node at a VCN.
func (t *tree) node(vcn VCN) (*treeNode, error) {
	if n := t.nodes[vcn]; n != nil {
		return n, nil
	}
	if t.alloc == nil || vcn < 0 || int64(vcn) > (t.alloc.size-t.blockSize)/t.vcnSize {
		return nil, damaged(t.what, 0, "block %d is outside the index", vcn)
	}
	b := t.c.pages.buffer(int(t.blockSize))
	if err := t.c.readRuns(t.alloc, b, int64(vcn)*t.vcnSize); err != nil {
		return nil, err
	}
	if string(b[:4]) != "INDX" {
		return nil, damaged(t.what, 0, "block %d: want \"INDX\", got %q", vcn, b[:4])
	}
	if err := applyFixups(b, t.what); err != nil {
		return nil, fmt.Errorf("block %d: %w", vcn, err)
	}
	if got := VCN(le.Uint64(b[blockVCN:])); got != vcn {
		return nil, damaged(t.what, blockVCN, "block %d says that it is block %d", vcn, got)
	}
	n := &treeNode{vcn: vcn, block: b}
	var err error
	if n.entries, err = t.parse(b[blockHeader:]); err != nil {
		return nil, err
	}
	t.nodes[vcn] = n
	return n, nil
}

// step is one node of a descent and the entry at which it was left.
type step struct {
	n *treeNode
	i int
}

// descend goes to the place of a key. exact: the last step is the entry with
// this very key; otherwise it is the place in a leaf where it belongs.
func (t *tree) descend(key []byte) (path []step, exact bool, err error) {
	vcn := rootNode
	path = make([]step, 0, 4)
	for len(path) < maxDepth {
		n, err := t.node(vcn)
		if err != nil {
			return nil, false, err
		}
		i, found := slices.BinarySearchFunc(n.entries[:n.last()], key, func(e treeEntry, key []byte) int {
			return t.compare(e.key(), key)
		})
		path = append(path, step{n, i})
		if found {
			return path, true, nil
		}
		if vcn = n.entries[i].sub; vcn == noNode {
			return path, false, nil
		}
	}
	return nil, false, damaged(t.what, 0, "index deeper than %d", maxDepth)
}

// lookup finds the entry for a name, whatever its case, in a directory: the
// one spelled exactly so when there is one. Names that differ in case only are
// neighbours in the order, so one of them lies on the way to any other.
func (t *tree) lookup(name []uint16) (indexEntry, error) {
	key := keyOf(name)
	path, exact, err := t.descend(key)
	if err != nil {
		return nil, err
	}
	if exact {
		s := path[len(path)-1]
		return indexEntry(s.n.entries[s.i].body), nil
	}
	for _, s := range path {
		for _, i := range []int{s.i - 1, s.i} {
			if i < 0 || i >= s.n.last() {
				continue
			}
			if e := s.n.entries[i]; t.c.upcase.sameFold(e.key(), key) {
				return indexEntry(e.body), nil
			}
		}
	}
	return nil, nil
}

// eachFirst calls fn for the first entries of the index until it returns false.
func (t *tree) eachFirst(fn func(treeEntry) bool) error {
	_, err := t.eachFrom(rootNode, 0, fn)
	return err
}

func (t *tree) eachFrom(vcn VCN, depth int, fn func(treeEntry) bool) (more bool, err error) {
	n, err := t.node(vcn)
	if err != nil || depth == maxDepth {
		return false, err
	}
	for i, e := range n.entries {
		if e.sub != noNode {
			if more, err := t.eachFrom(e.sub, depth+1, fn); err != nil || !more {
				return false, err
			}
		}
		if i < n.last() && !fn(e) {
			return false, nil
		}
	}
	return true, nil
}

// keyOf is a $FILE_NAME that has only a name.
func keyOf(name []uint16) []byte {
	b := make([]byte, fnName+2*len(name))
	b[fnLength] = byte(len(name))
	for i, u := range name {
		le.PutUint16(b[fnName+2*i:], u)
	}
	return b
}

// sameFold reports whether the names of two $FILE_NAMEs are the same but for
// case.
func (t upcaseTable) sameFold(a, b []byte) bool {
	if a[fnLength] != b[fnLength] {
		return false
	}
	for i := range int(a[fnLength]) {
		if t.fold(le.Uint16(a[fnName+2*i:])) != t.fold(le.Uint16(b[fnName+2*i:])) {
			return false
		}
	}
	return true
}

// collateKeys is collate for two $FILE_NAMEs; it takes no memory.
func (t upcaseTable) collateKeys(a, b []byte) int {
	la, lb := int(a[fnLength]), int(b[fnLength])
	raw := 0
	for i := range min(la, lb) {
		x, y := le.Uint16(a[fnName+2*i:]), le.Uint16(b[fnName+2*i:])
		if x == y {
			continue
		}
		if fx, fy := t.fold(x), t.fold(y); fx != fy {
			return int(fx) - int(fy)
		}
		if raw == 0 {
			raw = int(x) - int(y)
		}
	}
	if la != lb {
		return la - lb
	}
	return raw
}

// serialize writes the entries behind the index header that b starts with and
// sets its fields.
func serialize(b []byte, entries []treeEntry) {
	first := int(le.Uint32(b))
	at := first
	for i, e := range entries {
		var flags uint16
		n := copy(b[at:], e.body)
		if e.sub != noNode {
			flags |= entryNode
			le.PutUint64(b[at+n:], uint64(e.sub))
			n += 8
		}
		if i == len(entries)-1 {
			flags |= entryEnd
		}
		le.PutUint16(b[at+8:], uint16(n))
		le.PutUint16(b[at+0x0c:], flags)
		at += n
	}
	clear(b[at:])
	le.PutUint32(b[4:], uint32(at))
	le.PutUint32(b[8:], uint32(len(b)))
	b[0x0c] &^= 1
	if entries[0].sub != noNode {
		b[0x0c] |= 1
	}
}
