package readtest

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/tests/volume"
)

func openVolume(tb testing.TB, path string) *ntfs.Volume {
	tb.Helper()
	v, err := ntfs.Open(volume.Open(tb, path))
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// campaign: "make campaign" wants the big figures.
func campaign() bool { return os.Getenv("BOOTMEND_CAMPAIGN") != "" }

const seed = 20240811

func random(tb testing.TB) *rand.Rand {
	tb.Helper()
	tb.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// content makes n bytes with parts that compress well, badly and not at all:
// words, runs, zeros, noise and x86-like calls.
func content(r *rand.Rand, n int) []byte {
	var words [64][]byte
	for i := range words {
		words[i] = make([]byte, 2+r.IntN(9))
		for j := range words[i] {
			words[i][j] = byte('a' + r.IntN(26))
		}
	}
	b := make([]byte, 0, n+1<<17)
	for len(b) < n {
		switch part := 1 + r.IntN(1<<(4+r.IntN(13))); r.IntN(5) {
		case 0:
			b = append(b, make([]byte, part)...)
		case 1:
			b = append(b, bytes.Repeat([]byte{byte(r.Uint32())}, part)...)
		case 2:
			for range part {
				b = append(b, byte(r.Uint32()))
			}
		case 3:
			for range part / 8 {
				b = append(b, 0xe8)
				b = binary.LittleEndian.AppendUint32(b, uint32(r.IntN(40_000)-20_000))
				b = append(b, words[r.IntN(64)]...)
			}
		default:
			for range part / 4 {
				b = append(append(b, words[r.IntN(1+r.IntN(64))]...), ' ')
			}
		}
	}
	return b[:n]
}
