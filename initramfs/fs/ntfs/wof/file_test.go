package wof

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
)

var le = binary.LittleEndian

// reparse makes a reparse point: version, provider, file version, algorithm.
func reparse(fields ...uint32) []byte {
	b := le.AppendUint32(le.AppendUint32(nil, Tag), uint32(4*len(fields)))
	for _, f := range fields {
		b = le.AppendUint32(b, f)
	}
	return b
}

func TestParseReparse(t *testing.T) {
	for i, size := range map[uint32]int{0: 4096, 1: 32768, 2: 8192, 3: 16384} {
		if a, err := ParseReparse(reparse(1, 2, 1, i)); err != nil || a != Algorithm(i) || a.ChunkSize() != size {
			t.Errorf("%d: %v, %v", i, a, err)
		}
	}
	for _, c := range []struct {
		b    []byte
		want error
	}{
		{nil, fs.ErrDamaged}, {reparse(1, 2), fs.ErrDamaged}, {reparse(1, 2, 1, 0)[:20], fs.ErrDamaged}, {make([]byte, 24), fs.ErrDamaged},
		{reparse(2, 2, 1, 0), fs.ErrUnsupported}, {reparse(1, 1, 1, 0), fs.ErrUnsupported}, {reparse(1, 3, 1, 0), fs.ErrUnsupported},
		{reparse(1, 2, 2, 0), fs.ErrUnsupported}, {reparse(1, 2, 1, 4), fs.ErrUnsupported},
	} {
		if a, err := ParseReparse(c.b); !errors.Is(err, c.want) {
			t.Errorf("%x: %v, %v", c.b, a, err)
		}
	}
}

// abc is a chunk of XPRESS: "abc" a hundred times (MS-XCA section 3.2).
func abc() []byte {
	b := make([]byte, 256)
	b[0x30], b[0x31], b[0x80], b[0x8f] = 0x30, 0x23, 0x02, 0x20
	return append(b, 0xa8, 0xdc, 0, 0, 0xff, 0x26, 0x01)
}

func TestFile(t *testing.T) {
	plain := bytes.Repeat([]byte{7, 8, 9, 10}, 1024)
	stored := le.AppendUint32(nil, 4096)
	stored = append(append(stored, plain...), abc()...)
	f, err := Open(bytes.NewReader(stored), int64(len(stored)), 4096+300, XPRESS4K)
	if err != nil || f.Chunks() != 2 || f.Algorithm() != XPRESS4K {
		t.Fatal(err)
	}
	for _, i := range []int64{1, 0, 1} {
		want := plain
		if i == 1 {
			want = bytes.Repeat([]byte("abc"), 100)
		}
		p := make([]byte, len(want))
		if err := f.Chunk(i, p); err != nil || !bytes.Equal(p, want) {
			t.Errorf("chunk %d: %q, %v", i, p, err)
		}
	}
	for _, i := range []int64{-1, 2} {
		if err := f.Chunk(i, make([]byte, 300)); err == nil {
			t.Errorf("chunk %d was given", i)
		}
	}
	if f, err := Open(bytes.NewReader(nil), 0, 0, LZX); err != nil || f.Chunks() != 0 {
		t.Errorf("empty file: %v", err)
	}
}

// sparse is a reader of zeros with some bytes in between.
type sparse struct {
	size  int64
	parts map[int64][]byte
}

func (s sparse) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	for at, b := range s.parts {
		for i, c := range b {
			if k := at + int64(i) - off; k >= 0 && k < int64(len(p)) {
				p[k] = c
			}
		}
	}
	if off+int64(len(p)) > s.size {
		return int(max(0, s.size-off)), io.EOF
	}
	return len(p), nil
}

// TestWideTable: a file of more than 4 GiB, whose table has 8 bytes an entry.
func TestWideTable(t *testing.T) {
	for _, c := range []struct{ size, entry, at int64 }{{1<<32 - 1, 4, 3_000_000_000}, {1 << 32, 8, 5_000_000_000}} {
		n := (c.size + 32767) / 32768
		last := int(c.size - (n-1)*32768)
		base := c.entry * (n - 1)
		s := sparse{base + c.at + int64(last), map[int64][]byte{
			base - c.entry: le.AppendUint64(nil, uint64(c.at))[:c.entry], base + c.at: {5, 6}, base + c.at + int64(last) - 1: {7}}}
		f, err := Open(s, s.size, c.size, LZX)
		if err != nil {
			t.Fatal(err)
		}
		p := make([]byte, last)
		if err := f.Chunk(n-1, p); err != nil || p[0] != 5 || p[1] != 6 || p[last-1] != 7 {
			t.Errorf("%d bytes: %v", c.size, err)
		}
	}
}

func TestFileDamaged(t *testing.T) {
	table := func(offs ...uint32) (b []byte) {
		for _, o := range offs {
			b = le.AppendUint32(b, o)
		}
		return append(b, make([]byte, 1000)...)
	}
	for name, c := range map[string]struct {
		b    []byte
		size int64
	}{
		"too short": {table()[:9], 3 * 4096}, "empty chunk": {table(0, 100), 3 * 4096}, "backwards": {table(900, 100), 3 * 4096},
		"behind the end": {table(5000, 6000), 3 * 4096}, "wraps": {table(0xffffffff, 100), 3 * 4096}, "no code": {table(300, 600), 3 * 4096},
		"larger than plain": {table(), 200},
	} {
		f, err := Open(bytes.NewReader(c.b), int64(len(c.b)), c.size, XPRESS4K)
		if err == nil {
			err = f.Chunk(0, make([]byte, min(c.size, 4096)))
		}
		if !errors.Is(err, fs.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("sector cannot be read")
	f, _ := Open(failing{broken}, 1000, 8000, XPRESS4K)
	if err := f.Chunk(0, make([]byte, 4096)); !errors.Is(err, broken) || errors.Is(err, fs.ErrDamaged) {
		t.Errorf("error of the reader: %v", err)
	}
	f, _ = Open(bytes.NewReader(table()[:50]), 1000, 8000, XPRESS4K)
	if err := f.Chunk(1, make([]byte, 8000-4096)); !errors.Is(err, fs.ErrDamaged) {
		t.Errorf("short stream: %v", err)
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

// FuzzFile: no panic, errors are typed, every chunk twice the same.
func FuzzFile(f *testing.F) {
	f.Add(append(le.AppendUint32(nil, 263), append(abc(), abc()...)...), uint32(4396), uint8(0))
	f.Add(make([]byte, 1000), uint32(40_000), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, size uint32, algorithm uint8) {
		a := Algorithm(algorithm % 4)
		w, err := Open(bytes.NewReader(b), int64(len(b)), int64(size), a)
		if err != nil {
			return
		}
		var p, again [32 << 10]byte
		for i := range min(w.Chunks(), 20) {
			n := min(int64(a.ChunkSize()), int64(size)-i*int64(a.ChunkSize()))
			err := w.Chunk(i, p[:n])
			if err != nil && !errors.Is(err, fs.ErrDamaged) {
				t.Fatal(err)
			}
			if err2 := w.Chunk(i, again[:n]); (err == nil) != (err2 == nil) || err == nil && !bytes.Equal(p[:n], again[:n]) {
				t.Fatalf("%v, then %v", err, err2)
			}
		}
	})
}
