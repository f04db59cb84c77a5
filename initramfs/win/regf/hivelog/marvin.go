package hivelog

import (
	"encoding/binary"
	"math/bits"
)

// marvinSeed is the key under which Windows hashes log entries; as bytes in
// this order 82 EF 4D 88 7A 4E 55 C5, read as one big number.
const marvinSeed = 0x82ef4d887a4e55c5

// marvin is the state of the Marvin32 keyed hash (US patent application
// 2013/0262421), which takes 32 bits at a time.
type marvin struct{ lo, hi uint32 }

func newMarvin() marvin { return marvin{marvinSeed & 0xffffffff, marvinSeed >> 32} }

// words takes data whose length is a multiple of 4.
func (m *marvin) words(b []byte) {
	for ; len(b) >= 4; b = b[4:] {
		m.mix(binary.LittleEndian.Uint32(b))
	}
}

// sum takes the last 0 to 3 bytes, behind which comes 0x80 and zeros, and
// returns the hash: the low half of the state is the low half of the number.
func (m *marvin) sum(tail []byte) uint64 {
	last := uint32(0x80)
	for i := len(tail) - 1; i >= 0; i-- {
		last = last<<8 | uint32(tail[i])
	}
	m.mix(last)
	m.mix(0)
	return uint64(m.hi)<<32 | uint64(m.lo)
}

func (m *marvin) mix(v uint32) {
	m.lo += v
	m.hi ^= m.lo
	m.lo = bits.RotateLeft32(m.lo, 20) + m.hi
	m.hi = bits.RotateLeft32(m.hi, 9) ^ m.lo
	m.lo = bits.RotateLeft32(m.lo, 27) + m.hi
	m.hi = bits.RotateLeft32(m.hi, 19)
}

// Marvin32 hashes data as Windows hashes the entries of its registry logs.
func Marvin32(data []byte) uint64 {
	m := newMarvin()
	whole := len(data) &^ 3
	m.words(data[:whole])
	return m.sum(data[whole:])
}
