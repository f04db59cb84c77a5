package check

import (
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
)

// side is the volume before or after a transaction.
type side struct {
	*checker
	bases   map[int64]*file // files that were touched and are in use
	entries map[uint64]entryOf
}

// entryOf is what is remembered of an entry of a touched directory.
type entryOf struct {
	dir int64
	ref reference
}

// touched is a check of what a transaction changed.
type touched struct {
	before, after *side
	records       map[int64]bool // MFT records that lie in the touched ranges
	files         map[int64]bool // base records of these, and of index blocks
	seed          maphash.Seed
}

// Touched checks what lies in ranges of the volume after, which a transaction
// changed from before: the records, their files, the directories that hold
// these, the changed bits of both bitmaps, the mirror and the boot sectors.
// Report.Problems are those that before does not have; Report.Old are the
// others. When before is damaged beyond that comparison, all of after is
// checked. The error is that of a device.
func Touched(before, after block.Device, ranges []block.Range) (*Report, error) {
	report, old := &Report{}, &Report{}
	a, err := open(after, report, false)
	if errors.Is(err, errStop) {
		return report, nil
	}
	if err != nil {
		return report, err
	}
	b, err := open(before, old, false)
	if errors.Is(err, errStop) || err == nil && !sameGeometry(a, b) {
		return Volume(after)
	}
	if err != nil {
		return report, err
	}
	t := &touched{after: newSide(a), before: newSide(b), records: map[int64]bool{}, files: map[int64]bool{}, seed: maphash.MakeSeed()}
	if err := t.run(ranges); err != nil {
		return report, err
	}
	return report.without(old), nil
}

func newSide(c *checker) *side {
	return &side{checker: c, bases: map[int64]*file{}, entries: map[uint64]entryOf{}}
}

func sameGeometry(a, b *checker) bool {
	return a.clusterSize == b.clusterSize && a.clusters == b.clusters && a.boot.RecordSize == b.boot.RecordSize
}

// without moves the problems that old has too.
func (r *Report) without(old *Report) *Report {
	had := map[Problem]bool{}
	for _, p := range old.Problems {
		had[p] = true
	}
	all := r.Problems
	r.Problems = nil
	for _, p := range all {
		if had[p] {
			r.Old = append(r.Old, p)
		} else {
			r.Problems = append(r.Problems, p)
		}
	}
	return r
}

func (t *touched) run(ranges []block.Range) error {
	if err := t.locate(ranges); err != nil {
		return err
	}
	for _, s := range []*side{t.before, t.after} {
		for _, step := range []func() error{s.checkBackup, s.checkMirror, s.openUpcase, func() error { return t.load(s) }, func() error { return t.walk(s) }} {
			if err := step(); err != nil {
				return err
			}
		}
	}
	if err := t.names(); err != nil {
		return err
	}
	if err := t.recordBits(); err != nil {
		return err
	}
	if err := t.clusterBits(ranges); err != nil {
		return err
	}
	return t.loops()
}

// locate finds the records in the ranges, and the owners of index blocks.
func (t *touched) locate(ranges []block.Range) error {
	t.records[0] = true
	for _, s := range []*side{t.before, t.after} {
		for _, r := range ranges {
			if err := s.recordsIn(r, t.records); err != nil {
				return err
			}
			if err := s.indexesIn(r, t.files); err != nil {
				return err
			}
		}
	}
	for _, s := range []*side{t.before, t.after} {
		for no := range t.records {
			r, err := s.quietRecord(no)
			if err != nil {
				return err
			}
			t.files[no] = true
			if r != nil && r.inUse() && r.base != 0 {
				t.files[r.base.number()] = true
			}
		}
	}
	return nil
}

func (c *checker) quietRecord(no int64) (*record, error) {
	quiet := c.quiet
	c.quiet = true
	defer func() { c.quiet = quiet }()
	return c.record(no, true)
}

// recordsIn adds the numbers of the records that r lies in.
func (c *checker) recordsIn(r block.Range, into map[int64]bool) error {
	size := int64(c.boot.RecordSize)
	for _, u := range c.mft.runs {
		if u.lcn == hole {
			continue
		}
		start := int64(u.lcn) * c.clusterSize
		from, to := max(r.Off, start), min(r.End(), start+u.n*c.clusterSize)
		if from >= to {
			continue
		}
		base := int64(u.vcn) * c.clusterSize
		for no := (base + from - start) / size; no*size < base+to-start && no < c.records; no++ {
			into[no] = true
		}
	}
	return nil
}

// listStart is how the first cluster of an attribute list begins: an entry of
// 32 bytes for $STANDARD_INFORMATION, without a name. It names the base record.
const listStart = typeStandard | 0x20<<32 | 0x1a<<56

// indexesIn adds the records of the directories whose index blocks lie in r,
// as the parent in the first entry of a block says. A block of another index,
// all of which are in system files, adds these. So do the owners of attribute
// lists that begin in r.
func (c *checker) indexesIn(r block.Range, into map[int64]bool) error {
	const chunk = 1 << 20
	from := max(0, r.Off-int64(c.boot.IndexSize)+512) &^ 511 // the block may begin before
	for ; from < r.End(); from += chunk {
		b := make([]byte, min(chunk+512, c.dev.Size()-from, r.End()-from+512))
		if err := c.readAt(b, from); err != nil {
			return err
		}
		for off := 0; off+512 <= len(b); off += 512 {
			if string(b[off:off+4]) == "INDX" {
				indexOwner(b[off:off+512], into)
			}
			if le.Uint64(b[off:]) == listStart {
				into[reference(le.Uint64(b[off+0x10:])).number()] = true
			}
		}
	}
	return nil
}

func indexOwner(b []byte, into map[int64]bool) {
	off := int64(le.Uint32(b[0x18:])) + 0x18
	if off > 512-0x60 {
		return
	}
	e := b[off:]
	key := int(le.Uint16(e[0xa:]))
	if le.Uint16(e[0xc:])&2 != 0 {
		return // empty: the block before has the owner
	}
	if key >= 0x42 && key <= 0x42+2*255 && e[0x10+0x41] <= spaceBoth && 0x42+2*int(e[0x10+0x40]) == key {
		into[reference(le.Uint64(e[0x10:])).number()] = true
		return
	}
	for _, no := range []int64{9, 24, 25, 26, 27} { // $Secure, $Quota, $ObjId, $Reparse
		into[no] = true
	}
}

// load judges the touched files.
func (t *touched) load(s *side) error {
	listed := map[int64]bool{}
	for _, no := range slices.Sorted(maps.Keys(t.files)) {
		if no < 0 || no >= s.records {
			continue
		}
		r, err := s.quietRecord(no)
		if err != nil {
			return err
		}
		if r == nil || !r.inUse() || r.base != 0 {
			continue
		}
		if r, err = s.record(no, true); err != nil { // now noting its problems
			return err
		}
		f, err := s.gather(r)
		if err != nil {
			return err
		}
		s.bases[no] = f
		s.checkFile(f)
		for _, x := range f.exts {
			listed[x.number()] = true
		}
	}
	for no := range t.records {
		r, err := s.quietRecord(no)
		if err != nil {
			return err
		}
		if r != nil && r.inUse() && r.base != 0 && !listed[no] {
			s.bad(AttributeList, no, "record", 0x20, "an attribute list that names this extension record", "none")
		}
	}
	return nil
}

// walk judges the indexes of the touched files and remembers their entries.
func (t *touched) walk(s *side) error {
	for _, no := range slices.Sorted(maps.Keys(s.bases)) {
		f := s.bases[no]
		self := reference(uint64(f.base.seq)<<48 | uint64(no))
		for _, name := range indexNames(f) {
			x, err := s.openIndex(f, name)
			if err != nil {
				return err
			}
			if x == nil {
				continue
			}
			err = x.walk(func(e entry) error {
				if !x.names {
					return nil
				}
				n, _ := parseName(e.key)
				if n.parent != self {
					x.bad(Parent, e.place, e.off, fmt.Sprintf("parent %v", self), "%v", n.parent)
				}
				s.entries[n.digest(t.seed, e.ref)] = entryOf{no, e.ref}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
