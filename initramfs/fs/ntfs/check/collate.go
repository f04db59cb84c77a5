package check

import (
	"bytes"
	"fmt"
)

// Collation rules of an index.
const (
	collateFileName = 0x01
	collateULong    = 0x10
	collateHash     = 0x12
	collateULongs   = 0x13
)

// compare orders two keys by the rule of the index; known is false where the
// rule is not, or where there is no table of upper case.
func (t *tree) compare(a, b []byte) (cmp int, known bool) {
	switch t.collation {
	case collateFileName:
		if t.c.upcase == nil {
			return 0, false
		}
		if a == nil || b == nil {
			return 0, true
		}
		x, _ := parseName(a)
		y, _ := parseName(b)
		return t.c.compareNames(x.name, y.name), true
	case collateULong, collateULongs:
		return compareULongs(a, b), true
	case collateHash: // the hash first, then the id
		return compareULongs(a, b), true
	}
	return 0, false
}

func compareULongs(a, b []byte) int {
	for ; len(a) >= 4 && len(b) >= 4; a, b = a[4:], b[4:] {
		if x, y := le.Uint32(a), le.Uint32(b); x != y {
			if x < y {
				return -1
			}
			return 1
		}
	}
	return len(a) - len(b)
}

// compareFolded orders names without regard to case, then by length.
func (c *checker) compareFolded(a, b string) int {
	for i := 0; i+1 < min(len(a), len(b)); i += 2 {
		if x, y := c.fold(a[i], a[i+1]), c.fold(b[i], b[i+1]); x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

// compareNames orders names as Windows does: folded, then by the code units
// themselves.
func (c *checker) compareNames(a, b string) int {
	if cmp := c.compareFolded(a, b); cmp != 0 {
		return cmp
	}
	for i := 0; i+1 < len(a); i += 2 {
		if x, y := int(a[i])|int(a[i+1])<<8, int(b[i])|int(b[i+1])<<8; x != y {
			return x - y
		}
	}
	return 0
}

func (c *checker) fold(lo, hi byte) uint16 {
	return le.Uint16(c.upcase[2*(int(lo)|int(hi)<<8):])
}

// openUpcase reads $UpCase, which is 128 KiB.
func (c *checker) openUpcase() error {
	const no, size = 10, 128 << 10
	r, err := c.record(no, true)
	if err != nil || r == nil {
		return err
	}
	f, err := c.gather(r)
	if err != nil {
		return err
	}
	parts := f.find(typeData, "")
	if len(parts) > 0 {
		if c.upcase, err = c.join(parts).all(c, size); err != nil {
			return err
		}
	}
	if len(c.upcase) != size || bytes.Equal(c.upcase[:512], make([]byte, 512)) {
		c.bad(Record, no, "$DATA", -1, "the 128 KiB of $UpCase", "%d bytes, or zeros", len(c.upcase))
		c.upcase = nil
		return nil
	}
	for i := range uint16(0x80) {
		want := i
		if i >= 'a' && i <= 'z' {
			want -= 'a' - 'A'
		}
		if got := c.fold(byte(i), 0); got != want {
			c.bad(Record, no, "$UpCase", 2*int(i), fmt.Sprintf("upper case of %#02x to be %#02x", i, want), "%#04x", got)
			c.upcase = nil
			return nil
		}
	}
	return nil
}
