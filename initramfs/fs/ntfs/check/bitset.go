package check

import (
	"maps"
	"math/bits"
	"slices"
)

// chunkBits is the number of bits that a bitset allocates at once.
const chunkBits = 1 << 18

// bitset is a set of small numbers that takes memory only where it is set.
type bitset struct {
	chunks map[int64]*[chunkBits / 64]uint64
}

func (s *bitset) has(i int64) bool {
	c := s.chunks[i/chunkBits]
	return c != nil && c[i%chunkBits/64]>>(i%64)&1 != 0
}

// chunk is the part that holds i, allocated where it was not.
func (s *bitset) chunk(i int64) *[chunkBits / 64]uint64 {
	if s.chunks == nil {
		s.chunks = map[int64]*[chunkBits / 64]uint64{}
	}
	c := s.chunks[i/chunkBits]
	if c == nil {
		c = new([chunkBits / 64]uint64)
		s.chunks[i/chunkBits] = c
	}
	return c
}

// set adds i and reports whether it was there before.
func (s *bitset) set(i int64) bool {
	w, m := &s.chunk(i)[i%chunkBits/64], uint64(1)<<(i%64)
	was := *w&m != 0
	*w |= m
	return was
}

// word is the 64 members from i on, which is a multiple of 64.
func (s *bitset) word(i int64) uint64 {
	if c := s.chunks[i/chunkBits]; c != nil {
		return c[i%chunkBits/64]
	}
	return 0
}

// setRange adds n numbers from i on and calls again for each stretch of them
// that was there before.
func (s *bitset) setRange(i, n int64, again func(from, n int64)) {
	var from, count int64
	flush := func() {
		if count > 0 {
			again(from, count)
		}
		count = 0
	}
	for end := i + n; i < end; {
		if i%64 == 0 && end-i >= 64 && s.word(i) == 0 {
			s.chunk(i)[i%chunkBits/64] = ^uint64(0)
			flush()
			i += 64
			continue
		}
		if s.set(i) {
			if count == 0 {
				from = i
			}
			count++
		} else {
			flush()
		}
		i++
	}
	flush()
}

// sorted calls fn for every member, from the lowest on.
func (s *bitset) sorted(fn func(i int64) error) error {
	for _, at := range slices.Sorted(maps.Keys(s.chunks)) {
		for w, word := range s.chunks[at] {
			for ; word != 0; word &= word - 1 {
				if err := fn(at*chunkBits + int64(w)*64 + int64(bits.TrailingZeros64(word))); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// union adds the members of o.
func (s *bitset) union(o *bitset) {
	for at, c := range o.chunks {
		mine := s.chunk(at * chunkBits)
		for w, word := range c {
			mine[w] |= word
		}
	}
}
