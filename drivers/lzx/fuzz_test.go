package lzx

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzChunk: no panic, errors are typed, twice the same.
func FuzzChunk(f *testing.F) {
	src, want := sample()
	f.Add(src, uint16(len(want)))
	f.Add([]byte{}, uint16(1))
	f.Fuzz(func(t *testing.T, src []byte, size uint16) {
		var c ChunkDecoder
		one, two := make([]byte, size), make([]byte, size)
		err := c.Decode(one, src)
		if err != nil && !errors.Is(err, ErrData) {
			t.Fatal(err)
		}
		if again := c.Decode(two, src); (again == nil) != (err == nil) || err == nil && !bytes.Equal(one, two) {
			t.Fatalf("%v, then %v", err, again)
		}
	})
}

// FuzzFrames cuts the input into two frames.
func FuzzFrames(f *testing.F) {
	src, _ := sample()
	f.Add(src, uint16(20), uint8(15))
	f.Fuzz(func(t *testing.T, src []byte, cut uint16, bits uint8) {
		d, err := NewFrameDecoder(int(bits))
		if err != nil {
			return
		}
		dst := make([]byte, FrameSize)
		k := min(int(cut), len(src))
		for _, p := range [][]byte{src[:k], src[k:]} {
			if err := d.Frame(dst, p); err != nil && !errors.Is(err, ErrData) {
				t.Fatal(err)
			}
		}
	})
}
