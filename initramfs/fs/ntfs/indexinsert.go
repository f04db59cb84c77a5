package ntfs

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// newEntryBody makes the bytes of an entry of a directory.
func newEntryBody(r ref, key []byte) []byte {
	b := make([]byte, (0x10+len(key)+7)&^7)
	le.PutUint64(b, uint64(r))
	le.PutUint16(b[8:], uint16(len(b)))
	le.PutUint16(b[0x0a:], uint16(len(key)))
	copy(b[0x10:], key)
	return b
}

// insert adds an entry whose key is not there yet.
func (t *tree) insert(body []byte) error {
	e := treeEntry{body: body, sub: noNode}
	path, exact, err := t.descend(e.key())
	if err != nil {
		return err
	}
	if exact {
		return fmt.Errorf("%s: %w", t.what, fs.ErrExist)
	}
	s := path[len(path)-1]
	s.n.entries = slices.Insert(s.n.entries, s.i, e)
	s.n.dirty = true
	return t.balance(path)
}

// balance goes up a path along which nodes became too full or too empty, and
// puts that right.
func (t *tree) balance(path []step) error {
	for l := len(path) - 1; l > 0; l-- {
		n, err := path[l].n, error(nil)
		switch room := t.room(n); {
		case n.size() > room:
			err = t.splitNode(n, path[l-1])
		case n.last() == 0 || n.size() < room/4:
			err = t.mergeNode(path[l-1])
		}
		if err != nil {
			return err
		}
	}
	return t.balanceRoot()
}

// splitNode moves the upper half of a node into a new one; the entry between
// them goes up. up is the parent, at the entry that leads to n.
func (t *tree) splitNode(n *treeNode, up step) error {
	right, err := t.allocNode()
	if err != nil {
		return err
	}
	m := middle(n.entries)
	mid := n.entries[m]
	right.entries = slices.Clone(n.entries[m+1:])
	n.entries = append(slices.Clone(n.entries[:m]), endEntry(mid.sub))
	n.dirty = true
	mid.sub = n.vcn
	up.n.entries[up.i].sub = right.vcn
	up.n.entries = slices.Insert(up.n.entries, up.i, mid)
	up.n.dirty = true
	return nil
}

func endEntry(sub VCN) treeEntry { return treeEntry{body: make([]byte, endEntrySize), sub: sub} }

// middle is the entry that divides a node best; it has a key.
func middle(entries []treeEntry) int {
	total := 0
	for _, e := range entries {
		total += e.size()
	}
	at := 0
	for i, e := range entries {
		if at += e.size(); at >= total/2 {
			return min(max(i, 1), len(entries)-2)
		}
	}
	return 0
}

// balanceRoot moves the entries of a root that is too long into a node below
// it, and takes up those of an only child that fits.
func (t *tree) balanceRoot() error {
	root := t.nodes[rootNode]
	for depth := 0; root.last() == 0 && !root.leaf() && depth < maxDepth; depth++ {
		child, err := t.node(root.entries[0].sub)
		if err != nil {
			return err
		}
		if child.size() > t.rootRoom()*3/4 && child.last() > 0 {
			return nil
		}
		root.entries, root.dirty = child.entries, true
		t.freeNode(child)
	}
	for depth := 0; root.size() > t.rootRoom() && root.last() > 0 && depth < maxDepth; depth++ {
		child, err := t.allocNode()
		if err != nil {
			return err
		}
		child.entries = root.entries
		root.entries, root.dirty = []treeEntry{endEntry(child.vcn)}, true
		if child.size() > t.room(child) {
			if err := t.splitNode(child, step{root, 0}); err != nil {
				return err
			}
		}
	}
	return nil
}
