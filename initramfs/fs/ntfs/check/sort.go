package check

import (
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
)

// sortLeaf puts the entries of a leaf, b from its index header on, in order
// where they are not, and where that is proved to be all that is wrong: every
// entry is sound and leads to a file that has this very name in this
// directory, no two have the same key, and all of them lie between the keys
// that lead to the leaf. Names outside ASCII are left alone, since $UpCase
// itself could be what is damaged.
func (t *tree) sortLeaf(b []byte, vcn ntfs.VCN, place string, in bounds) error {
	if !t.c.mends() || !t.names || !t.order {
		return nil
	}
	list := t.leafEntries(b)
	byKey := func(x, y []byte) int {
		cmp, _ := t.compare(keyOf(x), keyOf(y))
		return cmp
	}
	if len(list) < 2 || slices.IsSortedFunc(list, byKey) {
		return nil
	}
	for _, e := range list {
		if ok, err := t.proved(e); !ok || err != nil {
			return err
		}
	}
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, byKey)
	for i := 1; i < len(sorted); i++ {
		if byKey(sorted[i-1], sorted[i]) == 0 {
			return nil
		}
	}
	if in.low != nil {
		if cmp, _ := t.compare(in.low, keyOf(sorted[0])); cmp >= 0 {
			return nil
		}
	}
	if in.high != nil {
		if cmp, _ := t.compare(keyOf(sorted[len(sorted)-1]), in.high); cmp >= 0 {
			return nil
		}
	}
	t.noteOrder(list, sorted, place)
	entries := slices.Concat(sorted...)
	off := int64(le.Uint32(b))
	copy(b[off:], entries) // the walk goes on in the right order
	if vcn == rootNode {
		return t.c.putValue(IndexOrder, t.parts.root, entries, 0x10+off)
	}
	return t.putBlock(vcn, func(block []byte) { copy(block[0x18+off:], entries) })
}

func (t *tree) noteOrder(list, sorted [][]byte, place string) {
	i := 0
	for &list[i][0] == &sorted[i][0] {
		i++
	}
	t.c.note(Problem{Kind: IndexOrder, Record: t.no, Place: place, Off: -1, Mendable: true,
		Expected: "the entry for " + t.show(keyOf(sorted[i])), Actual: "that for " + t.show(keyOf(list[i]))})
}

// leafEntries are the entries of a leaf but the last, which has no key; nil
// when one of them is not sound.
func (t *tree) leafEntries(b []byte) (list [][]byte) {
	for off, used := int64(le.Uint32(b)), int64(le.Uint32(b[4:])); ; {
		e := b[off:used]
		if len(e) < 0x10 {
			return nil
		}
		n, key, flags := int(le.Uint16(e[8:])), int(le.Uint16(e[0xa:])), le.Uint16(e[0xc:])
		if n < 0x10 || n%8 != 0 || n > len(e) || flags&1 != 0 {
			return nil
		}
		if flags&2 != 0 {
			return list
		}
		if 0x10+key > n {
			return nil
		}
		if _, err := parseName(e[0x10 : 0x10+key]); err != nil {
			return nil
		}
		list = append(list, slices.Clone(e[:n]))
		off += int64(n)
	}
}

func keyOf(e []byte) []byte { return e[0x10 : 0x10+int(le.Uint16(e[0xa:]))] }

// proved reports whether an entry leads to a file that has its name, which is
// ASCII.
func (t *tree) proved(e []byte) (bool, error) {
	n, _ := parseName(keyOf(e))
	for i := 0; i < len(n.name); i += 2 {
		if n.name[i] >= 0x80 || n.name[i+1] != 0 {
			return false, nil
		}
	}
	r, _, err := t.c.referenced(reference(le.Uint64(e)))
	if err != nil || r == nil || r.base != 0 {
		return false, err
	}
	f, err := t.c.reload(r.no)
	if err != nil || f == nil {
		return false, err
	}
	return slices.ContainsFunc(t.c.quietNames(f), func(m name) bool {
		return m.name == n.name && m.space == n.space && m.parent == n.parent && n.parent.number() == t.no
	}), nil
}

// putBlock changes a block of the index: edit gets it with its fix-ups taken
// out.
func (t *tree) putBlock(vcn ntfs.VCN, edit func(b []byte)) error {
	b := make([]byte, t.blockSize)
	off := int64(vcn) * t.vcnSize
	if err := t.alloc.readAt(t.c, b, off); err != nil {
		return err
	}
	if fixups(b) != nil {
		return nil
	}
	edit(b)
	protect(b)
	return t.c.putStream(IndexOrder, t.alloc, b, off)
}
