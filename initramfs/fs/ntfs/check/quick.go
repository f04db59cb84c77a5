package check

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// quick is a check of what a Windows needs first.
type quick struct {
	*checker
	bits    *stream // $Bitmap
	mftBits *stream
	seen    map[int64]bool // files that were looked at
}

// Quick checks what everything else hangs on, in few reads whatever the size of
// the volume: the boot sector and its copy, $MFTMirr, the records of the file
// system itself with their streams and names, $UpCase, and for each path the
// way to it through the indexes, its records and attribute list, and that its
// clusters are marked in $Bitmap. A path that leads nowhere is no problem; it
// is listed in Report.Missing. Report.Patches mend what can be mended without
// guessing. The error is that of the device.
func Quick(dev block.Device, paths []string) (*Report, error) {
	report := &Report{}
	c, err := openMending(dev, report)
	if err == nil {
		err = (&quick{checker: c, seen: map[int64]bool{}}).run(paths)
	}
	return c.finish(err)
}

func (q *quick) run(paths []string) error {
	for _, step := range []func() error{q.checkBackup, q.checkMirror, q.openUpcase, q.openBits, q.system} {
		if err := step(); err != nil {
			return err
		}
	}
	for _, p := range paths {
		if err := q.follow(p); err != nil {
			return err
		}
	}
	return q.clusterBits()
}

// openBits opens both bitmaps.
func (q *quick) openBits() error {
	f, err := q.reload(0)
	if err != nil {
		return err
	}
	if f != nil {
		if parts := f.find(typeBitmap, ""); len(parts) > 0 {
			q.mftBits = q.join(parts)
		} else {
			q.bad(Attribute, 0, "$BITMAP", -1, "the bitmap of $MFT", "none")
		}
	}
	q.bits, err = q.volumeBitmap()
	return err
}

// system looks at the records that NTFS reserves for itself.
func (q *quick) system() error {
	for no := range min(int64(firstUserRecord), q.records) {
		marked, err := q.recordBit(no)
		if err != nil {
			return err
		}
		r, err := q.record(no, marked || no <= lastSystemRecord)
		if err != nil {
			return err
		}
		if r == nil {
			continue
		}
		if no <= lastSystemRecord && !r.inUse() {
			q.bad(Record, no, "header", 0x16, "a record in use, as the file system needs it", "flags %#x", r.flags)
			continue
		}
		if r.inUse() {
			if err := q.file(r); err != nil {
				return err
			}
		} else if marked && no >= 16 {
			q.bad(MFTBitmap, no, "$MFT's $BITMAP", int(no/8), fmt.Sprintf("bit %d: false, as the record's in-use flag", no), "true")
		}
	}
	return q.volumeInformation()
}

// lastSystemRecord is the number of $Extend, $Quota up to Windows NT 4.
const lastSystemRecord = 11

func (q *quick) volumeInformation() error {
	f, err := q.reload(3)
	if err != nil || f == nil {
		return err
	}
	if parts := f.find(0x70, ""); len(parts) != 1 || len(parts[0].value) < 12 {
		q.bad(Attribute, 3, "$VOLUME_INFORMATION", -1, "12 resident bytes", "%d attributes", len(parts))
	}
	return nil
}

// recordBit is the bit of a record in the bitmap of $MFT.
func (q *quick) recordBit(no int64) (bool, error) {
	if q.mftBits == nil {
		return true, nil
	}
	var b [1]byte
	err := q.mftBits.readAt(q.checker, b[:], no/8)
	return b[0]>>(no%8)&1 != 0, err
}

// file looks at everything that belongs to a record in use, once.
func (q *quick) file(r *record) error {
	if q.seen[r.no] || r.base != 0 {
		return nil
	}
	q.seen[r.no] = true
	q.report.Records++
	f, err := q.gather(r)
	if err != nil {
		return err
	}
	for _, n := range q.checkFile(f) {
		if err := q.checkEntry(r, n); err != nil {
			return err
		}
	}
	if r.isDir() {
		q.report.Directories++
	} else {
		q.report.Files++
	}
	for _, x := range append([]reference{reference(r.no)}, f.exts...) {
		if err := q.markRecord(x.number()); err != nil {
			return err
		}
	}
	return nil
}

// markRecord notes a record in use that the bitmap of $MFT has as free, and
// marks it: the next new file would overwrite it.
func (q *quick) markRecord(no int64) error {
	marked, err := q.recordBit(no)
	if err != nil || marked {
		return err
	}
	q.note(Problem{Kind: MFTBitmap, Record: no, Place: "$MFT's $BITMAP", Off: no / 8, Mendable: !q.mftBits.isResident,
		Expected: fmt.Sprintf("bit %d: true, as the record's in-use flag", no), Actual: "false"})
	var b [1]byte
	if err := q.mftBits.readAt(q.checker, b[:], no/8); err != nil {
		return err
	}
	b[0] |= 1 << (no % 8)
	return q.putStream(MFTBitmap, q.mftBits, b[:], no/8)
}

// follow looks at the way to a file.
func (q *quick) follow(path string) error {
	at := int64(rootRecord)
	for _, part := range fs.SplitPath(path) {
		next, found, err := q.step(at, part)
		if err != nil {
			return err
		}
		if !found {
			q.report.Missing = append(q.report.Missing, path)
			return nil
		}
		at = next
	}
	return nil
}

// step looks for a name in a directory and at the file that it leads to.
func (q *quick) step(dir int64, part string) (next int64, found bool, err error) {
	f, err := q.reload(dir)
	if err != nil || f == nil || !f.base.isDir() {
		return 0, false, err
	}
	t, err := q.openIndex(f, i30)
	if err != nil || t == nil {
		return 0, false, err
	}
	t.only = &name{name: stored(part)}
	var x *entry
	err = t.walk(func(e entry) error {
		n, _ := parseName(e.key)
		if x == nil && q.upcase != nil && q.compareFolded(n.name, t.only.name) == 0 {
			e.key = slices.Clone(e.key)
			x = &e
		}
		return nil
	})
	if err != nil || x == nil {
		return 0, false, err
	}
	if err := q.checkName(t, *x); err != nil {
		return 0, false, err
	}
	r, _, err := q.referenced(x.ref)
	if err != nil || r == nil || r.base != 0 {
		// Its problems were noted, but not those of a damaged record itself.
		if err == nil && !q.seen[x.ref.number()] {
			q.seen[x.ref.number()] = true
			_, err = q.record(x.ref.number(), true)
		}
		return 0, false, err
	}
	return r.no, true, q.file(r)
}

// stored are the bytes of a name as the volume has them.
func stored(s string) string {
	var b []byte
	for _, u := range fs.EncodeName(s) {
		b = le.AppendUint16(b, u)
	}
	return string(b)
}

// clusterBits: the clusters of all that was looked at are marked, and have one
// owner.
func (q *quick) clusterBits() error {
	for _, s := range q.shared {
		q.bad(ClusterShared, NoRecord, s.String(), -1, "one owner", "more")
	}
	if q.bits == nil {
		return nil
	}
	r := bitReader{c: q.checker, s: q.bits}
	var free clusterRange
	end := func() error {
		x := free
		free = clusterRange{}
		if x.n == 0 {
			return nil
		}
		return q.markUsed(q.bits, x)
	}
	err := q.claimed.sorted(func(lcn int64) error {
		marked, err := r.marked(lcn)
		if err != nil || marked {
			return err
		}
		if free.n > 0 && free.lcn+free.n == lcn {
			free.n++
			return nil
		}
		err = end()
		free = clusterRange{lcn, 1}
		return err
	})
	if err != nil {
		return err
	}
	return end()
}
