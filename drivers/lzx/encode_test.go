package lzx

import "encoding/binary"

// bitWriter makes the bit stream of the tests.
type bitWriter struct {
	b []byte
	n int // bits written; bytes in between count too
}

func (w *bitWriter) bits(v, k int) {
	for i := k - 1; i >= 0; i-- {
		if w.n%16 == 0 {
			w.b = append(w.b, 0, 0)
		}
		if v>>i&1 == 1 {
			w.b[w.n/16*2+1-w.n%16/8] |= 0x80 >> (w.n % 8)
		}
		w.n++
	}
}

func (w *bitWriter) header(typ, size int, wim bool) {
	w.bits(typ, 3)
	if wim {
		w.bits(0, 1)
		w.bits(size, 16)
	} else {
		w.bits(size, 24)
	}
}

// raw writes an uncompressed block with the given distances.
func (w *bitWriter) raw(data string, wim bool, recent ...uint32) {
	w.header(blockUncompressed, len(data), wim)
	w.bits(0, 16-w.n%16)
	for _, r := range recent {
		w.b = binary.LittleEndian.AppendUint32(w.b, r)
	}
	w.b = append(w.b, data...)
	if len(data)%2 == 1 {
		w.b = append(w.b, 0)
	}
	w.n = 8 * len(w.b)
}

// preTree writes a code of 2 bits for the symbols 0, 14, 17 and 18: lengths stay,
// become 3 where they were 0, or are rows of 0.
func (w *bitWriter) preTree() {
	for s := range preSymbols {
		if s == 0 || s == 14 || s == preZeros || s == preManyZeros {
			w.bits(2, 4)
		} else {
			w.bits(0, 4)
		}
	}
}

// lengths writes the lengths of n symbols, 3 for those in used and 0 for the
// others; before that all were 0.
func (w *bitWriter) lengths(n int, used ...int) {
	w.preTree()
	for i := 0; i < n; {
		next := n
		if len(used) > 0 {
			next = used[0]
		}
		switch gap := next - i; {
		case gap >= 20:
			k := min(gap, 51)
			w.bits(3, 2)
			w.bits(k-20, 5)
			i += k
		case gap >= 4:
			w.bits(2, 2)
			w.bits(gap-4, 4)
			i += gap
		case gap > 0:
			w.bits(0, 2)
			i++
		default:
			w.bits(1, 2)
			used = used[1:]
			i++
		}
	}
}

// Symbols of the main tree of coded, in order: each has a code of 3 bits.
const (
	symA      = iota // 'a'
	symB             // 'b'
	symCall          // E8
	symR0            // last distance, length 2
	symR1            // the one before, length 3
	symR2            // the one before that, length 4
	symSlot8         // positions 16 to 23, 3 more bits; length 2
	symSlot8N        // the same with a code in the length tree
)

// coded writes a block with a main tree of 8 symbols and a length tree of 8
// (lengths 9 to 16); what its symbols stand for comes from body.
func (w *bitWriter) coded(typ, size, slots int, wim bool, body func()) {
	w.header(typ, size, wim)
	if typ == blockAligned {
		for range alignedSymbols {
			w.bits(3, 3)
		}
	}
	w.lengths(256, 'a', 'b', 0xe8)
	w.lengths(slots*primaryLengths, 0, 9, 18, 64, 71)
	w.lengths(lengthSymbols, 0, 1, 2, 3, 4, 5, 6, 7)
	body()
}

func (w *bitWriter) syms(s ...int) {
	for _, v := range s {
		w.bits(v, 3)
	}
}
