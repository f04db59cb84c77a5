package xpress

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/drivers/huffman"
)

// MaxChunk is the largest plain size of a chunk.
const MaxChunk = 64 << 10

const (
	tableSize = 256
	symbols   = 512
	minMatch  = 3
)

// ErrData is wrapped by every error about the compressed data.
var ErrData = errors.New("damaged XPRESS data")

// Decoder keeps the memory for decoding; the zero Decoder is ready. It is not
// safe for concurrent use.
type Decoder struct {
	code    huffman.Code
	lengths [symbols]byte
}

// Decode decodes one chunk that holds exactly len(dst) plain bytes, at most
// MaxChunk. What src has behind them is not looked at. After an error, which
// wraps ErrData, the content of dst is undefined.
func (d *Decoder) Decode(dst, src []byte) error {
	if len(dst) > MaxChunk {
		return fmt.Errorf("%w: chunk of %d plain bytes", ErrData, len(dst))
	}
	if len(src) < tableSize {
		return fmt.Errorf("%w: %d bytes", ErrData, len(src))
	}
	for i, b := range src[:tableSize] {
		d.lengths[2*i], d.lengths[2*i+1] = b&15, b>>4
	}
	if err := d.code.Init(d.lengths[:]); err != nil {
		return fmt.Errorf("%w: %v", ErrData, err)
	}
	bits := huffman.NewBits(src[tableSize:])
	for n := 0; n < len(dst); {
		s := d.code.Read(bits)
		if s < 0 || bits.Over() {
			return fmt.Errorf("%w: ends at byte %d of %d", ErrData, n, len(dst))
		}
		if s < 256 {
			dst[n] = byte(s)
			n++
			continue
		}
		length, dist, err := match(bits, s-256)
		if err != nil {
			return err
		}
		if dist > n || length > len(dst)-n {
			return fmt.Errorf("%w: match of %d from %d back at byte %d of %d", ErrData, length, dist, n, len(dst))
		}
		for end := n + length; n < end; n++ {
			dst[n] = dst[n-dist]
		}
	}
	if bits.Over() {
		return fmt.Errorf("%w: ends early", ErrData)
	}
	return nil
}

// match reads what follows the symbol of a match.
func match(bits *huffman.Bits, s int) (length, dist int, err error) {
	length, log := s&15, s>>4
	bits.Ensure(16)
	if length == 15 {
		if length, err = longLength(bits); err != nil {
			return 0, 0, err
		}
	}
	return length + minMatch, 1<<log + int(bits.Read(log)), nil
}

// longLength reads a length that a symbol has no room for: a byte, or if that
// is not enough two, or four behind two of zero.
func longLength(bits *huffman.Bits) (int, error) {
	p := bits.Bytes(1)
	if p == nil {
		return 0, fmt.Errorf("%w: no length byte", ErrData)
	}
	if p[0] < 255 {
		return 15 + int(p[0]), nil
	}
	if p = bits.Bytes(2); p == nil {
		return 0, fmt.Errorf("%w: no length word", ErrData)
	}
	n := uint32(binary.LittleEndian.Uint16(p))
	if n == 0 {
		if p = bits.Bytes(4); p == nil {
			return 0, fmt.Errorf("%w: no length double word", ErrData)
		}
		n = binary.LittleEndian.Uint32(p)
	}
	if n < 15 || n > MaxChunk {
		return 0, fmt.Errorf("%w: match length %d", ErrData, n)
	}
	return int(n), nil
}
