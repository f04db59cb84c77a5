package huffman

import (
	"bytes"
	"testing"
)

// pack makes a bit stream of strings of 0 and 1.
func pack(codes ...string) []byte {
	var b []byte
	n := 0
	for _, c := range codes {
		for _, bit := range c {
			if n%16 == 0 {
				b = append(b, 0, 0)
			}
			if bit == '1' {
				b[n/16*2+1-n%16/8] |= 0x80 >> (n % 8)
			}
			n++
		}
	}
	return b
}

func TestCode(t *testing.T) {
	// Codes of 1 to 16 bits: 0, 10, 110, ... and two of 16.
	lengths := []byte{0, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 16, 0}
	var c Code
	if err := c.Init(lengths); err != nil {
		t.Fatal(err)
	}
	ones := "1111111111111111"
	b := NewBits(pack("0", ones, "10", ones[:15]+"0", ones[:14]+"0", "1110", ones[:10]+"0", ones[:9]+"0"))
	for i, want := range []int{16, 17, 15, 1, 2, 13, 6, 7} {
		if got := c.Read(b); got != want {
			t.Fatalf("symbol %d: %d, want %d", i, got, want)
		}
	}
	if b.Over() {
		t.Error("over too early")
	}
	for range 16 {
		c.Read(b)
	}
	if !b.Over() {
		t.Error("the end was not noticed")
	}
	if err := c.Init(make([]byte, 8)); err != nil || c.Read(NewBits([]byte{1, 2})) != -1 {
		t.Errorf("code without symbols: %v", err)
	}
}

func TestCodeRefused(t *testing.T) {
	for name, lengths := range map[string][]byte{"too full": {1, 1, 1}, "space left": {1, 2}, "one symbol": {1}, "too long": {17}, "too full late": {1, 2, 3, 3, 16}} {
		if err := new(Code).Init(lengths); err != ErrCode {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBits(t *testing.T) {
	b := NewBits([]byte{0x34, 0x12, 0x78, 0x56, 1, 2, 3, 0xcd, 0xab, 9})
	if v := b.Read(4); v != 1 {
		t.Errorf("%x", v)
	}
	b.Ensure(16)
	if p := b.Bytes(3); !bytes.Equal(p, []byte{1, 2, 3}) {
		t.Errorf("%x", p)
	}
	if v := b.Read(32); v != 0x2345678a {
		t.Errorf("%x", v)
	}
	b.Align(false)
	if p := b.Bytes(1); !bytes.Equal(p, []byte{9}) || b.Bytes(1) != nil || b.Over() {
		t.Errorf("%x, over %t", p, b.Over())
	}
	b = NewBits([]byte{1, 2, 3, 4, 5, 6, 7})
	b.Read(16)
	b.Ensure(32)
	if b.Align(true); !bytes.Equal(b.Bytes(3), []byte{5, 6, 7}) {
		t.Error("a whole word is dropped on a boundary")
	}
	b = NewBits([]byte{1, 2, 3, 4, 5, 6})
	b.Read(1)
	b.Ensure(40)
	if b.Align(true); !bytes.Equal(b.Bytes(4), []byte{3, 4, 5, 6}) {
		t.Error("what was loaded too early is unloaded")
	}
}

// FuzzCode: no panic, and no more symbols than bits.
func FuzzCode(f *testing.F) {
	f.Add([]byte{1, 2, 3, 3}, []byte{1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, lengths, src []byte) {
		var c Code
		if c.Init(lengths) != nil {
			return
		}
		b := NewBits(src)
		for n := 0; !b.Over(); n++ {
			if s := c.Read(b); s < 0 {
				break
			} else if s >= len(lengths) || lengths[s] == 0 || n > 8*len(src) {
				t.Fatalf("symbol %d", s)
			}
		}
	})
}
