package regf

import (
	"encoding/binary"
	"fmt"
)

// maxEntries bounds the memory that the subkeys or values of one key may cost.
// The longest list in a real hive seen has 5000 entries.
const maxEntries = 1 << 18

// ref is one entry of a subkey list.
type ref struct {
	off  uint32 // cell offset of the nk
	kind byte   // 'f', 'h' or 'i': the list it comes from (lf, lh, li)
	hint uint32 // lf: first four characters; lh: hash; li: nothing
}

// subkeyRefs flattens the subkey list of a key. With an error come the entries
// of the leaves that could be read.
func (k *Key) subkeyRefs() ([]ref, error) {
	n := k.u32(nkSubkeys)
	if n == 0 {
		return nil, nil
	}
	if n > maxEntries || n > k.h.base.BinsSize/minKeyCell {
		return nil, &FormatError{"nk", k.pos(nkSubkeys), "", number(n), "more subkeys than the hive has room for"}
	}
	l := lister{h: k.h, left: int(n)}
	l.list(k.u32(nkSubkeyList), true)
	if l.err == nil && l.left != 0 {
		l.err = &FormatError{"nk", k.pos(nkSubkeys), number(n), number(int(n) - l.left), "subkey list has another length"}
	}
	return l.refs, l.err
}

// lister collects the entries of an lf, lh, li or ri list.
type lister struct {
	h    *Hive
	left int // entries that may still come, so that a loop cannot grow
	refs []ref
	err  error

	visit func(cell uint32) error // for each list, if not nil
}

func (l *lister) fail(err error) { l.err = firstError(l.err, err) }

func (l *lister) list(off uint32, root bool) {
	c, err := l.h.cell(off, "subkey list")
	if err != nil {
		l.fail(err)
		return
	}
	var b [4]byte
	if err := l.h.content(c, b[:], "subkey list"); err != nil {
		l.fail(err)
		return
	}
	if l.visit != nil {
		if err := l.visit(off); err != nil {
			l.fail(err)
			return
		}
	}
	sig, n := string(b[:2]), int(binary.LittleEndian.Uint16(b[2:]))
	width := 8
	if sig == "li" || sig == "ri" {
		width = 4
	}
	known := sig == "lf" || sig == "lh" || sig == "li" || sig == "ri" && root
	switch {
	case !known:
		l.fail(&FormatError{"subkey list", c.off, "lf, lh, li or ri", fmt.Sprintf("% x", b[:2]), "wrong signature"})
	case int64(n*width) > c.size-4:
		l.fail(&FormatError{sig, c.off + 2, "", number(n), "more entries than the cell holds"})
	case sig == "ri":
		l.index(c, n)
	case n > l.left:
		l.fail(&FormatError{sig, c.off + 2, number(l.left), number(n), "more entries than the key has subkeys"})
	default:
		l.leaf(c, sig[1], n, width)
	}
}

func (l *lister) index(c cell, n int) {
	offs, err := l.h.offsets(c.off+4, n)
	if err != nil {
		l.fail(err)
		return
	}
	for _, off := range offs {
		l.list(off, false)
	}
}

func (l *lister) leaf(c cell, kind byte, n, width int) {
	b := make([]byte, n*width)
	if err := l.h.read(b, c.off+4); err != nil {
		l.fail(err)
		return
	}
	for ; len(b) > 0; b = b[width:] {
		r := ref{off: binary.LittleEndian.Uint32(b), kind: kind}
		if width == 8 {
			r.hint = binary.LittleEndian.Uint32(b[4:])
		}
		l.refs = append(l.refs, r)
	}
	l.left -= n
}

// hint is what lists say of a name, to skip most nodes in a search. Only names
// in ASCII are skipped by it: for others the hint depends on tables.
type hint struct {
	ascii bool
	first [4]byte
	hash  uint32
}

func newHint(name string) hint {
	h := hint{ascii: isASCII(name)}
	for i := 0; i < len(name) && h.ascii; i++ {
		u := byte(Upper(rune(name[i])))
		h.hash = h.hash*37 + uint32(u)
		if i < len(h.first) {
			h.first[i] = u
		}
	}
	return h
}

func (h hint) matches(r ref) bool {
	switch {
	case !h.ascii || r.kind == 'i':
		return true
	case r.kind == 'h':
		return r.hint == h.hash
	}
	for i, c := range h.first {
		if got := byte(r.hint >> (8 * i)); got >= 0x80 || byte(Upper(rune(got))) != c {
			return false
		}
	}
	return true
}
