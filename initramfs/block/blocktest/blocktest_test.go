package blocktest_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
)

const size = 64 << 10

func mem() *blocktest.Mem { return blocktest.NewMem(make([]byte, size), 512) }

// TestConform runs the suite over every Device of ours.
func TestConform(t *testing.T) {
	file := func(t *testing.T, open func(string) (*block.File, error)) block.Device {
		path := filepath.Join(t.TempDir(), "disk.raw")
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	for name, open := range map[string]func(t *testing.T) block.Device{
		"Mem":     func(*testing.T) block.Device { return mem() },
		"Mem4Kn":  func(*testing.T) block.Device { return blocktest.NewMem(make([]byte, size), 4096) },
		"File":    func(t *testing.T) block.Device { return file(t, block.OpenExclusive) },
		"Overlay": func(*testing.T) block.Device { return overlay.New(mem()) },
		"Section": func(t *testing.T) block.Device {
			s, err := block.NewSection(mem(), block.Range{Off: 512 * 3, Len: 40000})
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
		"WithSectorSize": func(*testing.T) block.Device { return block.WithSectorSize(mem(), 4096) },
		"Recorded":       func(*testing.T) block.Device { return new(blocktest.Log).Record(mem()) },
		"Powered":        func(*testing.T) block.Device { return blocktest.NewSupply(-1).Plug(mem()) },
		"Bad":            func(*testing.T) block.Device { return blocktest.NewBad(mem()) },
	} {
		t.Run(name, func(t *testing.T) { blocktest.Conform(t, open) })
	}
	t.Run("FileReadOnly", func(t *testing.T) {
		blocktest.ConformReadOnly(t, func(t *testing.T) block.Device { return file(t, block.OpenReadOnly) })
	})
}

// TestLogCut: what is flushed is certain, what is not can be had in any subset,
// and a flush of one disk says nothing of the other.
func TestLogCut(t *testing.T) {
	log := &blocktest.Log{}
	a, b := log.Record(mem()), log.Record(mem())
	write := func(d block.Device, v byte, off int64, n int) {
		if _, err := d.WriteAt(bytes.Repeat([]byte{v}, n), off); err != nil {
			t.Fatal(err)
		}
	}
	write(a, 1, 0, 1024) // event 0
	write(b, 2, 512, 512)
	if err := a.Flush(); err != nil { // event 2
		t.Fatal(err)
	}
	write(a, 3, 512, 512) // event 3
	if n := len(log.Cut(2).Pending); n != 3 {
		t.Errorf("%d sectors pending before the flush, want 3", n)
	}
	c := log.Cut(4)
	if len(c.Pending) != 2 || c.Stable[0][0] != 1 || c.Stable[0][600] != 1 || c.Stable[1][600] != 0 {
		t.Fatalf("%d pending, stable %v", len(c.Pending), c.Stable[0][600])
	}
	for subset := range 4 {
		disks := c.After(func(i int) bool { return subset>>i&1 == 1 })
		wantB, wantA := byte(2*(subset&1)), byte(1+2*(subset>>1))
		if disks[1][600] != wantB || disks[0][600] != wantA {
			t.Errorf("subset %b: %d and %d", subset, disks[0][600], disks[1][600])
		}
	}
	write(a, 4, 100, 10)
	if bad := log.Unaligned(); len(bad) != 1 || bad[0].Off != 100 {
		t.Errorf("Unaligned = %v", bad)
	}
}

func TestSupply(t *testing.T) {
	s := blocktest.NewSupply(3)
	d := s.Plug(mem())
	if n, err := d.WriteAt(bytes.Repeat([]byte{1}, 1024), 0); n != 1024 || err != nil {
		t.Fatal(n, err)
	}
	if err := d.Flush(); err != nil {
		t.Fatal(err)
	}
	n, err := d.WriteAt(bytes.Repeat([]byte{2}, 1024), 512)
	if n != 512 || !errors.Is(err, blocktest.ErrPower) || !s.Off() {
		t.Fatalf("third and fourth sector: %d, %v", n, err)
	}
	if _, err := d.ReadAt(make([]byte, 1), 0); !errors.Is(err, blocktest.ErrPower) {
		t.Errorf("read without power: %v", err)
	}
	if err := d.Flush(); !errors.Is(err, blocktest.ErrPower) {
		t.Errorf("flush without power: %v", err)
	}
	got := s.Restart(func() bool { return false })[0].Bytes()
	if got[0] != 1 || got[512] != 1 {
		t.Errorf("after the restart % x, want what was flushed", []byte{got[0], got[512]})
	}
}

func TestSupplyKeeps(t *testing.T) {
	s := blocktest.NewSupply(-1)
	d := s.Plug(mem())
	for i := range 8 {
		if _, err := d.WriteAt(bytes.Repeat([]byte{1}, 512), int64(i)*512); err != nil {
			t.Fatal(err)
		}
	}
	i := 0
	got := s.Restart(func() bool { i++; return i%2 == 0 })[0].Bytes()
	for k := range 8 {
		if want := byte(k % 2); got[k*512] != want {
			t.Errorf("sector %d is %d, want %d", k, got[k*512], want)
		}
	}
}

func TestBad(t *testing.T) {
	m := mem()
	b := blocktest.NewBad(m)
	b.Unreadable = []block.Range{{Off: 1024, Len: 512}}
	b.Unwritable = []block.Range{{Off: 4096, Len: 512}}
	if n, err := b.ReadAt(make([]byte, 4096), 100); n != 924 || !errors.Is(err, blocktest.ErrIO) {
		t.Errorf("read into a bad sector = %d, %v", n, err)
	}
	if n, err := b.ReadAt(make([]byte, 512), 1536); n != 512 || err != nil {
		t.Errorf("read behind it = %d, %v", n, err)
	}
	if n, err := b.WriteAt(make([]byte, 1024), 4000); n != 0 || !errors.Is(err, blocktest.ErrIO) {
		t.Errorf("write into a bad sector = %d, %v", n, err)
	}
	b.FailWrite, b.FailFlush = 2, 1
	_, err1 := b.WriteAt(make([]byte, 512), 0)
	_, err2 := b.WriteAt(make([]byte, 512), 0)
	_, err3 := b.WriteAt(make([]byte, 512), 0)
	if err1 != nil || !errors.Is(err2, blocktest.ErrIO) || err3 != nil {
		t.Errorf("writes: %v, %v, %v", err1, err2, err3)
	}
	if err := b.Flush(); !errors.Is(err, blocktest.ErrIO) || b.Flush() != nil {
		t.Errorf("flush: %v", err)
	}
	b.HealOnWrite = true
	if _, err := b.WriteAt(make([]byte, 512), 1024); err != nil {
		t.Error(err)
	}
	if _, err := b.ReadAt(make([]byte, 512), 1024); err != nil {
		t.Errorf("read of a healed sector: %v", err)
	}
	if b.ReadErrors != 1 || b.WriteErrors != 2 || b.FlushErrors != 1 || b.Writes != 3 || b.Flushes != 1 {
		t.Errorf("counters: %+v", *b)
	}
}
