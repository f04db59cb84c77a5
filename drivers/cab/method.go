package cab

import (
	"fmt"

	"github.com/bootmend/bootmend/drivers/lzx"
	"github.com/bootmend/bootmend/drivers/mszip"
)

// Method is how a folder is compressed: the kind, and parameters above it.
type Method uint16

// Kinds of compression.
const (
	Stored Method = iota
	MSZIP
	Quantum
	LZX
)

// Kind is the method without its parameters.
func (m Method) Kind() Method { return m & 15 }

// String names kind and window.
func (m Method) String() string {
	switch m.Kind() {
	case Stored:
		return "stored"
	case MSZIP:
		return "MSZIP"
	case Quantum:
		return fmt.Sprintf("Quantum with a window of 2^%d bytes", m>>8&31)
	case LZX:
		return fmt.Sprintf("LZX with a window of 2^%d bytes", m>>8&31)
	}
	return fmt.Sprintf("method %#x", uint16(m))
}

// decoder decodes the next block into dst.
type decoder func(dst, src []byte) error

func newDecoder(m Method) (decoder, error) {
	switch m.Kind() {
	case Stored:
		return func(dst, src []byte) error {
			if copy(dst, src) < len(dst) || len(src) > len(dst) {
				return fmt.Errorf("stored as %d bytes, want %d", len(src), len(dst))
			}
			return nil
		}, nil
	case MSZIP:
		return new(mszip.Decoder).Block, nil
	case LZX:
		d, err := lzx.NewFrameDecoder(int(m >> 8 & 31))
		if err != nil {
			return nil, err
		}
		return d.Frame, nil
	}
	return nil, fmt.Errorf("%w: %v; extract the cabinet with another program", ErrMethod, m)
}
