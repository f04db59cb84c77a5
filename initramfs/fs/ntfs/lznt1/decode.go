package lznt1

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// ChunkSize is how many plain bytes a chunk holds, apart from the last one.
const ChunkSize = 4096

const (
	headerCompressed = 0x8000
	headerSignature  = 0x7000
	signature        = 0x3000
	minMatch         = 3
)

// FormatError says where the compressed data contradicts itself. It wraps
// fs.ErrDamaged.
type FormatError struct {
	In, Out int // bytes of input used and of output written
	Reason  string
}

// Error gives both offsets and the reason.
func (e *FormatError) Error() string {
	return fmt.Sprintf("LZNT1 at %#x (plain %#x): %s: %v", e.In, e.Out, e.Reason, fs.ErrDamaged)
}

// Unwrap returns fs.ErrDamaged.
func (e *FormatError) Unwrap() error { return fs.ErrDamaged }

// Decode decodes src into dst, which it never exceeds, and returns how many
// plain bytes there are. A chunk before the last that holds less than 4096
// bytes is filled up with zeros; the rest of dst is left as it is. What follows
// the closing header, or a full dst, is not looked at. An error is a
// *FormatError; the n bytes before it are good.
func Decode(dst, src []byte) (n int, err error) {
	for in := 0; n < len(dst) && len(src)-in >= 2; {
		h := binary.LittleEndian.Uint16(src[in:])
		if h == 0 {
			break
		}
		size := int(h&0x0fff) + 1
		if h&headerSignature != signature {
			return n, &FormatError{in, n, fmt.Sprintf("chunk header %#04x", h)}
		}
		if size > len(src)-in-2 {
			return n, &FormatError{in, n, fmt.Sprintf("chunk of %d bytes, %d are left", size, len(src)-in-2)}
		}
		// Not the first chunk: the one before it has to be full.
		if short := -n & (ChunkSize - 1); short > 0 {
			short = min(short, len(dst)-n)
			clear(dst[n : n+short])
			if n += short; n == len(dst) {
				break
			}
		}
		out := dst[n:min(n+ChunkSize, len(dst))]
		data := src[in+2 : in+2+size]
		k := 0
		if h&headerCompressed == 0 {
			k = copy(out, data)
		} else if k, err = decodeChunk(out, data); err != nil {
			e := err.(*FormatError)
			return n + e.Out, &FormatError{in + 2 + e.In, n + e.Out, e.Reason}
		}
		n += k
		in += 2 + size
	}
	return n, nil
}

// decodeChunk decodes the groups of one compressed chunk.
func decodeChunk(dst, src []byte) (n int, err error) {
	for in := 0; in < len(src); {
		flags := src[in]
		in++
		for range 8 {
			if in == len(src) || n == len(dst) {
				break
			}
			if flags&1 == 0 {
				dst[n] = src[in]
				in, n = in+1, n+1
			} else {
				if len(src)-in < 2 {
					return n, &FormatError{in, n, "half a copy token"}
				}
				k, err := copyMatch(dst, n, binary.LittleEndian.Uint16(src[in:]))
				if err != nil {
					return n, &FormatError{in, n, err.Error()}
				}
				in, n = in+2, n+k
			}
			flags >>= 1
		}
		if n == len(dst) {
			break
		}
	}
	return n, nil
}

// copyMatch repeats what a copy token at dst[n] names; a match that would go
// beyond dst is cut, since the caller wants no more.
func copyMatch(dst []byte, n int, token uint16) (int, error) {
	if n == 0 {
		return 0, fmt.Errorf("copy token %#04x at the start of a chunk", token)
	}
	distBits := max(4, bits.Len(uint(n-1)))
	dist := int(token>>(16-distBits)) + 1
	length := int(token&(1<<(16-distBits)-1)) + minMatch
	if dist > n {
		return 0, fmt.Errorf("copy from %d bytes back, %d are there", dist, n)
	}
	length = min(length, len(dst)-n)
	for i := range length {
		dst[n+i] = dst[n+i-dist]
	}
	return length, nil
}
