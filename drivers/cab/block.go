package cab

import (
	"fmt"
	"io"
)

// Sizes of a block; MS-CAB bounds the packed one by 6 KiB of overhead.
const (
	maxPlain  = 32 << 10
	maxPacked = maxPlain + 6<<10
)

// blocks reads the CFDATA of a folder one after the other.
type blocks struct {
	segments []segment
	at       int64 // in the cabinet of segments[0]
	left     int   // blocks in segments[0]
	start    int64 // of the last CFDATA read, in the file
	buf      []byte
}

func newBlocks(f *folder) *blocks {
	s := f.segments
	return &blocks{segments: s, at: s[0].off, left: s[0].blocks}
}

// next reads a block, all parts of it when it is split between cabinets. The
// packed bytes are valid until the next call; io.EOF is behind the last block.
func (b *blocks) next() (packed []byte, plain int, err error) {
	b.buf = b.buf[:0]
	for {
		for b.left == 0 {
			if len(b.segments) == 1 {
				if len(b.buf) > 0 {
					return nil, 0, b.bad("the block goes on in a cabinet that is not there")
				}
				return nil, 0, io.EOF
			}
			b.segments = b.segments[1:]
			b.at, b.left = b.segments[0].off, b.segments[0].blocks
		}
		if plain, err = b.read(); err != nil {
			return nil, 0, err
		}
		// 0 plain bytes: the rest of the block is in the next cabinet.
		if plain > 0 || b.left > 0 || b.last() {
			return b.buf, plain, nil
		}
	}
}

// last reports that no block follows.
func (b *blocks) last() bool { return b.left == 0 && len(b.segments) == 1 }

func (b *blocks) bad(reason string, args ...any) error {
	return &FormatError{Struct: "CFDATA", Off: b.segments[0].part.Offset + b.at, Reason: fmt.Sprintf(reason, args...)}
}

// read appends one CFDATA to buf.
func (b *blocks) read() (plain int, err error) {
	p := b.segments[0].part
	b.start = p.Offset + b.at
	head := make([]byte, 8+p.dataReserve)
	if err := b.readAt(head, b.at); err != nil {
		return 0, err
	}
	n := int(le.Uint16(head[4:]))
	plain = int(le.Uint16(head[6:]))
	from := len(b.buf)
	if from+n > maxPacked || plain > maxPlain {
		return 0, b.bad("%d bytes packed, %d plain, at most %d and %d are possible", from+n, plain, maxPacked, maxPlain)
	}
	b.buf = append(b.buf, make([]byte, n)...)
	if err := b.readAt(b.buf[from:], b.at+int64(len(head))); err != nil {
		return 0, err
	}
	if want := le.Uint32(head); want != 0 {
		data := checksum(b.buf[from:], 0)
		// MS-CAB has the reserved area in the sum, cabextract has not.
		if sum := checksum(head[4:8], data); sum != want && checksum(head[4:], data) != want {
			return 0, b.bad("checksum is %#08x, want %#08x", sum, want)
		}
	}
	b.at += int64(len(head) + n)
	b.left--
	return plain, nil
}

func (b *blocks) readAt(buf []byte, off int64) error {
	p := b.segments[0].part
	if n, err := p.r.ReadAt(buf, p.Offset+off); n < len(buf) {
		if err == io.EOF || err == nil {
			return b.bad("the file ends here")
		}
		return fmt.Errorf("read cabinet at %#x: %w", p.Offset+off, err)
	}
	return nil
}

// checksum is the exclusive or of all words; the last bytes are a word of their
// own, the first of them on top.
func checksum(b []byte, sum uint32) uint32 {
	for ; len(b) >= 4; b = b[4:] {
		sum ^= le.Uint32(b)
	}
	var last uint32
	for _, c := range b {
		last = last<<8 | uint32(c)
	}
	return sum ^ last
}
