package hivetest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/tests/tool"
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

// BenchmarkOneValue opens a hive of 60 MB and reads one value, as hivexsh does
// it. Starting hivexsh without a hive is a part of its figure, which is printed
// too. What is read does not depend on the size of the hive.
func BenchmarkOneValue(b *testing.B) {
	tool.Need(b, "hivexsh")
	path := softwareSized(b)
	c := &counting{ReaderAt: fileOf(b, path)}
	st, err := os.Stat(path)
	ok(b, err)
	const key, name = `Classes\class 1234\shell 7`, "value 1"
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			h, err := regf.Open(c, st.Size())
			ok(b, err)
			k, err := h.Key(key)
			ok(b, err)
			v, err := k.Value(name)
			ok(b, err)
			if s, err := v.Text(); s != "some text that is not short" {
				b.Fatal(s, err)
			}
		}
		report(b, c)
	})
	b.Run("hivexsh", func(b *testing.B) {
		for b.Loop() {
			out, err := perl.Feed("cd \\"+key+"\nlsval "+name+"\n", "hivexsh", path)
			if err != nil || !bytes.Contains(out, []byte("some text")) {
				b.Fatalf("%q, %v", out, err)
			}
		}
	})
	b.Run("hivexsh without a hive", func(b *testing.B) {
		for b.Loop() {
			if _, err := perl.Run("hivexsh"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkOneEdit adds a driver service to the same hive, with all proofs.
func BenchmarkOneEdit(b *testing.B) {
	path := softwareSized(b)
	c := &counting{ReaderAt: fileOf(b, path)}
	st, err := os.Stat(path)
	ok(b, err)
	n := 0
	for b.Loop() {
		h, err := regf.Open(c, st.Size())
		ok(b, err)
		e, err := regf.NewEditor(h, regf.EditorOptions{Now: time.Unix(1_700_000_000, 0)})
		ok(b, err)
		ok(b, e.CreateKey(`Classes\vioscsi\Parameters`))
		ok(b, e.SetValue(`Classes\vioscsi`, "Start", regf.RegDWORD, make([]byte, 4)))
		r, err := e.Finish()
		ok(b, err)
		n = 0
		for _, p := range r.Patches {
			n += len(p.New)
		}
	}
	b.ReportMetric(float64(n), "bytes-written")
	report(b, c)
}

// softwareSized makes a hive of 60 MB as a large SOFTWARE has: bins of 4096
// bytes, a few thousand keys with a dozen of subkeys.
func softwareSized(b *testing.B) string {
	data := emptyOf(5)
	text := regftest.UTF16("some text that is not short\x00")
	for part := 0; len(data) < 60_000_000; part++ {
		e := editorOf(b, data)
		for i := range 1000 {
			class := fmt.Sprintf(`Classes\class %d`, 1000*part+i)
			for j := range 12 {
				key := fmt.Sprintf(`%s\shell %d`, class, j)
				ok(b, e.CreateKey(key))
				for k := range 3 {
					ok(b, e.SetValue(key, fmt.Sprint("value ", k), regf.RegSZ, text))
				}
			}
		}
		data = finished(b, e, data)
	}
	path := filepath.Join(b.TempDir(), "SOFTWARE")
	ok(b, os.WriteFile(path, data, 0o600))
	return path
}
