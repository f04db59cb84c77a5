package regfcheck

import "fmt"

// relabel mends the head of a list of subkeys, signature and number of entries,
// where its entries prove it: count of them lead to keys that name this one as
// their parent, and their hashes or first characters fit. "" when they do not,
// or when the head is right.
func (c *checker) relabel(f *fixer, list, key, count uint32) string {
	if !c.start.has(list) || count == 0 || count > 0xffff {
		return ""
	}
	size := -int64(int32(f.u32(baseSize+int64(list)))) - 4
	for _, sig := range listSig[:3] {
		l := leaf{off: list, kind: sig[1], n: int(count)}
		if 4+int64(l.n)*l.width() > size || !c.allOf(f, l, key) {
			continue
		}
		head := le.AppendUint16([]byte(sig), uint16(count))
		if string(f.bytes(pos(list), 4)) == string(head) {
			return ""
		}
		f.write(head, pos(list))
		return fmt.Sprintf("the list was marked as %s with %d entries again, which all lead to keys that name this one as their parent", sig, count)
	}
	return ""
}

// allOf: all entries lead to different keys with this parent and say of their
// names what they should.
func (c *checker) allOf(f *fixer, l leaf, parent uint32) bool {
	seen := map[uint32]bool{}
	for i := range l.n {
		b := f.bytes(l.at(i), int(l.width()))
		off := le.Uint32(b)
		if seen[off] { // behind the last entry are often copies
			return false
		}
		seen[off] = true
		if !c.start.has(off) || int32(f.u32(baseSize+int64(off))) > 0 || string(f.bytes(pos(off), 2)) != "nk" || f.u32(pos(off)+nkParent) != parent {
			return false
		}
		switch name := f.name(off); l.kind {
		case 'h':
			if le.Uint32(b[4:]) != hash(name) {
				return false
			}
		case 'f':
			if h := hint(name); string(h[:]) != string(b[4:]) {
				return false
			}
		}
	}
	return true
}
