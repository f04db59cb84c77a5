package ntfslog

import (
	"bytes"
	"fmt"

	"github.com/bootmend/bootmend/tests/sparse"
)

// Differences lists the sectors in which a volume, at the same base of two
// images, differs in what it says, as offsets in the images. Left aside are the
// log, and in file records and index blocks the fix-ups, the LSN and what lies
// behind the used part; of records not in use all but their sequence number.
func Differences(a, b string, base, size int64) ([]int64, error) {
	const many = 1_000_000
	all, err := sparse.Diff(a, b, many)
	if err != nil || len(all) == many {
		return nil, fmt.Errorf("%d sectors differ: %w", len(all), err)
	}
	va, err := Open(a, base)
	if err != nil {
		return nil, err
	}
	defer va.Close()
	vb, err := Open(b, base)
	if err != nil {
		return nil, err
	}
	defer vb.Close()
	_, log, err := va.logFile()
	if err != nil {
		return nil, err
	}
	var list []int64
	for _, off := range all {
		at := off - base
		if at >= 0 && at < size && (va.within(log, at) || va.same(vb, at)) {
			continue
		}
		list = append(list, off)
	}
	return list, nil
}

func (v *Volume) within(runs []run, at int64) bool {
	for _, r := range runs {
		if lcn := at / v.cluster; lcn >= r.lcn && lcn < r.lcn+r.n {
			return true
		}
	}
	return false
}

// same reports whether the structures at a place say the same.
func (v *Volume) same(w *Volume, at int64) bool {
	size := v.cluster // of an index block, and of a page
	if v.within(v.mft, at) {
		size = v.record
	}
	at = at / size * size
	p, q := make([]byte, size), make([]byte, size)
	if _, err := v.f.ReadAt(p, v.base+at); err != nil {
		return false
	}
	if _, err := w.f.ReadAt(q, w.base+at); err != nil {
		return false
	}
	return plain(p) && plain(q) && bytes.Equal(p, q)
}

// plain takes out of a file record or an index block what says nothing.
func plain(b []byte) bool {
	magic := string(b[:4])
	if magic != "FILE" && magic != "INDX" || unprotect(b, magic) != nil {
		return false
	}
	used := int(le.Uint32(b[0x18:]))
	if magic == "INDX" {
		used = 0x18 + int(le.Uint32(b[0x1C:]))
	} else if b[0x16]&1 == 0 {
		seq := le.Uint16(b[0x10:])
		clear(b)
		le.PutUint16(b[0x10:], seq)
		return true
	}
	ofs, n := int(le.Uint16(b[4:])), int(le.Uint16(b[6:]))
	clear(b[ofs : ofs+2*n])
	clear(b[8:16])
	clear(b[min(used, len(b)):])
	return true
}

// Holds reports whether a byte of the volume belongs to the unnamed data of a
// file.
func (v *Volume) Holds(r *Record, at int64) (bool, error) {
	runs, err := r.runs(r.find(typeData, ""))
	return err == nil && v.within(runs, at), err
}
