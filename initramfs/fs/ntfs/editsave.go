package ntfs

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// save writes the records of a file: one when everything fits into it, else
// an attribute list and further records.
func (f *editFile) save() error {
	if err := f.relieve(); err != nil {
		return err
	}
	f.dirty = false
	if f.encodedSize() > f.capacity() {
		return f.saveListed()
	}
	if f.list != nil {
		f.c.free(f.list.runs)
		f.list = nil
	}
	if err := f.dropExtensions(0); err != nil {
		return err
	}
	var parts []attrPart
	for _, a := range f.attrs {
		parts = append(parts, a.encode(f.c.clusterSize, f.c.boot.RecordSize)...)
	}
	return f.writeBase(parts)
}

// relieve makes resident data non-resident until the attributes fit into one
// record, as far as that helps.
func (f *editFile) relieve() error {
	for f.encodedSize() > f.capacity() {
		a := f.movable()
		if a == nil {
			return nil
		}
		if err := f.c.makeNonResident(f, a); err != nil {
			return err
		}
	}
	return nil
}

// movable is the largest resident attribute that may become non-resident and
// would be shorter then.
func (f *editFile) movable() *attr {
	var best *attr
	for _, a := range f.attrs {
		ok := a.typ == attrData || a.typ == attrBitmap || a.typ == attrSecurity
		if ok && !a.nonRes && len(a.value) > nonResidentHeaderSize && (best == nil || len(a.value) > len(best.value)) {
			best = a
		}
	}
	return best
}

// dropExtensions frees the records behind the first keep ones.
func (f *editFile) dropExtensions(keep int) error {
	for _, no := range f.ext[keep:] {
		if err := f.c.releaseRecord(no); err != nil {
			return err
		}
	}
	f.ext = f.ext[:keep]
	return nil
}

// writeBase writes the base record with the given attributes in their order.
func (f *editFile) writeBase(parts []attrPart) error {
	b := make([]byte, f.c.boot.RecordSize)
	copy(b, f.head)
	putAttributes(b, parts)
	copy(f.head, b)
	return f.c.writeRecord(f.no, b)
}

// putAttributes fills a record behind its head and numbers the attributes.
func putAttributes(b []byte, parts []attrPart) {
	at := int(le.Uint16(b[recAttrs:]))
	for i := range parts {
		parts[i].instance = uint16(i)
		le.PutUint16(parts[i].b[0x0e:], uint16(i))
		at += copy(b[at:], parts[i].b)
	}
	le.PutUint16(b[recNextAttr:], uint16(len(parts)))
	le.PutUint32(b[at:], uint32(attrEnd))
	le.PutUint32(b[recInUse:], uint32(at+8))
}

// listRoom is what a non-resident $ATTRIBUTE_LIST of a few runs takes in the
// base record.
const listRoom = nonResidentHeaderSize + 0x20

// saveListed spreads the attributes over several records. The base record
// keeps $STANDARD_INFORMATION, the list and $INDEX_ROOT, and what else fits.
func (f *editFile) saveListed() error {
	if f.no == recordMFT {
		return fmt.Errorf("$MFT would need an attribute list: %w", fs.ErrNoSpace)
	}
	parts, room := f.split(), f.capacity()
	listLen := 0
	for _, p := range parts {
		if len(p.b) > f.capacity() {
			return unsupported(f.what(), fmt.Sprintf("attribute %#x of %d bytes does not fit into a record", uint32(p.a.typ), len(p.b)))
		}
		listLen += p.entrySize()
		if p.stays() {
			room -= len(p.b)
		}
	}
	if listLen > maxAttributeList {
		return fmt.Errorf("attribute list of %d bytes, at most %d: %w", listLen, maxAttributeList, fs.ErrNoSpace)
	}
	resident := residentHeaderSize+(listLen+7)&^7 <= room
	if resident {
		room -= residentHeaderSize + (listLen+7)&^7
	} else if room -= listRoom; room < 0 {
		return unsupported(f.what(), "its attributes do not fit into the base record")
	}
	groups := f.place(parts, room)
	if err := f.extend(groups[1:]); err != nil {
		return err
	}
	list, err := f.makeList(parts, listLen, resident)
	if err != nil {
		return err
	}
	return f.writeGroups(groups, list)
}

// split encodes all attributes in parts that fit into an empty record.
func (f *editFile) split() []*attrPart {
	var all []*attrPart
	for _, a := range f.attrs {
		limit := f.capacity() - a.headerSize(a.headSize()) - 7
		for _, p := range a.encode(f.c.clusterSize, limit) {
			all = append(all, &p)
		}
	}
	return all
}

func (p *attrPart) stays() bool {
	return p.a.typ == attrStandardInformation || p.a.typ == attrIndexRoot
}

func (p *attrPart) entrySize() int { return (0x1a + 2*len(p.a.name) + 7) &^ 7 }

// place distributes the parts: group 0 is the base record, which has room
// bytes left. Each keeps the order of the attributes. Parts that do not start
// at VCN 0 never go there: go-ntfs takes parts in the order of its records, and
// boot code may as well.
func (f *editFile) place(parts []*attrPart, room int) [][]*attrPart {
	groups := [][]*attrPart{nil}
	left := []int{room}
	for _, p := range parts {
		if p.stays() {
			groups[0] = append(groups[0], p)
			continue
		}
		i := 0
		if len(p.b) > left[0] || p.lowest > 0 {
			if i = len(groups) - 1; i == 0 || len(p.b) > left[i] {
				i++
				groups, left = append(groups, nil), append(left, f.capacity())
			}
		}
		groups[i] = append(groups[i], p)
		left[i] -= len(p.b)
	}
	return groups
}

// extend makes sure that there are as many extension records as groups.
func (f *editFile) extend(groups [][]*attrPart) error {
	if len(f.ext) > len(groups) {
		return f.dropExtensions(len(groups))
	}
	for len(f.ext) < len(groups) {
		no, seq, err := f.c.allocRecord()
		if err != nil {
			return err
		}
		b := f.c.blankRecord(no)
		le.PutUint16(b[recSequence:], seq)
		le.PutUint16(b[recFlags:], recFlagInUse)
		le.PutUint64(b[recBase:], uint64(f.ref()))
		if err := f.c.writeRecord(no, b); err != nil {
			return err
		}
		f.ext = append(f.ext, no)
	}
	return nil
}

// makeList makes the attribute list, filled with zeros, and its clusters.
func (f *editFile) makeList(parts []*attrPart, n int, resident bool) (*attr, error) {
	l := &attr{typ: attrAttributeList}
	if resident {
		if f.list != nil {
			f.c.free(f.list.runs)
		}
		l.value = make([]byte, n)
		f.list, f.hadList = l, true
		return l, nil
	}
	l.nonRes = true
	if f.list != nil {
		l.runs = f.list.runs
		f.c.free(l.cutRuns(VCN(f.c.cover(int64(n)))))
	}
	if more := f.c.cover(int64(n)) - int64(l.next()); more > 0 {
		runs, err := f.c.allocateMeta(more, l.next(), l.behind())
		if err != nil {
			return nil, err
		}
		l.addRuns(runs)
	}
	l.size, l.init = int64(n), int64(n)
	if len(l.encode(f.c.clusterSize, 0x20)) > 1 {
		return nil, fmt.Errorf("attribute list of %d bytes in %d pieces: %w", n, len(l.runs), fs.ErrNoSpace)
	}
	f.list, f.hadList = l, true
	return l, nil
}

// writeGroups writes the records and then fills in the list.
func (f *editFile) writeGroups(groups [][]*attrPart, list *attr) error {
	refs := []ref{f.ref()}
	for _, no := range f.ext {
		rec, err := f.c.readRecord(no)
		if err != nil {
			return err
		}
		refs = append(refs, ref(no|uint64(rec.seq())<<48))
	}
	listAt := slices.IndexFunc(groups[0], func(p *attrPart) bool { return p.a.typ > attrAttributeList })
	if listAt < 0 {
		listAt = len(groups[0])
	}
	lp := list.encode(f.c.clusterSize, 0x20)[0]
	groups[0] = slices.Insert(groups[0], listAt, &lp)
	var all []*attrPart
	for i, g := range groups {
		for k, p := range g {
			p.rec, p.instance = uint64(refs[i]), uint16(k)
			if p != &lp {
				all = append(all, p)
			}
		}
	}
	value := f.listValue(all)
	if list.nonRes {
		if err := f.c.writeRuns(list, value, 0); err != nil {
			return err
		}
	} else {
		list.value = value
		lp.b = list.encode(f.c.clusterSize, 0x20)[0].b
	}
	for i, no := range f.ext {
		if err := f.writeExtension(no, groups[i+1]); err != nil {
			return err
		}
	}
	return f.writeBase(values(groups[0]))
}

func values(list []*attrPart) []attrPart {
	out := make([]attrPart, len(list))
	for i, p := range list {
		out[i] = *p
	}
	return out
}

func (f *editFile) writeExtension(no uint64, parts []*attrPart) error {
	rec, err := f.c.readRecord(no)
	if err != nil {
		return err
	}
	clear(rec.b[rec.attrsOffset():])
	putAttributes(rec.b, values(parts))
	return f.c.writeRecord(no, rec.b)
}

// listValue encodes the list in the order of type, name and first VCN.
func (f *editFile) listValue(all []*attrPart) []byte {
	slices.SortStableFunc(all, func(p, q *attrPart) int {
		switch {
		case p.a.typ != q.a.typ:
			return int(sign64(int64(p.a.typ) - int64(q.a.typ)))
		case p.a != q.a && len(p.a.name)+len(q.a.name) > 0:
			return f.c.upcase.collate(p.a.name, q.a.name)
		case p.a == q.a:
			return int(sign64(int64(p.lowest - q.lowest)))
		}
		return 0
	})
	var b []byte
	for _, p := range all {
		e := make([]byte, p.entrySize())
		le.PutUint32(e, uint32(p.a.typ))
		le.PutUint16(e[4:], uint16(len(e)))
		e[6], e[7] = byte(len(p.a.name)), 0x1a
		le.PutUint64(e[8:], uint64(p.lowest))
		le.PutUint64(e[0x10:], p.rec)
		le.PutUint16(e[0x18:], p.instance)
		for i, u := range p.a.name {
			le.PutUint16(e[0x1a+2*i:], u)
		}
		b = append(b, e...)
	}
	return b
}
