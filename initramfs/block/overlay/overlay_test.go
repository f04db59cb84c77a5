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

// mem is a base that must never be written.
type mem struct {
	data   []byte
	sector int
	t      *testing.T
}

func (m *mem) Size() int64     { return int64(len(m.data)) }
func (m *mem) SectorSize() int { return m.sector }
func (m *mem) Flush() error    { m.t.Error("Flush of the base"); return nil }
func (m *mem) WriteAt([]byte, int64) (int, error) {
	m.t.Error("write to the base")
	return 0, block.ErrReadOnly
}
func (m *mem) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m.data).ReadAt(p, off)
}

// TestRandomWrites compares an overlay with a plain array under the same
// writes, on whole sectors and on a device whose last sector is short.
func TestRandomWrites(t *testing.T) {
	const seed, writes = 20261121, 3000
	t.Logf("seed %d, %d writes", seed, writes)
	for _, size := range []int{64 << 10, 64<<10 + 100} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			rnd := rand.New(rand.NewSource(seed))
			base := &mem{data: make([]byte, size), sector: 512, t: t}
			rnd.Read(base.data)
			original, model := bytes.Clone(base.data), bytes.Clone(base.data)
			o := New(base)
			for range writes {
				p := make([]byte, rnd.Intn(2000))
				rnd.Read(p)
				off := rnd.Intn(size - len(p))
				if _, err := o.WriteAt(p, int64(off)); err != nil {
					t.Fatal(err)
				}
				copy(model[off:], p)
				from, n := rnd.Intn(size-1), rnd.Intn(3000)
				got := make([]byte, n)
				k, err := o.ReadAt(got, int64(from))
				want := model[from:min(from+n, size)]
				if k != len(want) || !bytes.Equal(got[:k], want) || (k < n && err != io.EOF) {
					t.Fatalf("read %d at %d: n=%d err=%v", n, from, k, err)
				}
			}
			if !bytes.Equal(base.data, original) {
				t.Fatal("base changed")
			}
			applyChanges(t, o, original, model)
		})
	}
}

// applyChanges checks that the changes, written over the original, give the
// model, and that their before-images are the original's.
func applyChanges(t *testing.T, o *Overlay, original, model []byte) {
	changes, err := o.Changes()
	if err != nil {
		t.Fatal(err)
	}
	end := int64(0)
	for _, c := range changes {
		if c.Off < end || c.Off%512 != 0 {
			t.Fatalf("change at %d after %d", c.Off, end)
		}
		end = c.Range().End()
		if !bytes.Equal(c.Before, original[c.Off:end]) {
			t.Fatalf("before-image at %d is wrong", c.Off)
		}
		copy(original[c.Off:], c.After)
	}
	if !bytes.Equal(original, model) {
		t.Fatal("changes do not give the model")
	}
}

func TestSameBytesAreNoChange(t *testing.T) {
	o := New(&mem{data: make([]byte, 4096), sector: 512, t: t})
	if _, err := o.WriteAt([]byte{1, 2}, 700); err != nil {
		t.Fatal(err)
	}
	if _, err := o.WriteAt([]byte{0, 0}, 700); err != nil {
		t.Fatal(err)
	}
	if c, err := o.Changes(); err != nil || len(c) != 0 {
		t.Fatalf("Changes = %v, %v", c, err)
	}
}

func TestWriteOutsideChangesNothing(t *testing.T) {
	o := New(&mem{data: make([]byte, 4096), sector: 512, t: t})
	for _, off := range []int64{-1, 4095, 4096, 1 << 40} {
		if _, err := o.WriteAt([]byte{1, 1}, off); !errors.Is(err, block.ErrBounds) {
			t.Errorf("WriteAt(%d) = %v", off, err)
		}
	}
	if c, _ := o.Changes(); len(c) != 0 {
		t.Errorf("%d changes", len(c))
	}
}

func TestBounded(t *testing.T) {
	o := New(&mem{data: make([]byte, MaxBytes+4096), sector: 512, t: t})
	if _, err := o.WriteAt(make([]byte, MaxBytes+512), 0); err == nil {
		t.Fatal("overlay grew past its bound")
	}
	if len(o.sectors) != 0 {
		t.Fatalf("%d sectors kept of a refused write", len(o.sectors))
	}
}

func TestAllow(t *testing.T) {
	o := New(&mem{data: make([]byte, MaxBytes+4096), sector: 512, t: t})
	o.Allow(4096) // less than it may anyway
	o.Allow(MaxBytes + 512)
	if _, err := o.WriteAt(make([]byte, MaxBytes+512), 0); err != nil {
		t.Error(err)
	}
	if _, err := o.WriteAt(make([]byte, 512), MaxBytes+512); err == nil {
		t.Error("overlay grew past what was allowed")
	}
}
