package mszip_test

import (
	"bytes"
	"compress/flate"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/bootmend/bootmend/drivers/mszip"
)

// pack makes a block that may refer to past.
func pack(tb testing.TB, past, plain []byte) []byte {
	tb.Helper()
	b := bytes.NewBufferString("CK")
	w, err := flate.NewWriterDict(b, 9, past)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// text is n bytes of words from a small vocabulary.
func text(r *rand.Rand, n int) []byte {
	var b []byte
	for len(b) < n {
		b = append(b, byte('a'+r.IntN(4)), byte('a'+r.IntN(26)))
	}
	return b[:n]
}

func TestBlocks(t *testing.T) {
	t.Log("seed 1")
	r := rand.New(rand.NewPCG(1, 0))
	var d mszip.Decoder
	var all []byte
	packed := 0
	// Short blocks in the middle do not occur in cabinets, but the history is
	// said to be of bytes, not of blocks.
	for i, n := range []int{mszip.BlockSize, mszip.BlockSize, 1, 20000, 0, 15000, mszip.BlockSize, 77} {
		plain := text(r, n)
		if n > 1000 && len(all) > 0 { // the farthest bytes of the history
			copy(plain, all[max(0, len(all)-mszip.BlockSize):][:500])
		}
		src := pack(t, all[max(0, len(all)-mszip.BlockSize):], plain)
		packed += len(src)
		dst := make([]byte, n)
		if err := d.Block(dst, src); err != nil || !bytes.Equal(dst, plain) {
			t.Fatalf("block %d of %d bytes: %v", i, n, err)
		}
		all = append(all, plain...)
	}
	t.Logf("%d bytes, packed %d", len(all), packed)
}

func TestDamaged(t *testing.T) {
	good := pack(t, nil, []byte("some text, some text"))
	for name, c := range map[string]struct {
		src  []byte
		size int
	}{
		"nothing": {nil, 5}, "one letter": {[]byte("C"), 5}, "no CK": {append([]byte("KC"), good[2:]...), 20},
		"cut": {good[:8], 20}, "more is wanted": {good, 21}, "less is wanted": {good, 19}, "too large": {good, mszip.BlockSize + 1},
		"noise":         {append([]byte("CK"), bytes.Repeat([]byte{0xee, 0x31}, 60)...), 100},
		"missing past":  {pack(t, []byte("some text, some text"), []byte("some text, some text")), 20},
		"only a header": {[]byte("CK"), 3},
	} {
		var d mszip.Decoder
		if err := d.Block(make([]byte, c.size), c.src); !errors.Is(err, mszip.ErrData) {
			t.Errorf("%s: %v", name, err)
		}
		if err := d.Block(make([]byte, 20), good); !errors.Is(err, mszip.ErrData) {
			t.Errorf("%s: goes on behind an error: %v", name, err)
		}
	}
}

// FuzzBlocks cuts the input in two: no panic, errors are typed.
func FuzzBlocks(f *testing.F) {
	f.Add(pack(f, nil, []byte("some text, some text")), uint16(9), uint16(20))
	f.Fuzz(func(t *testing.T, src []byte, cut, size uint16) {
		var d mszip.Decoder
		k := min(int(cut), len(src))
		for _, p := range [][]byte{src[:k], src[k:]} {
			if err := d.Block(make([]byte, size), p); err != nil && !errors.Is(err, mszip.ErrData) {
				t.Fatal(err)
			}
		}
	})
}
