package lzx

import "github.com/bootmend/bootmend/drivers/huffman"

// Symbols of the code in which code lengths are written. 0 to 16 are the
// difference to the length before, modulo 17.
const (
	preSymbols   = 20
	preZeros     = 17 // 4 to 19 zeros
	preManyZeros = 18 // 20 to 51 zeros
	preSame      = 19 // 4 or 5 times the length that the next symbol gives
)

// trees reads the codes of a block.
func (d *decoder) trees(bits *huffman.Bits) error {
	if d.block == blockAligned {
		var lens [alignedSymbols]byte
		for i := range lens {
			lens[i] = byte(bits.Read(3))
		}
		if err := d.aligned.Init(lens[:]); err != nil {
			return bad("aligned tree: %v", err)
		}
	}
	symbols := d.mainLens[:256+d.slots*primaryLengths]
	for _, part := range [][]byte{symbols[:256], symbols[256:]} {
		if err := readLengths(part, bits); err != nil {
			return err
		}
	}
	if err := d.main.Init(symbols); err != nil {
		return bad("main tree: %v", err)
	}
	if err := readLengths(d.lengthLen[:], bits); err != nil {
		return err
	}
	if err := d.lengths.Init(d.lengthLen[:]); err != nil {
		return bad("length tree: %v", err)
	}
	return nil
}

// readLengths changes lens, those of the block before, to the new ones.
func readLengths(lens []byte, bits *huffman.Bits) error {
	var pre [preSymbols]byte
	for i := range pre {
		pre[i] = byte(bits.Read(4))
	}
	var code huffman.Code
	if err := code.Init(pre[:]); err != nil {
		return bad("tree of lengths: %v", err)
	}
	for i := 0; i < len(lens); {
		s, n := code.Read(bits), 1
		same := false
		switch s {
		case preZeros:
			n = 4 + int(bits.Read(4))
		case preManyZeros:
			n = 20 + int(bits.Read(5))
		case preSame:
			n = 4 + int(bits.Read(1))
			s, same = code.Read(bits), true
		}
		if s < 0 || same && s >= preZeros || n > len(lens)-i || bits.Over() {
			return bad("code length %d of %d: symbol %d, %d times", i, len(lens), s, n)
		}
		var l byte
		if s < preZeros {
			l = byte((int(lens[i]) - s + 17) % 17)
		}
		for range n {
			lens[i] = l
			i++
		}
	}
	return nil
}
