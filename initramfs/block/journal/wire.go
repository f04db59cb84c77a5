package journal

import (
	"encoding/binary"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
)

// writer appends little-endian numbers.
type writer struct{ p []byte }

func (w *writer) u8(v uint8)   { w.p = append(w.p, v) }
func (w *writer) u16(v uint16) { w.p = binary.LittleEndian.AppendUint16(w.p, v) }
func (w *writer) u32(v uint32) { w.p = binary.LittleEndian.AppendUint32(w.p, v) }
func (w *writer) i64(v int64)  { w.p = binary.LittleEndian.AppendUint64(w.p, uint64(v)) }
func (w *writer) raw(p []byte) { w.p = append(w.p, p...) }

func (w *writer) str(s string) {
	w.u8(uint8(len(s)))
	w.p = append(w.p, s...)
}

func (w *writer) extent(r block.Range) {
	w.i64(r.Off)
	w.i64(r.Len)
}

func (w *writer) held(h held) {
	w.u16(uint16(h.disk))
	w.i64(h.Off)
	w.u32(h.First)
	w.u32(h.Count)
	if h.HeldIsZero {
		w.u8(1)
	} else {
		w.u8(0)
	}
}

// reader takes them off again. After the first error everything is zero and
// err stays.
type reader struct {
	p   []byte
	err error
}

func (r *reader) raw(n int) []byte {
	if r.err == nil && n > len(r.p) {
		r.err = fmt.Errorf("%d bytes wanted, %d left: %w", n, len(r.p), ErrDamaged)
	}
	if r.err != nil {
		return make([]byte, n) // n is bounded by every caller
	}
	p := r.p[:n:n]
	r.p = r.p[n:]
	return p
}

func (r *reader) u8() uint8   { return r.raw(1)[0] }
func (r *reader) u16() uint16 { return binary.LittleEndian.Uint16(r.raw(2)) }
func (r *reader) u32() uint32 { return binary.LittleEndian.Uint32(r.raw(4)) }
func (r *reader) i64() int64  { return int64(binary.LittleEndian.Uint64(r.raw(8))) }
func (r *reader) str() string { return string(r.raw(int(r.u8()))) }
func (r *reader) short() (s shortSum) {
	copy(s[:], r.raw(len(s)))
	return s
}

func (r *reader) sum() [32]byte {
	return [32]byte(r.raw(32))
}

// count reads a u32 count of items of at least size bytes each, and refuses
// more than can be there.
func (r *reader) count(size int) int {
	n := int64(r.u32())
	if r.err == nil && n*int64(size) > int64(len(r.p)) {
		r.err = fmt.Errorf("%d items of at least %d bytes, %d bytes left: %w", n, size, len(r.p), ErrDamaged)
	}
	if r.err != nil {
		return 0
	}
	return int(n)
}

func (r *reader) extent() block.Range {
	e := block.Range{Off: r.i64(), Len: r.i64()}
	if r.err == nil && (e.Off < 0 || e.Len < 0 || e.Off > 1<<62 || e.Len > 1<<62) {
		r.err = fmt.Errorf("extent %v: %w", e, ErrDamaged)
	}
	return e
}

const heldSize = 19

func (r *reader) held() held {
	return held{disk: int(r.u16()), Bits: Bits{Off: r.i64(), First: r.u32(), Count: r.u32(), HeldIsZero: r.u8() != 0}}
}

func (r *reader) helds() []held {
	var list []held
	for range r.count(heldSize) {
		list = append(list, r.held())
	}
	return list
}

func (w *writer) helds(list []held) {
	w.u32(uint32(len(list)))
	for _, h := range list {
		w.held(h)
	}
}

func (r *reader) extents() []block.Range {
	var list []block.Range
	for range r.count(16) {
		list = append(list, r.extent())
	}
	return list
}

func (w *writer) extents(list []block.Range) {
	w.u32(uint32(len(list)))
	for _, e := range list {
		w.extent(e)
	}
}

// end refuses what nobody asked for.
func (r *reader) end() error {
	if r.err == nil && len(r.p) > 0 {
		r.err = fmt.Errorf("%d bytes too many: %w", len(r.p), ErrDamaged)
	}
	return r.err
}
