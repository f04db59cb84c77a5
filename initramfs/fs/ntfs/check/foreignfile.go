package check

import (
	"bytes"
	"hash/maphash"
	"maps"
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
)

// survivors are the files that may change and were there before and after, by
// whether their records differ.
func (g *guard) survivors(fn func(old, now *grant, changed bool) error) error {
	for _, no := range slices.Sorted(maps.Keys(g.before.grants)) {
		old, now := g.before.grants[no], g.after.grants[no]
		if now == nil || now.base.seq != old.base.seq {
			continue
		}
		changed := g.records[no]
		for _, x := range append(slices.Clone(old.exts), now.exts...) {
			changed = changed || g.records[x.number()]
		}
		if err := fn(old, now, changed); err != nil {
			return err
		}
	}
	return nil
}

// attributes: of a file that is only renamed, and of a directory that holds
// another one, nothing changed but what that changes.
func (g *guard) attributes() error {
	return g.survivors(func(old, now *grant, changed bool) error {
		if !changed || old.what&now.what&mayContent != 0 {
			return nil
		}
		both := &grant{now.file, old.what | now.what}
		for key := range attributesOf(old.file, now.file) {
			if changes(both, key.typ) {
				continue
			}
			same, err := g.sameAttribute(old.find(key.typ, key.name), now.find(key.typ, key.name))
			if err != nil {
				return err
			}
			if !same {
				g.foreign(ForeignRecord, old.base.no, attrPlace(key.typ, key.name), -1, "as before, as only its names and times may change", "another")
			}
		}
		if both.what&mayNames == 0 && !slices.Equal(g.before.nameSet(old.file), g.after.nameSet(now.file)) {
			g.foreign(ForeignRecord, old.base.no, "$FILE_NAME", -1, "the names that it had", "others")
		}
		return nil
	})
}

// attrKey names an attribute of a file.
type attrKey struct {
	typ  uint32
	name string
}

func attributesOf(files ...*file) map[attrKey]bool {
	all := map[attrKey]bool{}
	for _, f := range files {
		for _, a := range f.attrs {
			all[attrKey{a.typ, a.name}] = true
		}
	}
	return all
}

// sameAttribute compares the parts of an attribute. One that a record had no
// more room for may have moved into clusters.
func (g *guard) sameAttribute(a, b []*attr) (bool, error) {
	if len(a) == 0 || len(b) == 0 || a[0].flags != b[0].flags {
		return false, nil
	}
	if a[0].resident && b[0].resident {
		return bytes.Equal(a[0].value, b[0].value), nil
	}
	x, y := g.before.join(a), g.after.join(b)
	if x.size != y.size {
		return false, nil
	}
	if !x.isResident && !y.isResident {
		return x.init == y.init && slices.Equal(joined(x.runs), joined(y.runs)), nil
	}
	limit := int64(g.before.boot.RecordSize)
	p, err := x.all(g.before.checker, limit)
	if err != nil || p == nil {
		return false, err
	}
	q, err := y.all(g.after.checker, limit)
	return bytes.Equal(p, q), err
}

// joined puts together runs that only the end of a record parts.
func joined(runs []run) []run {
	var all []run
	for _, r := range runs {
		if k := len(all) - 1; k >= 0 && all[k].end() == r.vcn && (all[k].lcn == hole) == (r.lcn == hole) &&
			(r.lcn == hole || all[k].lcn+ntfs.LCN(all[k].n) == r.lcn) {
			all[k].n += r.n
			continue
		}
		all = append(all, r)
	}
	return all
}

func (h *holder) nameSet(f *file) []string {
	var all []string
	for _, n := range h.quietNames(f) {
		all = append(all, n.String())
	}
	slices.Sort(all)
	return all
}

// entries: in the indexes that differ only the entries of files that may change
// do.
func (g *guard) entries() error {
	return g.survivors(func(old, now *grant, changed bool) error {
		if !changed && !g.indexes[old.base.no] {
			return nil
		}
		for _, name := range indexNames(old.file) {
			if err := g.compareIndex(old, now, name); err != nil {
				return err
			}
		}
		return nil
	})
}

// indexed is what is remembered of an entry.
type indexed struct {
	sum  uint64
	ref  reference
	show string
}

func (g *guard) compareIndex(old, now *grant, name string) error {
	seed := maphash.MakeSeed()
	a, err := g.before.indexed(old.file, name, seed)
	if err != nil {
		return err
	}
	b, err := g.after.indexed(now.file, name, seed)
	if err != nil {
		return err
	}
	for key, x := range a {
		if y, ok := b[key]; ok && y.sum == x.sum {
			continue
		}
		g.foreignEntry(old, name, x)
	}
	for key, y := range b {
		if _, ok := a[key]; !ok {
			g.foreignEntry(now, name, y)
		}
	}
	return nil
}

// foreignEntry notes an entry that differs, unless it is of a file that may.
func (g *guard) foreignEntry(in *grant, index string, x indexed) {
	if x.ref != 0 && (g.before.mayChange(x.ref) || g.after.mayChange(x.ref)) {
		return
	}
	g.foreign(ForeignEntry, in.base.no, "index "+text(index), -1, "the entry as before, as it is of no file that the transaction is about", "another: %s", x.show)
}

// indexed are the entries of an index.
func (h *holder) indexed(f *file, name string, seed maphash.Seed) (map[string]indexed, error) {
	t, err := h.openIndex(f, name)
	if err != nil || t == nil {
		return nil, err
	}
	all := map[string]indexed{}
	err = t.walk(func(e entry) error {
		x := indexed{show: t.show(e.key)}
		if t.names {
			n, _ := parseName(e.key)
			x.ref = e.ref
			x.sum = maphash.Bytes(seed, e.key)
			all[n.name+string(le.AppendUint64(nil, uint64(e.ref)))] = x
			return nil
		}
		x.ref = viewTarget(text(name), e)
		if text(name) != "$Q" { // what an owner uses may be counted anew
			x.sum = maphash.Bytes(seed, e.data)
		}
		all[string(e.key)] = x
		return nil
	})
	return all, err
}

// viewTarget is the file that an entry of $ObjId or $Reparse is of, 0 for other
// indexes.
func viewTarget(index string, e entry) reference {
	switch {
	case index == "$O" && len(e.key) == 16 && len(e.data) >= 8: // the object ID of a file
		return reference(le.Uint64(e.data))
	case index == "$R" && len(e.key) >= 12:
		return reference(le.Uint64(e.key[4:]))
	}
	return 0
}
