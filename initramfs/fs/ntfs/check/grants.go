package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
)

// may says what of a file may change.
type may uint8

const (
	mayNames   may = 1 << iota // it is named: its names, times, attributes, security
	mayContent                 // and everything else
	mayHold                    // a directory: its times and its index
	mayIndex                   // an index of the file system
	maySystem                  // $MFT: its records and its bitmap
)

// grant is a file that may change.
type grant struct {
	*file
	what may
}

func (g *grant) ref() reference { return reference(uint64(g.base.seq)<<48 | uint64(g.base.no)) }

// holder is the volume before or after with the files that may change, by
// their records.
type holder struct {
	*checker
	grants map[int64]*grant
}

// mayChange reports whether a file may change.
func (h *holder) mayChange(base reference) bool {
	g := h.grants[base.number()]
	return g != nil && g.base.seq == base.seq()
}

// grantAll finds the files that may change: those with the names, the
// directories that hold them, and those that hold these directories, as an
// entry tells the times of what it leads to. A file that was there before and
// lost the name that it had then, but not its last one, is such a file, too.
func (h *holder) grantAll(names scope.Names, before *holder) error {
	if err := h.openUpcase(); err != nil {
		return err
	}
	for _, n := range names.Files {
		what := mayNames
		if n.Content {
			what |= mayContent
		}
		if err := h.grantPath(n.Path, what); err != nil {
			return err
		}
	}
	for _, p := range names.Parents {
		if err := h.grantPath(p, mayHold); err != nil {
			return err
		}
	}
	if before != nil {
		if err := h.keep(before); err != nil {
			return err
		}
	}
	for range 2 { // the directories of the files, and of these
		for _, g := range h.all() {
			for _, n := range h.quietNames(g.file) {
				if err := h.grant(n.parent.number(), mayHold); err != nil {
					return err
				}
			}
		}
	}
	for _, p := range []string{`\$Extend\$ObjId`, `\$Extend\$Reparse`, `\$Extend\$Quota`} {
		if err := h.grantPath(p, mayIndex); err != nil {
			return err
		}
	}
	return h.grant(0, maySystem)
}

// keep grants to the files that are still there what was granted before, but
// not their content.
func (h *holder) keep(before *holder) error {
	for no, old := range before.grants {
		r, err := h.quietRecord(no)
		if err != nil {
			return err
		}
		if r == nil || !r.inUse() || r.base != 0 || r.seq != old.base.seq {
			continue
		}
		if err := h.grant(no, old.what&^mayContent); err != nil {
			return err
		}
	}
	return nil
}

// all are the files that may change, in no order.
func (h *holder) all() []*grant {
	list := make([]*grant, 0, len(h.grants))
	for _, g := range h.grants {
		list = append(list, g)
	}
	return list
}

func (h *holder) grantPath(path string, what may) error {
	no, ok, err := h.find(path)
	if err != nil || !ok {
		return err
	}
	if no < firstUserRecord && what != mayHold {
		return nil // nobody writes these through a name
	}
	return h.grant(no, what)
}

func (h *holder) grant(no int64, what may) error {
	if g := h.grants[no]; g != nil {
		g.what |= what
		return nil
	}
	f, err := h.reload(no)
	if err != nil || f == nil || !f.base.inUse() || f.base.base != 0 {
		return err
	}
	h.grants[no] = &grant{f, what}
	return nil
}

// find follows a path from the root directory.
func (h *holder) find(path string) (no int64, ok bool, err error) {
	no = rootRecord
	for _, part := range fs.SplitPath(path) {
		f, err := h.reload(no)
		if err != nil || f == nil || !f.base.isDir() {
			return 0, false, err
		}
		t, err := h.openIndex(f, i30)
		if err != nil || t == nil {
			return 0, false, err
		}
		t.only = &name{name: stored(part)}
		var found *reference
		err = t.walk(func(e entry) error {
			if n, _ := parseName(e.key); found == nil && h.sameName(n.name, t.only.name) {
				found = &e.ref
			}
			return nil
		})
		if err != nil || found == nil {
			return 0, false, err
		}
		if no = found.number(); no >= h.records {
			return 0, false, nil
		}
	}
	return no, true, nil
}

// sameName compares names without regard to case.
func (h *holder) sameName(a, b string) bool {
	if h.upcase == nil {
		return strings.EqualFold(text(a), text(b))
	}
	return h.compareFolded(a, b) == 0
}

// owned is a stretch of clusters of a file that may change.
type owned struct {
	lcn, n int64
	vcn    int64 // of its attribute
	typ    uint32
	by     *grant
}

// clustersOf are the clusters that may change, with the files that they are of.
func (h *holder) clustersOf() []owned {
	var list []owned
	add := func(g *grant, f *file, permitted func(a *attr) bool) {
		for _, a := range f.attrs {
			if a.resident || !permitted(a) {
				continue
			}
			runs, _ := mappingPairs(a.pairs, a.lowest, h.clusters)
			for _, r := range runs {
				if r.lcn != hole {
					list = append(list, owned{int64(r.lcn), r.n, int64(r.vcn), a.typ, g})
				}
			}
		}
	}
	for _, g := range h.all() {
		add(g, g.file, func(a *attr) bool { return g.what&mayContent != 0 || changes(g, a.typ) })
	}
	for _, no := range []int64{recordMirror, recordBitmap} {
		if f, err := h.reload(no); err == nil && f != nil {
			add(&grant{f, maySystem}, f, func(a *attr) bool { return a.typ == typeData && a.name == "" })
		}
	}
	slices.SortFunc(list, func(a, b owned) int { return int(min(1, max(-1, a.lcn-b.lcn))) })
	return list
}

// Records of the file system that hold no name.
const (
	recordMirror = 1
	recordBitmap = 6
)

// changes reports whether attributes of a type may change in a file whose
// content may not.
func changes(g *grant, typ uint32) bool {
	switch typ {
	case typeList:
		return true
	case typeStandard, typeFileName:
		return g.what&(mayNames|mayHold) != 0
	case typeSecurity:
		return g.what&mayNames != 0
	case typeRoot, typeAllocation:
		return g.base.isDir() || g.what&mayIndex != 0
	case typeBitmap:
		return g.base.isDir() || g.what&(mayIndex|maySystem) != 0
	case typeData:
		return g.what&maySystem != 0
	}
	return false
}

// typeSecurity is $SECURITY_DESCRIPTOR.
const typeSecurity = 0x50

// describe names a file for people.
func (h *holder) describe(no int64) (string, error) {
	f, err := h.reload(no)
	if err != nil || f == nil {
		return fmt.Sprintf("record %d, which is damaged", no), err
	}
	for _, n := range h.quietNames(f) {
		return fmt.Sprintf("record %d, %v", no, n), nil
	}
	return fmt.Sprintf("record %d, which has no name", no), nil
}

// holds reports whether a file has a cluster.
func (h *holder) holds(f *file, lcn int64) bool {
	for _, a := range f.attrs {
		if a.resident {
			continue
		}
		runs, _ := mappingPairs(a.pairs, a.lowest, h.clusters)
		if slices.ContainsFunc(runs, func(r run) bool {
			return r.lcn != hole && r.lcn <= ntfs.LCN(lcn) && lcn < int64(r.lcn)+r.n
		}) {
			return true
		}
	}
	return false
}
