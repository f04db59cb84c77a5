package lzx

import "github.com/bootmend/bootmend/drivers/huffman"

// Windows of the cabinet flavour, as exponents of 2.
const (
	MinWindowBits = 15
	MaxWindowBits = 21
)

// maxE8Frames: calls are translated in the first GiB of a folder only.
const maxE8Frames = 32768

// FrameDecoder decodes a folder of a cabinet, frame after frame.
type FrameDecoder struct {
	d      decoder
	window int
	buf    []byte // up to two windows of plain bytes before translation
	frames int
	started,
	short bool // a frame of less than FrameSize was the last one
	e8Size int32 // 0: no translation
	failed error
}

// slotsOf is the number of position slots for each size of window.
var slotsOf = [...]int{MinWindowBits: 30, 32, 34, 36, 38, 42, MaxWindowBits: 50}

// NewFrameDecoder begins a folder whose window has 2^bits bytes.
func NewFrameDecoder(bits int) (*FrameDecoder, error) {
	if bits < MinWindowBits || bits > MaxWindowBits {
		return nil, bad("window of 2^%d bytes", bits)
	}
	f := &FrameDecoder{window: 1 << bits}
	f.d.slots = slotsOf[bits]
	f.d.reset()
	return f, nil
}

// Frame decodes the next frame, the compressed bytes of one CFDATA, into dst,
// which has exactly its plain size: FrameSize, or less for the last one. An
// error wraps ErrData, ends the folder and leaves dst undefined.
func (f *FrameDecoder) Frame(dst, src []byte) error {
	if f.failed == nil {
		f.failed = f.frame(dst, src)
	}
	return f.failed
}

func (f *FrameDecoder) frame(dst, src []byte) error {
	if len(dst) > FrameSize || f.short {
		return bad("frame of %d bytes, behind a short one: %t", len(dst), f.short)
	}
	f.short = len(dst) < FrameSize
	if len(f.buf)+len(dst) > 2*f.window {
		f.buf = append(f.buf[:0], f.buf[len(f.buf)-f.window:]...)
	}
	bits := huffman.NewBits(src)
	if !f.started {
		f.started = true
		if bits.Read(1) == 1 {
			f.e8Size = int32(bits.Read(16)<<16 | bits.Read(16))
		}
	}
	at := len(f.buf)
	f.buf = append(f.buf, dst...)
	// Distances reach back one window, not farther.
	from := max(0, at-f.window)
	if err := f.d.decode(f.buf[from:], at-from, bits); err != nil {
		return err
	}
	copy(dst, f.buf[at:])
	if f.e8Size > 0 && f.frames < maxE8Frames && len(dst) > e8Tail {
		undoE8(dst, int32(f.frames)*FrameSize, f.e8Size)
	}
	f.frames++
	return nil
}
