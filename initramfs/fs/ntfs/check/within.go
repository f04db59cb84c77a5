package check

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
)

// guard looks for what changed of a volume although the transaction is not
// about it.
type guard struct {
	before, after *holder
	report        *Report
	ranges        []block.Range
	owned         []owned        // clusters before, in ascending order
	bits          [2][]byte      // of $MFT, before and after
	records       map[int64]bool // that were judged, by whether they differ
	indexes       map[int64]bool // files in whose indexes something differs
}

// Within finds what differs in ranges of the volume after although the
// transaction is not about it. Every cluster that was in use before, every MFT
// record and every entry of a directory that differs has to belong to the files
// of the transaction, to the directories that hold them, or to what the file
// system itself writes with such a change: $MFT, $MFTMirr, $Bitmap and the
// indexes in $Extend. What does not is a Problem of the kinds ForeignCluster,
// ForeignRecord and ForeignEntry. Of the other files of a directory nothing is
// read, so that what it takes is in proportion to the change, as with Touched.
//
// Whether the structures are sound is for Touched to say, whether a file has the
// content that it is to have for who wrote it. The error is that of a device.
func Within(before, after block.Device, ranges []block.Range, about scope.Scope) (*Report, error) {
	g := &guard{report: &Report{}, ranges: ranges, records: map[int64]bool{}, indexes: map[int64]bool{}}
	var sides [2]*checker
	for i, dev := range []block.Device{scope.View{Device: before, After: after, Announced: about.Announced}, after} {
		c, err := open(dev, &Report{}, true)
		if errors.Is(err, errStop) || err == nil && i > 0 && !sameGeometry(sides[0], c) {
			g.foreign(ForeignCluster, NoRecord, "volume", -1, "the volume that it was", "none that can be compared %s", [...]string{"before", "after"}[i])
			return g.report, nil
		}
		if err != nil {
			return g.report, err
		}
		sides[i] = c
	}
	g.before, g.after = &holder{sides[0], map[int64]*grant{}}, &holder{sides[1], map[int64]*grant{}}
	return g.report, g.run(about)
}

func (g *guard) run(about scope.Scope) error {
	if err := g.before.grantAll(about.Before(), nil); err != nil {
		return err
	}
	if err := g.after.grantAll(about.After(), g.before); err != nil {
		return err
	}
	g.owned = g.before.clustersOf()
	for i, h := range []*holder{g.before, g.after} {
		var err error
		if g.bits[i], err = h.mftBitmap(); err != nil {
			return err
		}
	}
	for _, step := range []func() error{g.clusters, g.touchedRecords, g.attributes, g.entries} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// foreign notes a problem.
func (g *guard) foreign(kind Kind, record int64, place string, off int64, expected, format string, args ...any) {
	g.report.add(Problem{Kind: kind, Record: record, Place: place, Off: off, Expected: expected, Actual: fmt.Sprintf(format, args...)})
}

// touchedRecords judges the MFT records in the ranges.
func (g *guard) touchedRecords() error {
	all := map[int64]bool{}
	for _, h := range []*holder{g.before, g.after} {
		for _, r := range g.ranges {
			if err := h.recordsIn(r, all); err != nil {
				return err
			}
		}
	}
	for _, no := range slices.Sorted(maps.Keys(all)) {
		if err := g.judgeRecord(no); err != nil {
			return err
		}
	}
	return nil
}

// judgeRecord: a record that differs belongs to a file that may change, on the
// side or the sides on which it is in use.
func (g *guard) judgeRecord(no int64) error {
	x, err := g.before.rawRecord(no)
	if err != nil {
		return err
	}
	y, err := g.after.rawRecord(no)
	if err != nil {
		return err
	}
	if g.records[no] = string(x) != string(y); !g.records[no] {
		return nil
	}
	for i, h := range []*holder{g.before, g.after} {
		base, used, err := h.baseOf(no, g.bits[i])
		if err != nil {
			return err
		}
		if used && !h.mayChange(base) {
			who, err := h.describe(base.number())
			if err != nil {
				return err
			}
			g.foreign(ForeignRecord, no, "record", int64(firstDifference(x, y)), "as before, as it is of no file that the transaction is about",
				"another; %s it is of %s", [...]string{"before", "after"}[i], who)
			return nil
		}
	}
	return nil
}

// rawRecord are the bytes of a record, nil where there is none.
func (h *holder) rawRecord(no int64) ([]byte, error) {
	if no >= h.records {
		return nil, nil
	}
	b := make([]byte, h.boot.RecordSize)
	return b, h.mft.readAt(h.checker, b, no*int64(len(b)))
}

// baseOf is the file that a record belongs to. A damaged record that is marked
// in use is of a file of its own.
func (h *holder) baseOf(no int64, bits []byte) (base reference, used bool, err error) {
	if no >= h.records {
		return 0, false, nil
	}
	r, err := h.quietRecord(no)
	switch {
	case err != nil:
		return 0, false, err
	case r == nil:
		return reference(no), bit(bits, no), nil
	case r.base != 0:
		return r.base, r.inUse(), nil
	}
	return reference(uint64(r.seq)<<48 | uint64(no)), r.inUse(), nil
}

func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
