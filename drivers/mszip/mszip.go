package mszip

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
)

// BlockSize is how many plain bytes a block holds, apart from the last one.
const BlockSize = 32 << 10

// ErrData is wrapped by every error about the compressed data.
var ErrData = errors.New("damaged MSZIP data")

// Decoder decodes the blocks of one folder, in their order. The zero value is
// ready; it holds about 110 KiB and is not safe for concurrent use.
type Decoder struct {
	past   []byte // the last bytes of the blocks before, at most BlockSize
	src    bytes.Reader
	z      io.ReadCloser
	failed error
}

// Block decodes one block that holds exactly len(dst) plain bytes. An error,
// which wraps ErrData, ends the folder and leaves dst undefined: later blocks
// refer to this one.
func (d *Decoder) Block(dst, src []byte) error {
	if d.failed == nil {
		d.failed = d.block(dst, src)
	}
	return d.failed
}

func (d *Decoder) block(dst, src []byte) error {
	if len(dst) > BlockSize {
		return fmt.Errorf("%w: block of %d plain bytes, at most %d are possible", ErrData, len(dst), BlockSize)
	}
	if len(src) < 2 || src[0] != 'C' || src[1] != 'K' {
		return fmt.Errorf("%w: block starts with % x, not with CK", ErrData, src[:min(2, len(src))])
	}
	d.src.Reset(src[2:])
	if d.z == nil {
		d.z = flate.NewReader(&d.src)
	} else if err := d.z.(flate.Resetter).Reset(&d.src, d.past); err != nil {
		return fmt.Errorf("%w: %w", ErrData, err)
	}
	if n, err := io.ReadFull(d.z, dst); err != nil {
		return fmt.Errorf("%w: %w at byte %d of %d", ErrData, err, n, len(dst))
	}
	var more [1]byte
	if n, err := d.z.Read(more[:]); n > 0 || err != io.EOF {
		return fmt.Errorf("%w: block does not end behind its %d bytes", ErrData, len(dst))
	}
	d.remember(dst)
	return nil
}

func (d *Decoder) remember(b []byte) {
	if drop := len(d.past) + len(b) - BlockSize; drop > 0 {
		d.past = append(d.past[:0], d.past[min(drop, len(d.past)):]...)
	}
	d.past = append(d.past, b...)
}
