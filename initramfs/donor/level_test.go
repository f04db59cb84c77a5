package donor

import (
	"bytes"
	"testing"

	"github.com/bootmend/bootmend/drivers/pe"
)

func TestLevelOf(t *testing.T) {
	for _, tt := range []struct {
		v     pe.Version
		pack  int
		known bool
	}{
		{pe.Version{5, 0, 2195, 1}, 0, true}, {pe.Version{5, 0, 2195, 1620}, 1, true}, {pe.Version{5, 0, 2195, 2951}, 2, true},
		{pe.Version{5, 0, 2195, 5438}, 3, true}, {pe.Version{5, 0, 2195, 6717}, 4, true}, {pe.Version{5, 0, 2195, 7017}, 4, true}, {pe.Version{5, 0, 2195, 7059}, 4, true},
		{pe.Version{5, 1, 2600, 0}, 0, true}, {pe.Version{5, 1, 2600, 1106}, 1, true}, {pe.Version{5, 1, 2600, 2180}, 2, true}, {pe.Version{5, 1, 2600, 5512}, 3, true},
		{pe.Version{5, 2, 3790, 0}, 0, true}, {pe.Version{5, 2, 3790, 1830}, 1, true}, {pe.Version{5, 2, 3790, 3959}, 2, true},
		{pe.Version{4, 0, 1381, 7086}, 0, false}, {pe.Version{6, 1, 7601, 17514}, 0, false}, {pe.Version{0, 4, 15, 0}, 0, false},
	} {
		l, known := LevelOf(tt.v)
		if known != tt.known || known && l.ServicePack != tt.pack {
			t.Errorf("%v: %v, %v; want service pack %d, %v", tt.v, l, known, tt.pack, tt.known)
		}
	}
}

func TestAtLeast(t *testing.T) {
	order := []Level{{5, 0, 2195, 3}, {5, 0, 2195, 4}, {5, 1, 2600, 0}, {5, 1, 2600, 3}, {5, 2, 3790, 0}}
	for i, a := range order {
		for j, b := range order {
			if a.AtLeast(b) != (i >= j) {
				t.Errorf("%v at least %v: %v", a, b, a.AtLeast(b))
			}
		}
	}
}

// FuzzFixedVersion: code for real mode with anything in it.
func FuzzFixedVersion(f *testing.F) {
	info := append([]byte("\xbd\x04\xef\xfe\x00\x00\x01\x00\x01\x00\x05\x00\x88\x15\x28\x0a"), make([]byte, 40)...)
	f.Add(append(bytes.Repeat([]byte{0xE9}, 100), info...))
	f.Add(info[:20])
	f.Fuzz(func(t *testing.T, data []byte) {
		if v, ok := fixedVersion(data); ok && !bytes.Contains(data, []byte("\xbd\x04\xef\xfe")) {
			t.Errorf("%v out of nothing", v)
		}
	})
}

func TestFixedVersion(t *testing.T) {
	info := append([]byte("\xbd\x04\xef\xfe\x00\x00\x01\x00\x01\x00\x05\x00\x88\x15\x28\x0a"), make([]byte, 40)...)
	if v, ok := fixedVersion(append(make([]byte, 999), info...)); !ok || v != (pe.Version{5, 1, 2600, 5512}) {
		t.Errorf("%v, %v", v, ok)
	}
}
