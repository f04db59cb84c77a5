package ntfs

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// packed is nonResident with LZNT1 in units of 16 clusters.
func packed(size, init int64, runs ...run) []byte {
	b := nonResident(attrData, "", size, init, 1, runs...)
	b[0x22] = 4
	le.PutUint64(b[0x28:], uint64((size+16*tCluster-1)/(16*tCluster)*(16*tCluster)))
	return b
}

// xs is a unit of 16 KiB of "x": four chunks of one byte and one match each.
func xs() []byte { return bytes.Repeat([]byte{0x03, 0xb0, 2, 'x', 0xfc, 0x0f}, 4) }

func TestCompressed(t *testing.T) {
	const unit = 16 * tCluster
	tv := newTestVolume()
	tv.dir(recordRoot, entry{name: "f", no: 30})
	// Plain, compressed, hole, compressed and cut by the initialized size.
	const size, init = 4*unit - 1000, 3*unit + 5000
	tv.file(30, packed(size, init, run{0, tFree, 16}, run{16, tFree + 16, 1}, run{17, hole, 31}, run{48, tFree + 17, 2}, run{50, hole, 14}))
	want := make([]byte, size)
	for i := range unit {
		want[i] = byte(i * i / 7)
		want[unit+i] = 'x'
	}
	copy(tv.b[tFree*tCluster:], want[:unit])
	copy(tv.b[(tFree+16)*tCluster:], xs())
	copy(tv.b[(tFree+17)*tCluster:], xs())
	copy(want[3*unit:init], bytes.Repeat([]byte{'x'}, 5000))
	f, err := tv.open(t).Open("f")
	if err != nil {
		t.Fatal(err)
	}
	for off := 0; off < size; off += 777 {
		for _, n := range []int{1, 4096, unit, 2*unit + 5, size} {
			p := make([]byte, n)
			k, err := f.ReadAt(p, int64(off))
			m := min(n, size-off)
			if k != m || !bytes.Equal(p[:m], want[off:off+m]) || (err == io.EOF) != (off+n > size) {
				t.Fatalf("%d at %d: %d, %v", n, off, k, err)
			}
		}
	}
	list, err := f.Extents()
	if k, werr := f.(fs.Overwriter).WriteAt([]byte{1}, 0); len(list) > 0 || err != nil || k != 0 || !errors.Is(werr, fs.ErrUnsupported) {
		t.Errorf("extents %v, %v; write %d, %v", list, err, k, werr)
	}
}

func TestCompressedDamaged(t *testing.T) {
	const unit = 16 * tCluster
	shift0 := packed(unit, unit, run{0, tFree, 16})
	shift0[0x22] = 0
	huge := packed(unit, unit, run{0, tFree, 16})
	huge[0x22] = 0xff
	for name, attr := range map[string][]byte{
		"no unit":           shift0,
		"huge unit":         huge,
		"data behind hole":  packed(unit, unit, run{0, hole, 1}, run{1, tFree, 1}, run{2, hole, 14}),
		"two pieces":        packed(unit, unit, run{0, tFree, 1}, run{1, hole, 1}, run{2, tFree, 1}, run{3, hole, 13}),
		"unit not complete": packed(unit, unit, run{0, tFree, 4}),
		"garbage":           packed(unit, unit, run{0, tFree, 1}, run{1, hole, 15}),
	} {
		tv := newTestVolume()
		tv.dir(recordRoot, entry{name: "f", no: 30})
		copy(tv.b[tFree*tCluster:], "garbage garbage")
		tv.file(30, attr)
		f, err := tv.open(t).Open("f")
		if err == nil {
			_, err = f.ReadAt(make([]byte, 100), 0)
		}
		if !errors.Is(err, fs.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
