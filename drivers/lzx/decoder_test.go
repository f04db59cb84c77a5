package lzx

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// repeat adds n bytes from dist back.
func repeat(s string, dist, n int) string {
	for range n {
		s += s[len(s)-dist:][:1]
	}
	return s
}

// sample is a chunk of the WIM flavour: verbatim, uncompressed, aligned.
func sample() ([]byte, string) {
	w := &bitWriter{}
	w.coded(blockVerbatim, 20+9+2, wimSlots, true, func() {
		for range 10 {
			w.syms(symA, symB)
		}
		w.syms(symSlot8N)
		w.bits(0, 3) // length 9
		w.bits(3, 3) // position 19: distance 17
		w.syms(symR0)
	})
	want := repeat(strings.Repeat("ab", 10), 17, 9+2)
	w.raw("cde", true, 5, 1, 7)
	want += "cde"
	w.coded2(blockAligned, 4+3+2)
	want = repeat(want, 7, 4) // the distances are now 7, 1, 5
	want = repeat(want, 1, 3)
	return w.b, repeat(want, 14, 2)
}

// coded2 is the last block: as coded, whose lengths it keeps, so that all
// differences are 0.
func (w *bitWriter) coded2(typ, size int) {
	w.header(typ, size, true)
	for range alignedSymbols {
		w.bits(3, 3)
	}
	for _, n := range []int{256, wimSlots * primaryLengths, lengthSymbols} {
		w.preTree()
		for range n {
			w.bits(0, 2)
		}
	}
	w.syms(symR2, symR1, symSlot8)
	w.bits(0, 3) // aligned symbol 0: position 16, distance 14
}

func TestChunk(t *testing.T) {
	src, want := sample()
	dst := make([]byte, len(want))
	var c ChunkDecoder
	for range 2 { // nothing may be left over from the first time
		if err := c.Decode(dst, src); err != nil || string(dst) != want {
			t.Fatalf("%q, want %q, %v", dst, want, err)
		}
	}
	if err := c.Decode(dst[:15], src); err != nil || string(dst[:15]) != want[:15] {
		t.Errorf("the start alone: %q, %v", dst[:15], err)
	}
}

func TestChunkDamaged(t *testing.T) {
	src, want := sample()
	w := &bitWriter{}
	w.raw("x", true, 0, 1, 1)
	w.coded(blockVerbatim, 8, wimSlots, true, func() { w.syms(symR0) })
	far := &bitWriter{}
	far.coded(blockVerbatim, 8, wimSlots, true, func() { far.syms(symA, symSlot8); far.bits(0, 3) })
	type0 := &bitWriter{}
	type0.header(0, 5, true)
	empty := &bitWriter{}
	empty.header(blockVerbatim, 0, true)
	short := &bitWriter{}
	short.raw("abc", true, 1, 1, 1)
	for name, c := range map[string]struct {
		src  []byte
		size int
	}{
		"nothing": {nil, 1}, "cut": {src[:len(src)-4], len(want)}, "more is wanted": {src, len(want) + 1}, "distance 0": {w.b, 9},
		"distance too far": {far.b, 8}, "type 0": {type0.b, 5}, "empty block": {empty.b, 5}, "raw data cut": {short.b[:len(short.b)-2], 3},
		"match over the end": {src, 30}, "noise": {bytes.Repeat([]byte{0x5a, 0x31}, 100), 100}, "too large": {src, wimWindow + 1},
	} {
		if err := new(ChunkDecoder).Decode(make([]byte, c.size), c.src); !errors.Is(err, ErrData) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSlots(t *testing.T) {
	next := 0
	for s := range maxSlots {
		extra, base := slotBits(s)
		if base != next {
			t.Errorf("slot %d starts at %d, want %d", s, base, next)
		}
		next = base + 1<<extra
		for bits := MinWindowBits; bits <= MaxWindowBits; bits++ {
			if slotsOf[bits] == s+1 && next != 1<<bits {
				t.Errorf("%d slots reach %d, want 2^%d", s+1, next, bits)
			}
		}
	}
}

func TestUndoE8(t *testing.T) {
	call := func(abs ...byte) []byte {
		return append(append([]byte{1, 2, 0xe8}, abs...), make([]byte, 12)...)
	}
	for name, c := range map[string]struct{ in, want []byte }{
		"absolute":       {call(0x10, 0x10, 0, 0), call(0x0e, 0x00, 0, 0)},
		"behind the end": {call(0x00, 0xf0, 0xff, 0xff), call(0, 0, 2, 0)},
		"too large":      {call(0, 0x10, 2, 0), call(0, 0x10, 2, 0)},
		"too small":      {call(0, 0, 0, 0x80), call(0, 0, 0, 0x80)},
	} {
		if undoE8(c.in, 0x1000, 0x21000); !bytes.Equal(c.in, c.want) {
			t.Errorf("%s: %x, want %x", name, c.in, c.want)
		}
	}
	tail := append([]byte{0xe8, 1, 1, 1, 1}, make([]byte, 5)...)
	if undoE8(tail, 0, 1<<30); tail[1] != 1 {
		t.Error("the last ten bytes are left alone")
	}
}

// TestFrames: a folder of a cabinet in two frames, the second one short.
func TestFrames(t *testing.T) {
	w := &bitWriter{}
	w.bits(0, 1)
	text := strings.Repeat("0123456789abcdef", FrameSize/16)
	w.raw(text, false, 1, 1, 1)
	second := &bitWriter{}
	second.coded(blockVerbatim, 4, slotsOf[16], false, func() { second.syms(symSlot8); second.bits(7, 3); second.syms(symR0) })
	f, err := NewFrameDecoder(16)
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]byte, FrameSize)
	if err := f.Frame(dst, w.b); err != nil || string(dst) != text {
		t.Fatal(err)
	}
	if err := f.Frame(dst[:4], second.b); err != nil || string(dst[:4]) != "bcde" {
		t.Errorf("%q, %v", dst[:4], err)
	}
	if err := f.Frame(dst, second.b); !errors.Is(err, ErrData) {
		t.Errorf("behind the last frame: %v", err)
	}
	for _, bits := range []int{14, 22} {
		if _, err := NewFrameDecoder(bits); !errors.Is(err, ErrData) {
			t.Errorf("window of 2^%d: %v", bits, err)
		}
	}
}
