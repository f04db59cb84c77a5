package check

import (
	"fmt"
	"sort"
)

// file is a base record with everything that belongs to it.
type file struct {
	base  *record
	exts  []reference // extension records that its list names
	attrs []*attr     // of all records
}

// find returns the parts of an attribute in order of their VCNs.
func (f *file) find(typ uint32, name string) []*attr {
	var parts []*attr
	for _, a := range f.attrs {
		if a.typ == typ && a.name == name {
			parts = append(parts, a)
		}
	}
	sort.SliceStable(parts, func(i, j int) bool { return parts[i].lowest < parts[j].lowest })
	return parts
}

// gather reads the extension records of a base record and compares them with
// the attribute list.
func (c *checker) gather(base *record) (*file, error) {
	f := &file{base: base, attrs: base.attrs}
	list, err := c.attributeList(base)
	if err != nil || list == nil {
		return f, err
	}
	records := map[int64]*record{base.no: base}
	listed := map[*attr]bool{}
	for i, e := range list {
		r, ok := records[e.ref.number()]
		if !ok {
			if r, err = c.extension(base, e, i); err != nil {
				return nil, err
			}
			records[e.ref.number()] = r
			if r != nil {
				f.exts = append(f.exts, e.ref)
				f.attrs = append(f.attrs[:len(f.attrs):len(f.attrs)], r.attrs...)
			}
		}
		if r == nil {
			continue
		}
		a := findInstance(r, e)
		if a == nil || e.ref.seq() != r.seq {
			c.bad(AttributeList, base.no, "$ATTRIBUTE_LIST", -1, fmt.Sprintf("%s at VCN %d, instance %d, in %v", attrPlace(e.typ, e.name), e.lowest, e.instance, e.ref), "not there")
			continue
		}
		listed[a] = true
	}
	for _, a := range f.attrs {
		if !listed[a] && a.typ != typeList {
			c.bad(AttributeList, base.no, "$ATTRIBUTE_LIST", -1, fmt.Sprintf("an entry for %s in record %d", a.place(), a.record), "none")
		}
	}
	return f, nil
}

func (c *checker) extension(base *record, e listEntry, i int) (*record, error) {
	r, why, err := c.referenced(e.ref)
	if err != nil {
		return nil, err
	}
	if r == nil {
		c.bad(AttributeList, base.no, "$ATTRIBUTE_LIST", -1, fmt.Sprintf("entry %d to name a record in use", i), "%s", why)
		return nil, nil
	}
	if r.base.number() != base.no || r.base.seq() != base.seq {
		c.bad(AttributeList, base.no, "$ATTRIBUTE_LIST", -1, fmt.Sprintf("an extension of this record in record %d", r.no), "one of %v", r.base)
		return nil, nil
	}
	return r, nil
}

func findInstance(r *record, e listEntry) *attr {
	for _, a := range r.attrs {
		if a.typ == e.typ && a.name == e.name && a.instance == e.instance && (a.resident || a.lowest == e.lowest) {
			return a
		}
	}
	return nil
}

// checkFile judges everything in the records of one file, and returns its
// names.
func (c *checker) checkFile(f *file) []name {
	type key struct {
		typ  uint32
		name string
	}
	seen := map[key]bool{}
	for _, a := range f.attrs {
		k := key{a.typ, a.name}
		if a.resident || seen[k] {
			continue
		}
		seen[k] = true
		c.checkStream(f.base.no, f.find(a.typ, a.name))
	}
	if f.base.isDir() != (len(f.find(typeRoot, i30)) > 0) {
		c.bad(Record, f.base.no, "header", 0x16, "the directory flag as there is an index of names", "flags %#x, %d indexes", f.base.flags, len(f.find(typeRoot, i30)))
	}
	if len(f.find(typeStandard, "")) != 1 && f.base.no >= firstUserRecord {
		c.bad(Attribute, f.base.no, "record", -1, "one $STANDARD_INFORMATION", "%d", len(f.find(typeStandard, "")))
	}
	return c.names(f)
}
