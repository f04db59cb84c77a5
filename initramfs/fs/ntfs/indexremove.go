package ntfs

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// delete removes the entry with a key. An entry of an inner node is replaced
// by the one before it, the last of a leaf.
func (t *tree) delete(key []byte) error {
	path, exact, err := t.descend(key)
	if err != nil {
		return err
	}
	if !exact {
		return fmt.Errorf("%s: %w", t.what, fs.ErrNotExist)
	}
	s := path[len(path)-1]
	s.n.dirty = true
	if s.n.leaf() {
		s.n.entries = slices.Delete(s.n.entries, s.i, s.i+1)
		return t.balance(path)
	}
	path, err = t.toLast(path, s.n.entries[s.i].sub)
	if err != nil {
		return err
	}
	leaf := path[len(path)-1].n
	if leaf.last() == 0 {
		return t.dropEmptyBefore(s)
	}
	e := leaf.entries[leaf.last()-1]
	leaf.entries = slices.Delete(leaf.entries, leaf.last()-1, leaf.last())
	leaf.dirty = true
	s.n.entries[s.i] = treeEntry{body: e.body, sub: s.n.entries[s.i].sub}
	return t.balance(path)
}

// toLast extends a path from a subnode to the end of its last leaf.
func (t *tree) toLast(path []step, vcn VCN) ([]step, error) {
	for vcn != noNode {
		if len(path) >= maxDepth {
			return nil, damaged(t.what, 0, "index deeper than %d", maxDepth)
		}
		n, err := t.node(vcn)
		if err != nil {
			return nil, err
		}
		path = append(path, step{n, n.last()})
		vcn = n.entries[n.last()].sub
	}
	return path, nil
}

// dropEmptyBefore handles an inner entry before which a foreign writer left a
// leaf without any key: the empty nodes go, and the entry with them. Only a
// leaf directly below is understood.
func (t *tree) dropEmptyBefore(s step) error {
	n, err := t.node(s.n.entries[s.i].sub)
	if err != nil {
		return err
	}
	if n.last() != 0 || !n.leaf() {
		return unsupported(t.what, "an empty leaf in its midst")
	}
	t.freeNode(n)
	s.n.entries = slices.Delete(s.n.entries, s.i, s.i+1)
	return t.balanceRoot()
}

// mergeNode joins the node at up with a neighbour when both fit into one
// block. When they do not, but one of them is empty, they share their entries
// evenly.
func (t *tree) mergeNode(up step) error {
	p, sep := up.n, up.i
	if p.last() == 0 {
		return nil // no neighbour
	}
	if sep == p.last() {
		sep--
	}
	left, err := t.node(p.entries[sep].sub)
	if err != nil {
		return err
	}
	right, err := t.node(p.entries[sep+1].sub)
	if err != nil {
		return err
	}
	if left == right {
		return damaged(t.what, 0, "block %d is reached twice", left.vcn)
	}
	if left.leaf() != right.leaf() {
		return nil // a foreign writer's tree of uneven depth
	}
	mid := p.entries[sep]
	mid.sub = left.entries[left.last()].sub
	all := append(slices.Clone(left.entries[:left.last()]), mid)
	all = append(all, right.entries...)
	total := 0
	for _, e := range all {
		total += e.size()
	}
	if total <= t.room(right) {
		right.entries, right.dirty, p.dirty = all, true, true
		p.entries = slices.Delete(p.entries, sep, sep+1)
		t.freeNode(left)
		return nil
	}
	if left.last() > 0 && right.last() > 0 {
		return nil
	}
	m := middle(all)
	left.entries = append(slices.Clone(all[:m]), endEntry(all[m].sub))
	right.entries = slices.Clone(all[m+1:])
	p.entries[sep] = treeEntry{body: all[m].body, sub: left.vcn}
	left.dirty, right.dirty, p.dirty = true, true, true
	return nil
}
