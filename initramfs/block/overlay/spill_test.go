package overlay

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
)

// memStore is a Store that may fail.
type memStore struct {
	b     []byte
	limit int
}

var errFull = errors.New("store is full")

func (s *memStore) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(s.b).ReadAt(p, off)
}

func (s *memStore) WriteAt(p []byte, off int64) (int, error) {
	end := int(off) + len(p)
	if s.limit > 0 && end > s.limit {
		return 0, errFull
	}
	if end > len(s.b) {
		s.b = append(s.b, make([]byte, end-len(s.b))...)
	}
	return copy(s.b[off:], p), nil
}

// TestSpillRandom compares an overlay with a store with a plain array under
// the same writes, short and long, over each other.
func TestSpillRandom(t *testing.T) {
	const seed, writes = 20261126, 1500
	t.Logf("seed %d, %d writes", seed, writes)
	for _, x := range []struct{ size, sector int }{{1 << 20, 512}, {1<<20 + 100, 512}, {1 << 20, 4096}} {
		t.Run(fmt.Sprint(x), func(t *testing.T) {
			rnd := rand.New(rand.NewSource(seed))
			base := &mem{data: make([]byte, x.size), sector: x.sector, t: t}
			rnd.Read(base.data)
			original, model := bytes.Clone(base.data), bytes.Clone(base.data)
			o, store := New(base), &memStore{}
			o.Spill(store)
			for i := range writes {
				n := rnd.Intn(2000)
				if i%10 == 0 {
					n = spillMin + rnd.Intn(200_000)
				}
				p := make([]byte, n)
				rnd.Read(p)
				off := rnd.Intn(x.size - len(p))
				if i%20 == 0 {
					off -= off % x.sector
				}
				if _, err := o.WriteAt(p, int64(off)); err != nil {
					t.Fatal(err)
				}
				copy(model[off:], p)
				from, n := rnd.Intn(x.size-1), rnd.Intn(300_000)
				got := make([]byte, n)
				k, err := o.ReadAt(got, int64(from))
				want := model[from:min(from+n, x.size)]
				if k != len(want) || !bytes.Equal(got[:k], want) || (k < n && err != io.EOF) {
					t.Fatalf("read %d at %d: n=%d err=%v", n, from, k, err)
				}
			}
			if !bytes.Equal(base.data, original) {
				t.Fatal("base changed")
			}
			in := int64(0)
			for _, r := range o.Spilled() {
				in += r.Len
			}
			t.Logf("%d sectors in memory, %d KiB in the store, which has %d", len(o.sectors), in>>10, len(store.b)>>10)
			if in == 0 || in != int64(len(store.b)) || in > int64(x.size) {
				t.Error("the store should hold each sector once")
			}
			outside(t, o, base.data, model)
			applyChanges(t, o, original, model)
		})
	}
}

// outside checks that the changes outside of what lies in the store, and this,
// together give the model.
func outside(t *testing.T, o *Overlay, original, model []byte) {
	t.Helper()
	got := bytes.Clone(original)
	list, err := o.ChangesOutside(o.Spilled())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		for _, r := range o.Spilled() {
			if c.Off < r.End() && r.Off < c.Range().End() {
				t.Fatalf("change %v reaches into %v", c.Range(), r)
			}
		}
		copy(got[c.Off:], c.After)
	}
	for _, r := range o.Spilled() {
		if _, err := io.ReadFull(io.NewSectionReader(o, r.Off, r.Len), got[r.Off:r.End()]); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got, model) {
		t.Error("changes and streams do not give the model")
	}
}

// TestSpillIsNotBounded: with a store more than MaxBytes can be written, but
// not be listed.
func TestSpillIsNotBounded(t *testing.T) {
	const size = MaxBytes + 8<<20
	base := &mem{data: make([]byte, size), sector: 512, t: t}
	o := New(base)
	o.Spill(&memStore{})
	p := bytes.Repeat([]byte{1}, 1<<20)
	for off := int64(0); off < size; off += int64(len(p)) {
		if _, err := o.WriteAt(p, off); err != nil {
			t.Fatal(err)
		}
	}
	if len(o.sectors) != 0 || len(o.spilled) != 1 {
		t.Errorf("%d sectors in memory, %d runs", len(o.sectors), len(o.spilled))
	}
	if _, err := o.Changes(); err == nil {
		t.Error("all of it was listed")
	}
	if _, err := o.WriteAt([]byte{7}, 100); err != nil {
		t.Fatal(err)
	}
	all := block.Range{Off: 512, Len: size - 512}
	list, err := o.ChangesOutside([]block.Range{all})
	if err != nil || len(list) != 1 || list[0].Off != 0 || len(list[0].After) != 512 || list[0].After[100] != 7 || list[0].After[99] != 1 {
		t.Errorf("outside of %v: %v, %v", all, list, err)
	}
}

// TestSpillStoreFull: an error of the store is that of the write.
func TestSpillStoreFull(t *testing.T) {
	o := New(&mem{data: make([]byte, 4<<20), sector: 512, t: t})
	o.Spill(&memStore{limit: 1 << 20})
	if _, err := o.WriteAt(make([]byte, 1<<20), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := o.WriteAt(make([]byte, 1<<20), 2<<20); !errors.Is(err, errFull) {
		t.Errorf("WriteAt = %v", err)
	}
	if r := o.Spilled(); len(r) != 1 || r[0].Len != 1<<20 {
		t.Errorf("in the store: %v", r)
	}
}
