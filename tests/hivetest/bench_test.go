package hivetest

import (
	"io"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// counting counts what a reader is asked for.
type counting struct {
	io.ReaderAt
	calls, bytes int64
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	c.calls++
	c.bytes += int64(len(p))
	return c.ReaderAt.ReadAt(p, off)
}

func benchHive(b *testing.B) (*counting, int64) {
	h := realHive(b, "hives/win10-1709-x64-dirty.SYSTEM.xz")
	return &counting{ReaderAt: fileOf(b, h.path)}, h.Size()
}

func report(b *testing.B, c *counting) {
	b.ReportMetric(float64(c.calls)/float64(b.N), "reads/op")
	b.ReportMetric(float64(c.bytes)/float64(b.N)/(1<<20), "MiB-read/op")
	b.ReportAllocs()
}

// BenchmarkCheck reads all keys, values and data of the largest real hive.
func BenchmarkCheck(b *testing.B) {
	c, size := benchHive(b)
	b.SetBytes(size)
	for b.Loop() {
		h, err := regf.Open(c, size)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := h.Check(); err != nil {
			b.Fatal(err)
		}
	}
	report(b, c)
}

// BenchmarkDiff compares it with itself.
func BenchmarkDiff(b *testing.B) {
	c, size := benchHive(b)
	for b.Loop() {
		h, _ := regf.Open(c, size)
		h2, _ := regf.Open(c, size)
		if d, err := regf.Diff(h, h2); err != nil || d != nil {
			b.Fatal(d, err)
		}
	}
	report(b, c)
}

// BenchmarkBinding is what a condition asks: open, find the controller's
// service, read its Start.
func BenchmarkBinding(b *testing.B) {
	c, size := benchHive(b)
	ids := controllers()["ich9"].IDs()
	for b.Loop() {
		h, err := regf.Open(c, size)
		if err != nil {
			b.Fatal(err)
		}
		s, err := registry.OpenSystem(h)
		if err != nil {
			b.Fatal(err)
		}
		db, err := s.DriverDatabase()
		if err != nil {
			b.Fatal(err)
		}
		found, err := db.Bind(ids)
		if err != nil || len(found) != 1 {
			b.Fatal(found, err)
		}
		set, err := s.ControlSet(1)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := set.Service(found[0].Service); err != nil {
			b.Fatal(err)
		}
	}
	report(b, c)
}
