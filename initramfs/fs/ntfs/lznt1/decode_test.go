package lznt1

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// stored makes an uncompressed chunk.
func stored(b []byte) []byte {
	return append(binary.LittleEndian.AppendUint16(nil, 0x3000|uint16(len(b)-1)), b...)
}

// packed makes a compressed chunk of ready groups.
func packed(b ...byte) []byte {
	return append(binary.LittleEndian.AppendUint16(nil, 0xb000|uint16(len(b)-1)), b...)
}

// The example of MS-XCA 3.3: its compressed and its plain form.
var specPacked = []byte{
	0x38, 0xb0, 0x88, 0x46, 0x23, 0x20, 0x00, 0x20, 0x47, 0x20, 0x41, 0x00, 0x10, 0xa2, 0x47, 0x01,
	0xa0, 0x45, 0x20, 0x44, 0x00, 0x08, 0x45, 0x01, 0x50, 0x79, 0x00, 0xc0, 0x45, 0x20, 0x05, 0x24,
	0x13, 0x88, 0x05, 0xb4, 0x02, 0x4a, 0x44, 0xef, 0x03, 0x58, 0x02, 0x8c, 0x09, 0x16, 0x01, 0x48,
	0x45, 0x00, 0xbe, 0x00, 0x9e, 0x00, 0x04, 0x01, 0x18, 0x90, 0x00,
}

const specPlain = "F# F# G A A G F# E D D E F# F# E E F# F# G A A G F# E D D E F# E D D E E F# D E F# G F# D E F# G F# E D E A F# F# G A A G F# E D D E F# E D D\x00"

func TestDecode(t *testing.T) {
	long := bytes.Repeat([]byte{'x'}, ChunkSize)
	for _, c := range []struct {
		name string
		src  []byte
		room int
		want string
	}{
		{"nothing", nil, 10, ""},
		{"half a header", []byte{1}, 10, ""},
		{"end", []byte{0, 0, 9, 9}, 10, ""},
		{"example of the specification", specPacked, 4096, specPlain},
		{"the same, cut", specPacked, 20, specPlain[:20]},
		{"stored", stored([]byte("abc")), 10, "abc"},
		{"run of one byte", packed(2, 'x', 0xfc, 0x0f), 2 * ChunkSize, string(long)},
		{"short chunk before another", append(stored([]byte("abc")), stored([]byte("d"))...), 2 * ChunkSize, "abc" + strings.Repeat("\x00", ChunkSize-3) + "d"},
		{"the same, cut", append(stored([]byte("abc")), stored([]byte("d"))...), 5, "abc\x00\x00"},
	} {
		dst := make([]byte, c.room)
		n, err := Decode(dst, c.src)
		if err != nil || string(dst[:n]) != c.want {
			t.Errorf("%s: %q, %v", c.name, dst[:n], err)
		}
	}
}

func TestDecodeDamaged(t *testing.T) {
	for name, src := range map[string][]byte{
		"signature":        {0x02, 0x80, 0, 0, 0},
		"chunk too long":   {0x05, 0xb0, 0, 'a'},
		"match first":      packed(1, 0, 0),
		"match too far":    packed(2, 'a', 0, 0x10),
		"half a token":     packed(2, 'a', 0),
		"second, too long": append(stored([]byte("abc")), 0xff, 0x3f),
	} {
		var e *FormatError
		if n, err := Decode(make([]byte, 2*ChunkSize), src); !errors.Is(err, fs.ErrDamaged) || !errors.As(err, &e) || e.In > len(src) {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
}

// FuzzDecode: no panic, nothing beyond dst, and a smaller dst gives the start
// of the same data.
func FuzzDecode(f *testing.F) {
	f.Add(specPacked, uint16(4096))
	f.Add(packed(2, 'x', 0xfc, 0x0f), uint16(9000))
	f.Add(packed(2, 'x', 0xd0, 0x0f, 0), uint16(4063)) // good as far as it is wanted
	f.Add(append(stored([]byte("abc")), stored([]byte("d"))...), uint16(5000))
	f.Fuzz(func(t *testing.T, src []byte, room uint16) {
		dst := bytes.Repeat([]byte{0xa5}, int(room)+1)
		n, err := Decode(dst[:room], src)
		if n > int(room) || dst[room] != 0xa5 {
			t.Fatalf("%d bytes in %d", n, room)
		}
		all := make([]byte, 1<<16)
		m, allErr := Decode(all, src)
		if allErr == nil && err != nil || m < n || !bytes.Equal(all[:n], dst[:n]) {
			t.Fatalf("%d bytes (%v) of %d (%v)", n, err, m, allErr)
		}
	})
}
