package check

import "fmt"

// residues looks closer at the files whose names and index entries are not the
// same.
func (w *whole) residues() error {
	var odd bitset
	some := false
	for no := range w.states {
		if st := &w.states[no]; st.flags&stUsed != 0 && (st.names != 0 || st.count != 0) {
			odd.set(int64(no))
			some = true
		}
	}
	if !some {
		return nil
	}
	for no := range w.states {
		if err := w.oddNames(int64(no), &odd); err != nil {
			return err
		}
	}
	return nil
}

// oddNames looks for the names of an odd file, and in a directory for the
// entries of odd files.
func (w *whole) oddNames(no int64, odd *bitset) error {
	isDir := w.states[no].flags&stDir != 0
	if !odd.has(no) && !isDir {
		return nil
	}
	f, err := w.reload(no)
	if err != nil || f == nil {
		return err
	}
	if odd.has(no) {
		for _, n := range w.quietNames(f) {
			if err := w.checkEntry(f.base, n); err != nil {
				return err
			}
		}
	}
	if !isDir {
		return nil
	}
	return w.eachEntry(f, func(t *tree, x entry) error {
		if !odd.has(x.ref.number()) {
			return nil
		}
		return w.checkName(t, x)
	})
}

func (c *checker) quietNames(f *file) []name {
	quiet := c.quiet
	c.quiet = true
	defer func() { c.quiet = quiet }()
	return c.names(f)
}

// eachEntry walks a directory again without noting what is wrong with it.
func (c *checker) eachEntry(f *file, fn func(*tree, entry) error) error {
	quiet := c.quiet
	c.quiet = true
	defer func() { c.quiet = quiet }()
	t, err := c.openIndex(f, i30)
	if err != nil || t == nil {
		return err
	}
	return t.walk(func(x entry) error {
		c.quiet = quiet
		defer func() { c.quiet = true }()
		return fn(t, x)
	})
}

// checkEntry looks for the index entry of a name.
func (c *checker) checkEntry(r *record, n name) error {
	dir, why, err := c.referenced(n.parent)
	if err != nil {
		return err
	}
	if dir == nil || !dir.isDir() || dir.base != 0 {
		if why == "" {
			why = fmt.Sprintf("%v, which is not a directory", n.parent)
		}
		c.bad(Parent, r.no, "$FILE_NAME", -1, fmt.Sprintf("%v to lie in a directory", n), "%s", why)
		return nil
	}
	f, err := c.reload(dir.no)
	if err != nil || f == nil {
		return err
	}
	self := reference(uint64(r.seq)<<48 | uint64(r.no))
	found := 0
	t, err := c.quietIndex(f)
	if err != nil || t == nil {
		return err
	}
	err = t.lookup(t.root, n, 0, func(x entry) {
		if m, _ := parseName(x.key); m.name == n.name && m.space == n.space && m.parent == n.parent && x.ref == self {
			found++
		}
	})
	if found != 1 {
		c.bad(NameMissing, r.no, "$FILE_NAME", -1, fmt.Sprintf("one index entry for %v", n), "%d", found)
	}
	return err
}

func (c *checker) quietIndex(f *file) (*tree, error) {
	quiet := c.quiet
	c.quiet = true
	defer func() { c.quiet = quiet }()
	return c.openIndex(f, i30)
}

// checkName looks for the name that an index entry is made of.
func (c *checker) checkName(t *tree, x entry) error {
	n, _ := parseName(x.key)
	r, why, err := c.referenced(x.ref)
	if err != nil {
		return err
	}
	if r != nil && r.base != 0 {
		r, why = nil, "an extension record"
	}
	if r != nil {
		f, err := c.reload(r.no)
		if err != nil || f == nil {
			return err
		}
		for _, m := range c.quietNames(f) {
			if m.name == n.name && m.space == n.space && m.parent == n.parent {
				return nil
			}
		}
		why = fmt.Sprintf("record %d, which has no such name", r.no)
	}
	t.bad(EntryDangling, x.place, x.off, fmt.Sprintf("%v to name a file", n), "%s", why)
	return nil
}

// lookup calls fn for the entries that are equal to the name but for case, on
// the way that the order of the index gives. Damage on it was or will be noted
// by walk.
func (t *tree) lookup(b []byte, n name, depth int, fn func(entry)) error {
	if !t.order || depth > maxDepth {
		return nil
	}
	off, used := int64(le.Uint32(b)), min(int64(le.Uint32(b[4:])), int64(len(b)))
	for off >= 0x10 && off+0x10 <= used {
		e := b[off:used]
		size, key, flags := int(le.Uint16(e[8:])), int(le.Uint16(e[0xa:])), le.Uint16(e[0xc:])
		if size < 0x10 || size > len(e) || flags&1 != 0 && size < 0x18 || flags&2 == 0 && 0x10+key > size {
			return nil
		}
		cmp := -1
		if flags&2 == 0 {
			m, err := parseName(e[0x10 : 0x10+key])
			if err != nil {
				return nil
			}
			if cmp = t.c.compareNames(n.name, m.name); cmp == 0 {
				fn(entry{ref: reference(le.Uint64(e)), key: e[0x10 : 0x10+key]})
				return nil
			}
		}
		if cmp > 0 {
			off += int64(size)
			continue
		}
		if flags&1 == 0 {
			return nil
		}
		return t.down(int64(le.Uint64(e[size-8:])), n, depth, fn)
	}
	return nil
}

func (t *tree) down(vcn int64, n name, depth int, fn func(entry)) error {
	if t.alloc == nil || vcn < 0 || vcn > (t.alloc.size-t.blockSize)/t.vcnSize {
		return nil
	}
	b := make([]byte, t.blockSize)
	if err := t.alloc.readAt(t.c, b, vcn*t.vcnSize); err != nil {
		return err
	}
	if string(b[:4]) != "INDX" || fixups(b) != nil {
		return nil
	}
	return t.lookup(b[0x18:], n, depth+1, fn)
}

// roots follows every directory up to the root.
func (w *whole) roots() error {
	if rootRecord < len(w.states) {
		w.states[rootRecord].flags |= stRooted
	}
	for no := range w.states {
		if f := w.states[no].flags; f&stDir == 0 || f&stExtension != 0 || no < firstUserRecord {
			continue
		}
		var path []int
		at := no
		for w.states[at].flags&(stRooted|stPath) == 0 && w.states[at].flags&stDir != 0 {
			w.states[at].flags |= stPath
			path = append(path, at)
			at = int(w.states[at].parent)
		}
		if w.states[at].flags&stPath != 0 {
			w.bad(DirectoryLoop, int64(no), "$FILE_NAME", -1, "a way up to the root directory", "one back to record %d", at)
		}
		for _, p := range path {
			w.states[p].flags = w.states[p].flags&^stPath | stRooted
		}
	}
	return nil
}
