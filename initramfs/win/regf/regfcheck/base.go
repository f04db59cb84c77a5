package regfcheck

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// Offsets in the base block.
const (
	offSeq1     = 0x04
	offSeq2     = 0x08
	offMajor    = 0x14
	offMinor    = 0x18
	offType     = 0x1c
	offFormat   = 0x20
	offRoot     = 0x24
	offBins     = 0x28
	offCluster  = 0x2c
	offChecksum = 0x1fc
)

// base checks the base block and finds out how long the hbins are.
func (c *checker) base() error {
	if c.size < baseSize+binUnit {
		return fmt.Errorf("%w: %d bytes; a hive has at least %d", ErrUnsupported, c.size, baseSize+binUnit)
	}
	b := c.bytes(0, baseSize)
	if c.err != nil {
		return nil
	}
	first := c.bytes(baseSize, 4)
	if string(b[:4]) != "regf" && string(first) != "hbin" {
		return fmt.Errorf("%w: it starts with % x, and no hbin follows", ErrUnsupported, b[:4])
	}
	sound := c.baseFields(b)
	c.binsSize(int64(le.Uint32(b[offBins:])), sound)
	return nil
}

func (c *checker) baseFields(b []byte) (sound bool) {
	sound = true
	bad := func(k Kind, off int, want, got any, text string) {
		c.add(k, int64(off), want, got, c.mendBase, "%s", text)
		sound = false
	}
	if string(b[:4]) != "regf" {
		bad(BaseSignature, 0, "regf", b[:4], "the hive does not start with regf")
	}
	if got, want := le.Uint32(b[offChecksum:]), regf.Checksum(b); got != want {
		bad(BaseChecksum, offChecksum, want, got, "the checksum does not fit")
	}
	for _, f := range []struct {
		off      int
		low, top uint32
		what     string
	}{
		{offMajor, 1, 1, "major version"}, {offMinor, 3, 6, "minor version"}, {offType, 0, 0, "file type"},
		{offFormat, 1, 1, "file format"}, {offCluster, 1, 8, "clustering factor"},
	} {
		if v := le.Uint32(b[f.off:]); v < f.low || v > f.top {
			bad(BaseField, f.off, f.low, v, f.what+" is not what it can be")
		}
	}
	if s1, s2 := le.Uint32(b[offSeq1:]), le.Uint32(b[offSeq2:]); s1 != s2 {
		m := mend(c.mendBase)
		if sound {
			m = nil // the logs may have more
		}
		c.add(BaseSequence, offSeq2, s1, s2, m, "the last write was not completed or is in the logs: replay the logs first")
	}
	c.minor = le.Uint32(b[offMinor:])
	if c.minor < 3 || c.minor > 6 {
		c.minor = 0 // unknown
	}
	c.root = le.Uint32(b[offRoot:])
	return sound
}

// binsSize believes the base block where the file has as many bytes and the
// hbins end there; otherwise it counts the hbins.
func (c *checker) binsSize(said int64, sound bool) {
	have := (c.size - baseSize) / binUnit * binUnit
	plausible := said >= binUnit && said%binUnit == 0 && said <= maxBins
	switch {
	case c.demand > 0:
		c.bins = c.demand
	case plausible && said <= have && (sound || c.chainEnds(said)):
		c.bins = said
		c.longer = c.chainFrom(said, have)
		return
	default:
		c.bins = c.chainFrom(0, min(have, maxBins))
	}
	switch {
	case plausible && said > have:
		c.add(FileShort, offBins, said, have, nil, "the hbins end behind the end of the file: what is missing cannot be made up")
		c.bins = have
	case c.bins != said:
		c.add(BaseBins, offBins, c.bins, said, c.mendBase, "the hbins have another size than the base block says")
	}
}

// chainFrom is where the hbins from off on end.
func (c *checker) chainFrom(off, have int64) (end int64) {
	for end = off; off < have; {
		size := c.binAt(off)
		if size == 0 && !c.signed(off) {
			break
		}
		off += max(size, binUnit)
		end = min(off, have)
	}
	return end
}

// chainEnds: hbins follow each other and end at size.
func (c *checker) chainEnds(size int64) bool {
	off := int64(0)
	for off < size {
		n := c.binAt(off)
		if n == 0 {
			return false
		}
		off += n
	}
	return off == size
}

// signed: something that is an hbin by signature or by offset starts here.
func (c *checker) signed(off int64) bool {
	b := c.bytes(baseSize+off, 8)
	return string(b[:4]) == "hbin" || off > 0 && int64(le.Uint32(b[4:])) == off
}

// binAt is the size of a valid hbin at off, 0 where there is none.
func (c *checker) binAt(off int64) int64 {
	b := c.bytes(baseSize+off, 12)
	size := int64(le.Uint32(b[8:]))
	if string(b[:4]) != "hbin" || int64(le.Uint32(b[4:])) != off || size == 0 || size%binUnit != 0 || baseSize+off+size > c.size {
		return 0
	}
	return size
}

// findRoot checks the root key's offset. Where it leads to no root key and
// exactly one is to be found, that one is taken.
func (c *checker) findRoot() {
	if c.isRoot(c.root) {
		return
	}
	isKey := c.start.has(c.root) && string(c.bytes(pos(c.root), 2)) == "nk"
	found, n := uint32(none), 0
	c.eachCell(func(off uint32, size int64) bool {
		if size < 0 && c.isRoot(off) {
			found, n = off, n+1
		}
		return n < 2
	})
	if n == 1 {
		c.add(BaseRoot, offRoot, found, c.root, c.mendBase, "the root key is elsewhere")
		c.root = found
		return
	}
	if n == 0 && isKey {
		return // a key that only lost its mark: see walkKey
	}
	c.add(BaseRoot, offRoot, nil, c.root, nil, "no root key is there, and no other place is the only one that it can be at")
	if !isKey {
		c.root = none
	}
}

func (c *checker) isRoot(off uint32) bool {
	if !c.start.has(off) {
		return false
	}
	b := c.bytes(pos(off), 4)
	return string(b[:2]) == "nk" && le.Uint16(b[2:])&keyRoot != 0
}
