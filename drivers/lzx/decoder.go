package lzx

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/drivers/huffman"
)

// FrameSize is how many plain bytes a frame of a cabinet holds, apart from the
// last one.
const FrameSize = 32 << 10

// ErrData is wrapped by every error about the compressed data.
var ErrData = errors.New("damaged LZX data")

// Types of blocks.
const (
	blockVerbatim     = 1
	blockAligned      = 2
	blockUncompressed = 3
)

const (
	minMatch       = 2
	maxSlots       = 50
	primaryLengths = 8 // the last of them: more in the length tree
	lengthSymbols  = 249
	alignedSymbols = 8
	alignedBits    = 3
)

// decoder is what both flavours share.
type decoder struct {
	slots int  // position slots of the window
	wim   bool // how block sizes are written

	recent    [3]int // distances
	block     int    // type of the block, 0: none yet
	left      int    // plain bytes of it that are still to come
	pad       bool   // the block is uncompressed and of odd size
	main      huffman.Code
	lengths   huffman.Code
	aligned   huffman.Code
	mainLens  [256 + maxSlots*primaryLengths]byte
	lengthLen [lengthSymbols]byte
}

func (d *decoder) reset() {
	d.recent = [3]int{1, 1, 1}
	d.block, d.left, d.pad = 0, 0, false
	clear(d.mainLens[:])
	clear(d.lengthLen[:])
}

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrData}, args...)...)
}

// decode fills buf from at on; what lies before is the window.
func (d *decoder) decode(buf []byte, at int, bits *huffman.Bits) error {
	for at < len(buf) {
		if d.left == 0 {
			if err := d.header(bits); err != nil {
				return err
			}
		}
		n := min(d.left, len(buf)-at)
		var err error
		if d.block == blockUncompressed {
			err = d.raw(buf[at:at+n], bits)
		} else {
			err = d.matches(buf[:at+n], at, bits)
		}
		if err != nil {
			return err
		}
		at += n
		d.left -= n
	}
	if bits.Over() {
		return bad("ends early")
	}
	return nil
}

// header reads the start of a block.
func (d *decoder) header(bits *huffman.Bits) error {
	if d.pad { // uncompressed data ends on a word boundary
		bits.Bytes(1)
		d.pad = false
	}
	d.block = int(bits.Read(3))
	if !d.wim {
		d.left = int(bits.Read(24))
	} else if d.left = FrameSize; bits.Read(1) == 0 {
		d.left = int(bits.Read(16))
	}
	if d.left == 0 || bits.Over() {
		return bad("block without size")
	}
	switch d.block {
	case blockAligned, blockVerbatim:
		return d.trees(bits)
	case blockUncompressed:
		bits.Align(true)
		p := bits.Bytes(12)
		if p == nil {
			return bad("uncompressed block without its distances")
		}
		for i := range d.recent {
			d.recent[i] = int(uint32(p[4*i]) | uint32(p[4*i+1])<<8 | uint32(p[4*i+2])<<16 | uint32(p[4*i+3])<<24&0x7fffffff)
		}
		d.pad = d.left%2 == 1
		return nil
	}
	return bad("block type %d", d.block)
}

func (d *decoder) raw(dst []byte, bits *huffman.Bits) error {
	p := bits.Bytes(len(dst))
	if p == nil {
		return bad("uncompressed block of %d bytes ends early", len(dst))
	}
	copy(dst, p)
	return nil
}

// matches decodes a coded block up to the end of buf.
func (d *decoder) matches(buf []byte, n int, bits *huffman.Bits) error {
	for n < len(buf) {
		s := d.main.Read(bits)
		if s < 0 || bits.Over() {
			return bad("ends %d bytes early", len(buf)-n)
		}
		if s < 256 {
			buf[n] = byte(s)
			n++
			continue
		}
		s -= 256
		length := s % primaryLengths
		if length == primaryLengths-1 {
			more := d.lengths.Read(bits)
			if more < 0 {
				return bad("no length code")
			}
			length += more
		}
		length += minMatch
		dist, ok := d.distance(s/primaryLengths, bits)
		if !ok || dist <= 0 || dist > n || length > len(buf)-n {
			return bad("match of %d from %d back at byte %d of %d", length, dist, n, len(buf))
		}
		for end := n + length; n < end; n++ {
			buf[n] = buf[n-dist]
		}
	}
	return nil
}

// distance reads what follows the position slot and keeps the row of the last
// three distances.
func (d *decoder) distance(slot int, bits *huffman.Bits) (int, bool) {
	if slot < 3 {
		d.recent[0], d.recent[slot] = d.recent[slot], d.recent[0]
		return d.recent[0], true
	}
	extra, base := slotBits(slot)
	dist := base - 2
	if d.block == blockAligned && extra >= alignedBits {
		dist += int(bits.Read(extra-alignedBits)) << alignedBits
		low := d.aligned.Read(bits)
		if low < 0 {
			return 0, false
		}
		dist += low
	} else {
		dist += int(bits.Read(extra))
	}
	d.recent = [3]int{dist, d.recent[0], d.recent[1]}
	return dist, true
}

// slotBits gives how many bits follow a position slot, and the first position
// of it.
func slotBits(slot int) (extra, base int) {
	switch {
	case slot < 4:
		return 0, slot
	case slot < 36:
		extra = slot/2 - 1
		return extra, (2 + slot%2) << extra
	}
	return 17, (slot - 34) << 17
}
