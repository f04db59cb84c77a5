package ntfs

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// wofPoint is the reparse point of a file with the given provider and
// algorithm.
func wofPoint(provider, algorithm uint32) []byte {
	b := le.AppendUint32(nil, 0x80000017)
	for _, u := range []uint32{16, 1, provider, 1, algorithm} {
		b = le.AppendUint32(b, u)
	}
	return resident(attrReparsePoint, "", b)
}

// TestOverlaid: chunks that are stored; the codecs have tests of their own.
func TestOverlaid(t *testing.T) {
	const size = 2*4096 + 100
	want := make([]byte, size)
	for i := range want {
		want[i] = byte(i * i / 11)
	}
	packed := le.AppendUint32(le.AppendUint32(nil, 4096), 8192)
	packed = append(packed, want...)
	empty := nonResident(attrData, "", size, size, attrFlagSparse, run{0, hole, 9})
	stored := nonResident(attrData, "WofCompressedData", int64(len(packed)), int64(len(packed)), 0, run{0, tFree, 9})
	open := func(attrs ...[]byte) (fs.File, error) {
		tv := newTestVolume()
		tv.dir(recordRoot, entry{name: "f", no: 30})
		copy(tv.b[tFree*tCluster:], packed)
		tv.file(30, attrs...)
		return tv.open(t).Open("f")
	}
	f, err := open(empty, stored, wofPoint(2, 0))
	if err != nil {
		t.Fatal(err)
	}
	for off := 0; off < size; off += 501 {
		for _, n := range []int{1, 4096, 5000, size} {
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
	if s, err := f.(*File).s.v.OpenStream("f", "wofcompresseddata"); err != nil || s.Info().Size != int64(len(packed)) {
		t.Errorf("the stream itself: %v", err)
	}
	for name, c := range map[string]struct {
		attrs [][]byte
		want  error
		words string
	}{
		"no stream": {[][]byte{empty, wofPoint(2, 0)}, fs.ErrDamaged, "WofCompressedData"},
		"too short": {[][]byte{empty, resident(attrData, "WofCompressedData", make([]byte, 9)), wofPoint(2, 0)}, fs.ErrDamaged, "3 chunks"},
		"wim":       {[][]byte{empty, stored, wofPoint(1, 0)}, fs.ErrUnsupported, "WIM"},
		"unknown":   {[][]byte{empty, stored, wofPoint(2, 4)}, fs.ErrUnsupported, "algorithm 4"},
		"garbage":   {[][]byte{empty, stored, resident(attrReparsePoint, "", le.AppendUint64(nil, 0x80000017))}, fs.ErrDamaged, "8 bytes"},
	} {
		if _, err := open(c.attrs...); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
