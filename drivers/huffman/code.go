package huffman

import "errors"

// MaxBits is the longest code of any codec: 16 in LZX's main tree.
const MaxBits = 16

// fastBits is the part of a code that one look into a table decodes. More
// would cost more to fill for every block than it gains.
const fastBits = 10

// ErrCode: the lengths are no prefix code that uses all of its space.
var ErrCode = errors.New("code lengths do not fit together")

// Code is a canonical Huffman code: the shorter code first, the lower symbol
// first. The zero Code has no symbols.
type Code struct {
	fast   [1 << fastBits]uint16 // symbol << 4 | length; 0: look further
	limit  [MaxBits + 1]uint32   // codes of a length are below, left-aligned in 16 bits
	first  [MaxBits + 1]uint32   // first code of a length
	index  [MaxBits + 1]int      // and its place in sorted
	sorted []uint16              // symbols by code
}

// Init makes the code for the symbols 0 to len(lengths)-1, at most 4095 of them;
// length 0 is a symbol that does not occur. All lengths 0 is a code without
// symbols; any other has to use the code space up exactly, as the decoders of
// Microsoft and wimlib demand.
func (c *Code) Init(lengths []byte) error {
	var count [MaxBits + 1]int
	for _, l := range lengths {
		if l > MaxBits {
			return ErrCode
		}
		count[l]++
	}
	count[0] = 0
	clear(c.fast[:])
	code, n := uint32(0), 0
	for l := 1; l <= MaxBits; l++ {
		c.first[l], c.index[l] = code, n
		code += uint32(count[l])
		n += count[l]
		if code > 1<<l {
			return ErrCode
		}
		c.limit[l] = code << (MaxBits - l)
		code <<= 1
	}
	if n > 0 && code != 2<<MaxBits || len(lengths) > 1<<12-1 {
		return ErrCode
	}
	if cap(c.sorted) < n {
		c.sorted = make([]uint16, len(lengths))
	}
	c.sorted = c.sorted[:n]
	c.fill(lengths)
	return nil
}

// fill sorts the symbols and fills the fast table.
func (c *Code) fill(lengths []byte) {
	next := c.index
	for s, l := range lengths {
		if l == 0 {
			continue
		}
		at := next[l]
		c.sorted[at] = uint16(s)
		next[l]++
		if l > fastBits {
			continue
		}
		from := (int(c.first[l]) + at - c.index[l]) << (fastBits - l)
		for i := range 1 << (fastBits - l) {
			c.fast[from+i] = uint16(s)<<4 | uint16(l)
		}
	}
}

// Read takes a symbol; -1 when the code has none.
func (c *Code) Read(b *Bits) int {
	b.Ensure(MaxBits)
	v := uint32(b.acc >> (64 - MaxBits))
	if e := c.fast[v>>(MaxBits-fastBits)]; e != 0 {
		b.skip(int(e & 15))
		return int(e >> 4)
	}
	for l := fastBits + 1; l <= MaxBits; l++ {
		if v < c.limit[l] {
			b.skip(l)
			return int(c.sorted[c.index[l]+int(v>>(MaxBits-l)-c.first[l])])
		}
	}
	return -1
}
