package regf

import "slices"

// children are the subkeys of a key that an edit had to do with, and the list
// that they are in.
type children struct {
	refs []ref
	keys map[string]*Key // by folded name; nil for what is not there
}

// listed reads the lists of a key before and after an edit, and finds the keys
// in them that a trail leads to. Either key may be nil: then there are none. A
// key that went need not have been in the list by the right hash.
func listed(before, after *Key, t *trail) (was, is *children, err error) {
	was, is = &children{}, &children{}
	if before != nil && (len(t.kids) > 0 || t.a != nil && t.a.children) {
		if err := was.read(before, t.kids); err != nil {
			return was, is, err
		}
		for name, kid := range t.kids {
			if was.keys[name] == nil && kid.a != nil && kid.a.old != 0 {
				if was.keys[name], err = before.h.key(kid.a.old); err != nil {
					return was, is, err
				}
			}
		}
	}
	if after != nil && (len(t.kids) > 0 || t.a != nil && (t.a.children || t.a.fresh)) {
		err = is.read(after, t.kids)
	}
	return was, is, err
}

func (c *children) read(k *Key, wanted map[string]*trail) (err error) {
	if c.refs, err = k.subkeyRefs(); err != nil {
		return err
	}
	c.keys = map[string]*Key{}
	if len(wanted) > manyVisits {
		return c.readAll(k, wanted)
	}
	for name := range wanted {
		if err := c.find(k, name); err != nil {
			return err
		}
	}
	return nil
}

// find looks for one key by its hash or hint, as Windows does.
func (c *children) find(k *Key, name string) error {
	want := newHint(name)
	for _, r := range c.refs {
		if !want.matches(r) {
			continue
		}
		sub, err := k.h.key(r.off)
		if err != nil {
			return err
		}
		if compareNames(sub.name, name) == 0 {
			c.keys[name] = sub
			return nil
		}
	}
	return nil
}

// readAll looks at all names, which is cheaper than to look for many.
func (c *children) readAll(k *Key, wanted map[string]*trail) error {
	for _, r := range c.refs {
		sub, err := k.h.key(r.off)
		if err != nil {
			return err
		}
		f := fold(sub.name)
		if _, ok := wanted[f]; ok && c.keys[f] == nil {
			c.keys[f] = sub
		}
	}
	return nil
}

// sameSubkeys wants the list to be the one before, less what went and with what
// came, each new key in order between its neighbours.
func sameSubkeys(t *trail, h *Hive, was, is *children) error {
	gone, fresh := map[uint32]bool{}, map[uint32]bool{}
	for name, kid := range t.kids {
		if old := was.keys[name]; old != nil && kid.a != nil && kid.a.whole() {
			gone[old.off] = true
		}
		if now := is.keys[name]; now != nil && kid.a != nil && kid.a.fresh {
			fresh[now.off] = true
		}
	}
	rest := slices.DeleteFunc(slices.Clone(was.refs), func(r ref) bool { return gone[r.off] })
	for i, r := range is.refs {
		if fresh[r.off] {
			if err := between(h, is.refs, i); err != nil {
				return err
			}
			delete(fresh, r.off)
			continue
		}
		if len(rest) == 0 || rest[0].off != r.off {
			return wrong("subkey %d of its list would be another", i)
		}
		rest = rest[1:]
	}
	if len(rest) > 0 || len(fresh) > 0 {
		return wrong("%d subkeys would be missing in its list", len(rest)+len(fresh))
	}
	return nil
}

// between wants entry i of a list to be in order between its neighbours.
func between(h *Hive, refs []ref, i int) error {
	for j := max(1, i); j <= min(i+1, len(refs)-1); j++ {
		a, err := h.key(refs[j-1].off)
		if err != nil {
			return err
		}
		b, err := h.key(refs[j].off)
		if err != nil {
			return err
		}
		if compareNames(a.name, b.name) >= 0 {
			return wrong("subkeys %q and %q would be out of order", a.name, b.name)
		}
	}
	return nil
}
