package ntfs

import "fmt"

// maxDepth bounds the descent in an index. A tree of 4 KiB blocks with a
// million names is 4 deep.
const maxDepth = 32

// Flags of an index entry.
const (
	entryNode = 1 // a subnode lies before the entry
	entryEnd  = 2 // no key: the last of its node
)

// i30 is the name of the attributes that make up a directory.
var i30 = [...]uint16{'$', 'I', '3', '0'}

// index is the $I30 index of a directory: a B-tree of file names.
type index struct {
	v         *Volume
	what      string
	root      []byte  // from the index header on
	alloc     *stream // nil: all is in root
	blockSize int64
	vcnSize   int64 // bytes that one VCN of a subnode counts
}

// indexEntry is a view of one entry; newEntry has checked it.
type indexEntry []byte

func (e indexEntry) ref() ref       { return ref(le.Uint64(e)) }
func (e indexEntry) isNode() bool   { return le.Uint16(e[0x0c:])&entryNode != 0 }
func (e indexEntry) isEnd() bool    { return le.Uint16(e[0x0c:])&entryEnd != 0 }
func (e indexEntry) subnode() VCN   { return VCN(le.Uint64(e[len(e)-8:])) }
func (e indexEntry) name() fileName { return fileName(e[0x10 : 0x10+int(le.Uint16(e[0x0a:]))]) }

// openIndex opens the directory index of a file.
func (n *inode) openIndex(what string) (*index, error) {
	a, ok, err := n.find(attrIndexRoot, i30[:])
	if err != nil {
		return nil, err
	}
	if !ok || a.nonResident() {
		return nil, damaged(n.rec.what(), 0, "%s: directory without a resident $INDEX_ROOT $I30", what)
	}
	b := a.value()
	if len(b) < 0x20 {
		return nil, damaged(what, 0, "$INDEX_ROOT of %d bytes", len(b))
	}
	if typ, rule := le.Uint32(b), le.Uint32(b[4:]); attrType(typ) != attrFileName || rule != 1 {
		return nil, damaged(what, 0, "$INDEX_ROOT of type %#x, collation %d", typ, rule)
	}
	x := &index{v: n.v, what: what, root: b[0x10:], blockSize: int64(le.Uint32(b[8:]))}
	if x.blockSize < fixupStride || x.blockSize > maxRecordSize || !powerOfTwo(int(x.blockSize)) {
		return nil, damaged(what, 8, "$INDEX_ROOT: index blocks of %d bytes", x.blockSize)
	}
	// A block smaller than a cluster is addressed in units of 512 bytes.
	x.vcnSize = n.v.clusterSize
	if x.vcnSize > x.blockSize {
		x.vcnSize = fixupStride
	}
	if a, ok, err = n.find(attrIndexAllocation, i30[:]); err != nil || !ok {
		return x, err
	}
	if !a.nonResident() {
		return nil, damaged(what, 0, "$INDEX_ALLOCATION is resident")
	}
	x.alloc, err = n.stream(what+" $INDEX_ALLOCATION", a)
	return x, err
}

// block reads the INDX block at vcn and returns it from its index header on.
func (x *index) block(vcn VCN) ([]byte, error) {
	if x.alloc == nil {
		return nil, damaged(x.what, 0, "subnode %d, but no $INDEX_ALLOCATION", vcn)
	}
	if vcn < 0 || int64(vcn) > (x.alloc.size-x.blockSize)/x.vcnSize {
		return nil, damaged(x.blockName(vcn), 0, "outside the index of %d bytes", x.alloc.size)
	}
	b := make([]byte, x.blockSize)
	if n, err := x.alloc.ReadAt(b, int64(vcn)*x.vcnSize); n < len(b) {
		return nil, fmt.Errorf("%s: %w", x.blockName(vcn), err)
	}
	if string(b[:4]) != "INDX" {
		return nil, damaged(x.blockName(vcn), 0, "want \"INDX\", got %q", b[:4])
	}
	if err := applyFixups(b, x.what); err != nil {
		return nil, fmt.Errorf("index block %d: %w", vcn, err)
	}
	if got := VCN(le.Uint64(b[0x10:])); got != vcn {
		return nil, damaged(x.blockName(vcn), 0x10, "says that it is block %d", got)
	}
	return b[0x18:], nil
}

func (x *index) blockName(vcn VCN) string { return fmt.Sprintf("%s index block %d", x.what, vcn) }

// eachEntry calls fn for the entries of a node, which starts with its index
// header: offset of the first entry (u32 at 0), bytes used (4), both counted
// from the header. The end entry is the last one that fn gets.
func eachEntry(node []byte, what string, fn func(indexEntry) error) error {
	if len(node) < 0x10 {
		return damaged(what, 0, "node of %d bytes", len(node))
	}
	off, used := int64(le.Uint32(node)), int64(le.Uint32(node[4:]))
	if off < 0x10 || off%8 != 0 || used > int64(len(node)) || off > used {
		return damaged(what, 0, "index header: entries at %#x, %#x of %#x bytes used", off, used, len(node))
	}
	for {
		e, err := newEntry(node[off:used], what, off)
		if err != nil {
			return err
		}
		if err := fn(e); err != nil || e.isEnd() {
			return err
		}
		off += int64(len(e))
	}
}

func newEntry(b []byte, what string, off int64) (indexEntry, error) {
	if len(b) < 0x10 {
		return nil, damaged(what, off, "index entry: %d bytes left, no end entry", len(b))
	}
	n, key := int(le.Uint16(b[8:])), int(le.Uint16(b[0x0a:]))
	flags, tail := le.Uint16(b[0x0c:]), 0
	if flags&entryNode != 0 {
		tail = 8
	}
	if flags&entryEnd != 0 {
		key = 0
	}
	if n < 0x10+key+tail || n%8 != 0 || n > len(b) {
		return nil, damaged(what, off, "index entry of %#x bytes (%#x left) with a key of %#x", n, len(b), key)
	}
	if flags&entryEnd == 0 {
		if _, err := newFileName(b[0x10:0x10+key], what, int(off)); err != nil {
			return nil, err
		}
	}
	return indexEntry(b[:n:n]), nil
}

// lookup finds the entry for a name. When names differ in case only, the one
// spelled exactly so wins; otherwise any of them is taken. found is nil when
// there is none.
func (x *index) lookup(name []uint16) (found indexEntry, err error) {
	up, err := x.v.upcaseOf()
	if err != nil {
		return nil, err
	}
	node, key := x.root, keyOf(name)
	for depth := 0; depth < maxDepth; depth++ {
		var stop indexEntry
		var order int
		err := eachEntry(node, x.what, func(e indexEntry) error {
			if e.isEnd() {
				stop = e
				return nil
			}
			// The neighbours of the place where name belongs are on the
			// path, so a name of other case is never missed.
			at := e.name()
			if up.sameFold(key, at) {
				found = e
			}
			if order = up.collateKeys(key, at); order <= 0 {
				stop = e
				return errStop
			}
			return nil
		})
		if err != nil && err != errStop {
			return nil, err
		}
		if !stop.isEnd() && order == 0 || !stop.isNode() {
			return found, nil
		}
		if node, err = x.block(stop.subnode()); err != nil {
			return nil, err
		}
	}
	return nil, damaged(x.what, 0, "index deeper than %d", maxDepth)
}

// walk calls fn for all entries in the order of the index.
func (x *index) walk(fn func(indexEntry) error) error {
	seen := make(map[VCN]bool)
	return x.walkNode(x.root, seen, 0, fn)
}

func (x *index) walkNode(node []byte, seen map[VCN]bool, depth int, fn func(indexEntry) error) error {
	return eachEntry(node, x.what, func(e indexEntry) error {
		if e.isNode() {
			vcn := e.subnode()
			if seen[vcn] || depth == maxDepth {
				return damaged(x.what, 0, "index block %d is reached twice, or more than %d deep", vcn, maxDepth)
			}
			seen[vcn] = true
			sub, err := x.block(vcn)
			if err != nil {
				return err
			}
			if err := x.walkNode(sub, seen, depth+1, fn); err != nil {
				return err
			}
		}
		if e.isEnd() {
			return nil
		}
		return fn(e)
	})
}
