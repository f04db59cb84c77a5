package blocktest

import (
	"bytes"
	"errors"
	"io"
	"math/rand"
	"sync"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Conform runs the suite. open returns a fresh Device of at least 16 KiB; the
// suite overwrites what is on it.
func Conform(t *testing.T, open func(t *testing.T) block.Device) {
	t.Run("Shape", func(t *testing.T) { shape(t, open(t)) })
	t.Run("Ends", func(t *testing.T) { ends(t, open(t)) })
	t.Run("PastTheEnd", func(t *testing.T) { pastTheEnd(t, open(t)) })
	t.Run("Model", func(t *testing.T) { model(t, open(t)) })
	t.Run("ConcurrentReads", func(t *testing.T) { concurrent(t, open(t)) })
}

// ConformReadOnly is the suite for a Device that must not change: everything
// but writing, and every write is refused with block.ErrReadOnly.
func ConformReadOnly(t *testing.T, open func(t *testing.T) block.Device) {
	t.Run("Shape", func(t *testing.T) { shape(t, open(t)) })
	t.Run("Ends", func(t *testing.T) { ends(t, open(t)) })
	t.Run("ConcurrentReads", func(t *testing.T) { concurrent(t, open(t)) })
	t.Run("WriteIsRefused", func(t *testing.T) {
		d := open(t)
		before := content(t, d)
		if n, err := d.WriteAt([]byte{^before[100]}, 100); n != 0 || !errors.Is(err, block.ErrReadOnly) {
			t.Errorf("WriteAt = %d, %v; want 0 and block.ErrReadOnly", n, err)
		}
		if !bytes.Equal(content(t, d), before) {
			t.Error("the content changed")
		}
	})
}

func content(t *testing.T, d block.Device) []byte {
	t.Helper()
	all := make([]byte, d.Size())
	if n, err := d.ReadAt(all, 0); n < len(all) || err != nil && err != io.EOF {
		t.Fatalf("read of everything: %d of %d, %v", n, len(all), err)
	}
	return all
}

func shape(t *testing.T, d block.Device) {
	if d.Size() < 16<<10 {
		t.Fatalf("Size = %d: the suite wants 16 KiB", d.Size())
	}
	if s := d.SectorSize(); s < 512 || s&(s-1) != 0 {
		t.Errorf("SectorSize = %d: not a power of two from 512 on", s)
	}
	content(t, d)
	if err := d.Flush(); err != nil {
		t.Errorf("Flush with nothing to flush: %v", err)
	}
}

// ends: reading at, across, behind and before the ends follows io.ReaderAt.
func ends(t *testing.T, d block.Device) {
	all, size := content(t, d), d.Size()
	buf := make([]byte, 1000)
	for _, tt := range []struct {
		off  int64
		want int
	}{{size - 1, 1}, {size - 999, 999}, {size, 0}, {size + 1, 0}, {size + 1<<40, 0}} {
		n, err := d.ReadAt(buf, tt.off)
		if n != tt.want || err == nil {
			t.Errorf("ReadAt(1000 bytes, %d) = %d, %v; want %d and an error", tt.off, n, err, tt.want)
		} else if n > 0 && !bytes.Equal(buf[:n], all[tt.off:]) {
			t.Errorf("ReadAt(1000 bytes, %d): wrong bytes", tt.off)
		}
	}
	if n, err := d.ReadAt(buf, size-1000); n != 1000 || err != nil && err != io.EOF {
		t.Errorf("ReadAt of the last 1000 bytes = %d, %v", n, err)
	}
	for _, off := range []int64{-1, -1 << 62} {
		if n, err := d.ReadAt(buf, off); n != 0 || err == nil {
			t.Errorf("ReadAt(%d) = %d, %v", off, n, err)
		}
	}
	if n, err := d.ReadAt(nil, 0); n != 0 || err != nil {
		t.Errorf("ReadAt of nothing = %d, %v", n, err)
	}
}

// pastTheEnd: such a write gives an error, reports what it wrote, and changes
// neither the size nor anything else.
func pastTheEnd(t *testing.T, d block.Device) {
	before, size := content(t, d), d.Size()
	p := make([]byte, 300)
	for i := range p {
		p[i] = ^before[size-300+int64(i)]
	}
	for _, off := range []int64{-1, size - 299, size - 1, size, size + 1, 1 << 62} {
		n, err := d.WriteAt(p, off)
		if err == nil {
			t.Errorf("WriteAt(300 bytes, %d) of %d: no error", off, size)
		}
		if inside := min(300, max(0, size-off)); off < 0 && n != 0 || int64(n) > inside {
			t.Errorf("WriteAt(300 bytes, %d) of %d = %d", off, size, n)
		}
		if off >= 0 && off < size {
			copy(before[off:], p[:n])
		}
		if d.Size() != size {
			t.Fatalf("Size became %d", d.Size())
		}
		if !bytes.Equal(content(t, d), before) {
			t.Fatalf("WriteAt(300 bytes, %d) = %d changed something else", off, n)
		}
	}
}

// model compares random writes and reads of any alignment with an array.
func model(t *testing.T, d block.Device) {
	const seed, steps = 20261121, 400
	t.Logf("seed %d, %d steps", seed, steps)
	rnd := rand.New(rand.NewSource(seed))
	want, size := content(t, d), int(d.Size())
	for range steps {
		p := make([]byte, rnd.Intn(3*d.SectorSize()))
		rnd.Read(p)
		off := rnd.Intn(size - len(p))
		if n, err := d.WriteAt(p, int64(off)); n != len(p) || err != nil {
			t.Fatalf("WriteAt(%d bytes, %d) = %d, %v", len(p), off, n, err)
		}
		copy(want[off:], p)
		if rnd.Intn(20) == 0 {
			if err := d.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		from := rnd.Intn(size)
		got := make([]byte, rnd.Intn(size-from)%5000)
		if n, err := d.ReadAt(got, int64(from)); n != len(got) || err != nil && err != io.EOF {
			t.Fatalf("ReadAt(%d bytes, %d) = %d, %v", len(got), from, n, err)
		}
		if !bytes.Equal(got, want[from:from+len(got)]) {
			t.Fatalf("ReadAt(%d bytes, %d): wrong bytes", len(got), from)
		}
	}
	if !bytes.Equal(content(t, d), want) {
		t.Fatal("the whole differs from the model")
	}
}

// concurrent says little without the race detector, and all with it.
func concurrent(t *testing.T, d block.Device) {
	all := content(t, d)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			buf := make([]byte, 700)
			for i := range 50 {
				off := (g*977 + i*131) % (len(all) - len(buf))
				if n, err := d.ReadAt(buf, int64(off)); n != len(buf) || err != nil || !bytes.Equal(buf, all[off:off+n]) {
					t.Errorf("ReadAt(%d) = %d, %v", off, n, err)
					return
				}
			}
		})
	}
	wg.Wait()
}
