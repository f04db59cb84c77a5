package check

import (
	"errors"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
)

// memory is a device of bytes.
type memory []byte

func (m memory) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 || off >= int64(len(m)) {
		return 0, errors.New("outside")
	}
	n := copy(b, m[off:])
	if n < len(b) {
		return n, errors.New("outside")
	}
	return n, nil
}
func (m memory) WriteAt([]byte, int64) (int, error) { return 0, errors.New("read only") }
func (m memory) Size() int64                        { return int64(len(m)) }
func (m memory) SectorSize() int                    { return 512 }
func (m memory) Flush() error                       { return nil }

func TestMappingPairs(t *testing.T) {
	for _, c := range []struct {
		name  string
		pairs []byte
		first ntfs.VCN
		want  []run
		bad   bool
	}{
		{"two runs, the second before the first", []byte{0x11, 5, 40, 0x11, 3, 0xf0, 0}, 0, []run{{0, 40, 5}, {5, 24, 3}}, false},
		{"a hole", []byte{0x11, 5, 40, 0x01, 9, 0x11, 1, 5, 0}, 7, []run{{7, 40, 5}, {12, hole, 9}, {21, 45, 1}}, false},
		{"no end mark", []byte{0x11, 5, 40}, 0, []run{{0, 40, 5}}, true},
		{"outside", []byte{0x11, 5, 97, 0}, 0, nil, true},
		{"negative", []byte{0x11, 5, 0xff, 0}, 0, nil, true},
		{"no length", []byte{0x10, 5, 0}, 0, nil, true},
		{"nothing", []byte{0}, 0, nil, false},
	} {
		got, err := mappingPairs(c.pairs, c.first, 100)
		if (err != nil) != c.bad || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
}

func TestBitset(t *testing.T) {
	var s bitset
	again := 0
	count := func(_, n int64) { again += int(n) }
	s.setRange(60, 200, count)
	s.setRange(chunkBits-3, 6, count)
	if again != 0 {
		t.Fatalf("%d members were there before", again)
	}
	var stretches []clusterRange
	s.setRange(50, 20, func(from, n int64) { stretches = append(stretches, clusterRange{from, n}) })
	if want := []clusterRange{{60, 10}}; !slices.Equal(stretches, want) {
		t.Errorf("there before: %v, want %v", stretches, want)
	}
	var o bitset
	o.set(1 << 40)
	s.union(&o)
	var all []int64
	if err := s.sorted(func(i int64) error { all = append(all, i); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(all) != 217 || !slices.IsSorted(all) || all[0] != 50 || all[216] != 1<<40 || s.has(49) || !s.has(259) || s.has(260) {
		t.Errorf("%d members, %v ...", len(all), all[:3])
	}
}

func TestFits83(t *testing.T) {
	for name, want := range map[string]bool{"A": true, "ABCDEFGH.TXT": true, "ABCDEFGHI": false, "A.TEXT": false, "A.B.C": false, "PROGRA~1": true, ".": true} {
		var b []byte
		for _, c := range []byte(name) {
			b = append(b, c, 0)
		}
		if fits83(string(b)) != want {
			t.Errorf("%s: not %v", name, want)
		}
	}
}

// FuzzRecord: any bytes as a record, and as the volume below it.
func FuzzRecord(f *testing.F) {
	rec := make([]byte, 1024)
	copy(rec, "FILE\x30\x00\x03\x00")
	rec[0x14], rec[0x16], rec[0x18], rec[0x1d] = 0x38, 3, 0x40, 4
	copy(rec[0x38:], "\xff\xff\xff\xff")
	f.Add(rec)
	f.Fuzz(func(t *testing.T, b []byte) {
		dev := make(memory, 64<<10)
		copy(dev, b)
		c := &checker{dev: dev, boot: &ntfs.BootSector{RecordSize: 1024}, clusterSize: 512, clusters: 128, report: &Report{}, records: 64}
		c.mft = &stream{size: 64 << 10, init: 64 << 10, runs: []run{{0, 0, 128}}}
		r, err := c.record(0, true)
		if err != nil || r == nil {
			return
		}
		file, err := c.gather(r)
		if err != nil {
			t.Fatal(err)
		}
		c.checkFile(file)
		for _, name := range indexNames(file) {
			x, err := c.openIndex(file, name)
			if err != nil {
				t.Fatal(err)
			}
			if x == nil {
				continue
			}
			if err := x.walk(func(entry) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
	})
}
