package regf

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
)

// TestProof lets an edit change a byte more than it was asked for, each time
// another one: Finish must notice it, wherever it is.
func TestProof(t *testing.T) {
	root := regftest.Key{Name: "root"}
	for _, name := range []string{"a", "b", "c"} {
		k := regftest.Key{Name: name, Class: "class of " + name, Values: []regftest.Value{
			regftest.SZ("text", "some text"), regftest.DWORD("n", 1), regftest.Binary("big", bytes.Repeat([]byte(name), 20_000)...)}}
		for _, sub := range []string{"x", "y"} {
			k.Keys = append(k.Keys, regftest.Key{Name: sub, Values: []regftest.Value{regftest.SZ("text", "more text")}})
		}
		root.Keys = append(root.Keys, k)
	}
	b := regftest.Build(root, regftest.Options{Minor: 5})
	edit := func() *Editor {
		h, err := Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		e, err := NewEditor(h, EditorOptions{Now: time.Unix(1_700_000_000, 0)})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{e.SetValue("b", "text", RegSZ, []byte("other text, longer than before")), e.CreateKey(`c\new`), e.DeleteKey(`a\x`, false)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		return e
	}
	if _, err := edit().Finish(); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(7, 7))
	noticed := 0
	for _, c := range stillAllocated(b, edit()) {
		for range 4 {
			off := c.off + r.Int64N(c.size)
			if !counts(b, edit(), c, off) {
				continue
			}
			e := edit()
			err := e.do(func() error {
				var one [1]byte
				if err := e.h.read(one[:], off); err != nil {
					return err
				}
				one[0] ^= 1 << r.IntN(8)
				return e.write(off, one[:])
			})
			if err != nil {
				t.Fatal(err)
			}
			if result, err := e.Finish(); err == nil {
				t.Errorf("the byte at %#x of the cell at %#x changes, and nobody minds: %d patches", off, c.off, len(result.Patches))
			}
			noticed++
		}
	}
	if noticed < 100 {
		t.Errorf("only %d places were tried", noticed)
	}
	t.Logf("%d changes noticed", noticed)
}

// stillAllocated are the base block, the header of the first bin and all cells
// that are allocated before and after the edit, as ranges of the file.
func stillAllocated(b []byte, e *Editor) []cell {
	after := make([]byte, len(b))
	if e.h.read(after, 0) != nil {
		return nil
	}
	all := []cell{{0, baseSize}, {baseSize, binHeader}}
	now := allocated(after)
	for off, size := range allocated(b) {
		if now[off] == size {
			all = append(all, cell{off, size})
		}
	}
	slices.SortFunc(all, func(a, b cell) int { return int(a.off - b.off) })
	return all
}

// allocated are the sizes of the cells in the first bin.
func allocated(b []byte) map[int64]int64 {
	cells := map[int64]int64{}
	for pos := int64(baseSize + binHeader); pos < baseSize+int64(binary.LittleEndian.Uint32(b[baseSize+8:])); {
		n := int64(int32(binary.LittleEndian.Uint32(b[pos:])))
		if n < 0 {
			n = -n
			cells[pos] = n
		}
		pos += n
	}
	return cells
}

// counts tells whether a byte means something: the edit does not set it anyway,
// as it does checksum and time stamps, and it is not what pads the cells that
// the edit may write.
func counts(b []byte, e *Editor, c cell, off int64) bool {
	in := off - c.off
	if c.off == 0 {
		return in >= baseMajor && !(in >= baseBins && in < baseBins+4) && !(in >= baseChecksum && in < sector)
	}
	if c.off == baseSize {
		return in < binTime || in >= binTime+8
	}
	old := b[c.off : c.off+c.size]
	now := make([]byte, c.size)
	if e.h.read(now, c.off) != nil {
		return false
	}
	switch string(old[4:6]) {
	case "nk": // of the touched ones flags, name and offsets, not time and maxima, nor what is behind the name
		in -= 4
		return bytes.Equal(old, now) && in < int64(nkName+binary.LittleEndian.Uint16(old[4+nkNameLen:])) ||
			in < nkTime || in >= nkParent && in < 20 || in >= nkValueList && in < nkClass
	case "sk":
		in -= 4
		return in < skFlink || in >= skSize
	}
	return bytes.Equal(old, now)
}
