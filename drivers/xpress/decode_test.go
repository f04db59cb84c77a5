package xpress

import (
	"bytes"
	"errors"
	"testing"
)

// alphabet is the first example of MS-XCA section 3.2: the letters a to z, a
// code of 5 bits each apart from some of 4.
func alphabet() []byte {
	b := make([]byte, tableSize)
	copy(b[0x30:], []byte{0x50, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x45, 0x44, 0x04})
	b[0x80] = 0x04
	return append(b, 0xd8, 0x52, 0x3e, 0xd7, 0x94, 0x11, 0x5b, 0xe9, 0x19, 0x5f, 0xf9, 0xd6, 0x7c, 0xdf, 0x8d, 0x04, 0, 0, 0, 0)
}

// run is the second: "abc" a hundred times.
func run() []byte {
	b := make([]byte, tableSize)
	b[0x30], b[0x31] = 0x30, 0x23
	b[0x80] = 0x02
	b[0x8f] = 0x20
	return append(b, 0xa8, 0xdc, 0, 0, 0xff, 0x26, 0x01)
}

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		src  []byte
		want string
	}{{alphabet(), "abcdefghijklmnopqrstuvwxyz"}, {run(), string(bytes.Repeat([]byte("abc"), 100))}, {run(), ""}} {
		dst := make([]byte, len(c.want))
		var d Decoder
		if err := d.Decode(dst, c.src); err != nil || string(dst) != c.want {
			t.Errorf("%q, %v", dst, err)
		}
	}
}

func TestDecodeDamaged(t *testing.T) {
	full := bytes.Clone(alphabet())
	full[0x30] = 0x11
	for name, c := range map[string]struct {
		src  []byte
		size int
	}{
		"empty": {nil, 1}, "half a table": {make([]byte, 255), 1}, "no codes": {make([]byte, 300), 1}, "codes do not fit": {full, 1},
		"more is wanted": {alphabet()[:tableSize+16], 40}, "match over the end": {run(), 299}, "length is missing": {run()[:tableSize+5], 300},
		"too large": {run(), MaxChunk + 1},
	} {
		if err := new(Decoder).Decode(make([]byte, c.size), c.src); !errors.Is(err, ErrData) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzDecode: no panic, errors are typed, twice the same.
func FuzzDecode(f *testing.F) {
	f.Add(alphabet(), uint16(26))
	f.Add(run(), uint16(300))
	f.Fuzz(func(t *testing.T, src []byte, size uint16) {
		var d Decoder
		one, two := make([]byte, size), make([]byte, size)
		err := d.Decode(one, src)
		if err != nil && !errors.Is(err, ErrData) {
			t.Fatal(err)
		}
		if again := d.Decode(two, src); (again == nil) != (err == nil) || err == nil && !bytes.Equal(one, two) {
			t.Fatalf("%v, then %v", err, again)
		}
	})
}
