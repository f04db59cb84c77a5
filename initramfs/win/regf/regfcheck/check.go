package regfcheck

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// ErrUnsupported: not a hive, or of a version that is not checked.
var ErrUnsupported = errors.New("hive cannot be checked")

// Check reads all of a hive of size bytes and reports every inconsistency.
// Memory is bounded by 5 MiB and about 1/12 of the hive's size, whatever it
// holds. Damage is in the report; errors are input/output errors or wrap
// ErrUnsupported.
func Check(r io.ReaderAt, size int64) (*Report, error) {
	c := newChecker(r, size)
	if err := c.run(); err != nil {
		return nil, err
	}
	if c.beyond { // the base block cuts off hbins that are in use
		bins := c.longer
		c = newChecker(r, size)
		c.demand = bins
		if err := c.run(); err != nil {
			return nil, err
		}
	}
	if c.err != nil {
		return nil, c.err
	}
	c.forget()
	c.rep.c = c
	return c.rep, nil
}

// forget gives back what can be had again.
func (c *checker) forget() {
	c.slot = [pageCount]page{}
	c.orphanKeys, c.orphansKnown = nil, false
}

func newChecker(r io.ReaderAt, size int64) *checker {
	return &checker{image: image{r: r, size: size}, rep: &Report{Counts: map[Kind]int{}, size: size}, claims: map[uint32]bool{}}
}

// checker goes over the hive three times: along the hbins and cells, along the
// keys, and along the cells again to see which were not reached.
type checker struct {
	image
	rep  *Report
	bins int64 // bytes of hbins that are there
	// hbins that follow behind bins, which may be left from before; whether
	// something refers to them, and the size that is demanded for that reason
	longer int64
	beyond bool
	demand int64

	minor uint32
	root  uint32
	lists [2]int // subkey lists, and those with hashes
	dbs   int    // values in segments

	start bitset // a cell starts here
	used  bitset // it is referred to
	keys  bitset // it is a key that was visited
	rough []rough
	sec   security

	key  int64      // file offset of the key that is looked at
	path [][]uint16 // names from the root to it

	// For mending: keys whose list another key has, too, although the keys in
	// it name them as parent; and the keys in no list.
	claims       map[uint32]bool
	orphanKeys   []orphanKey
	free         uint32 // where to look for the next free cell
	orphansKnown bool
}

func (c *checker) run() error {
	if err := c.base(); err != nil {
		return err
	}
	c.start, c.used, c.keys = newBitset(c.bins), newBitset(c.bins), newBitset(c.bins)
	c.tile()
	if c.err != nil {
		return nil
	}
	c.findRoot()
	if c.root != none {
		c.ring()
		c.walkKey(c.root, none, 0)
		c.key = 0
		c.countSecurity()
	}
	c.roughCells()
	c.orphans()
	c.rep.BinsSize = c.bins
	return nil
}

func (c *checker) add(k Kind, off int64, want, got any, m mend, format string, args ...any) {
	c.put(false, k, off, want, got, m, format, args...)
}

func (c *checker) harmless(k Kind, off int64, want, got any, format string, args ...any) {
	c.put(true, k, off, want, got, nil, format, args...)
}

func (c *checker) put(harmless bool, k Kind, off int64, want, got any, m mend, format string, args ...any) {
	if c.err != nil || !c.rep.count(k, harmless) {
		return
	}
	f := Finding{Kind: k, Harmless: harmless, Off: off, Key: c.key, Want: field(want), Got: field(got), Text: fmt.Sprintf(format, args...), mend: m}
	if c.key != 0 {
		f.Path = c.pathText()
	}
	c.rep.Findings = append(c.rep.Findings, f)
}

// pathText is the path of the key; of very long ones, which only damage makes,
// the end.
func (c *checker) pathText() string {
	const enough = 1000
	path := ""
	for i, name := range slices.Backward(c.path) {
		if len(path) > enough {
			return `...\` + path
		}
		if i < len(c.path)-1 {
			path = `\` + path
		}
		path = text(name) + path
	}
	return path
}

func field(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return fmt.Sprintf("% x", v)
	}
	return fmt.Sprintf("%#x", v)
}

// pos is the file offset of a cell's content.
func pos(off uint32) int64 { return baseSize + int64(off) + 4 }

// ref is a reference to a cell: where it is written, what should be there, and
// what to do when it is not.
type ref struct {
	at   int64 // file offset of the field
	to   uint32
	what string // "key", "value list", ...
	cut  mend
	// sig are the first two bytes that the cell may have, empty for data;
	// other is the kind of finding when it has others.
	sig   []string
	other Kind
}

// cell looks at the cell that a reference leads to and returns the size of its
// content. It is marked as used, unless it holds something else: then the
// reference is wrong and the cell another one's. Not ok: there is nothing to be
// read there, and it is reported.
func (c *checker) cell(r ref, need int64) (size int64, ok bool) {
	if r.to%8 != 0 || int64(r.to) < binHeader || int64(r.to)+8 > c.bins {
		if int64(r.to) >= c.bins && int64(r.to) < c.longer {
			c.beyond = true
		}
		c.add(RefBad, r.at, nil, r.to, r.cut, "%s: the reference leads outside of the hbins", r.what)
		return 0, false
	}
	n, free, ok := c.sizeOf(r.to, need)
	if !ok {
		c.add(RefBad, r.at, nil, r.to, r.cut, "%s: no cell starts where the reference leads", r.what)
		return 0, false
	}
	if sig := string(c.bytes(pos(r.to), 2)); len(r.sig) > 0 && !slices.Contains(r.sig, sig) {
		c.add(r.other, pos(r.to), strings.Join(r.sig, ", "), []byte(sig), r.cut, "%s: the cell holds something else", r.what)
		return 0, false
	}
	if c.used.has(r.to) {
		c.add(RefShared, r.at, nil, r.to, r.cut, "%s: the cell is used by something else already", r.what)
		return 0, false
	}
	c.used.set(r.to)
	c.rep.Cells++
	if free {
		c.add(RefFree, baseSize+int64(r.to), "a negative size", n, allocate(r.to), "%s: the cell is in use but marked as free", r.what)
	}
	if n-4 < need {
		c.add(CellShort, baseSize+int64(r.to), need+4, n, r.cut, "%s does not fit into its cell", r.what)
		return 0, false
	}
	return n - 4, true
}

// sizeOf is the size of the cell at off. Where cells could not be followed, what
// looks like an allocated cell is one; a cell of impossible size reaches as far
// as it can, until roughCells knows better.
func (c *checker) sizeOf(off uint32, need int64) (n int64, free, ok bool) {
	n = -int64(int32(c.u32(baseSize + int64(off))))
	if free = n < 0; free {
		n = -n
	}
	r := c.roughAt(int64(off))
	switch {
	case r == nil:
		return n, free, c.start.has(off)
	case r.from == int64(off):
		r.need = max(r.need, need+4)
		return r.end - r.from, false, true
	}
	return n, free, !free && n >= 8 && n%8 == 0 && int64(off)+n <= r.end
}
