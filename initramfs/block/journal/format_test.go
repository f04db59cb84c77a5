package journal

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math/rand"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/initramfs/block"
)

func sampleBody() body {
	return body{
		home:      1,
		disks:     []diskID{{"/dev/sda", "Maker 1", "S/N 1", 1 << 40, 512}, {"b.raw", "", "", 1 << 30, 4096}},
		extents:   []block.Range{{Off: 1 << 20, Len: 8192}, {Off: 2 << 20, Len: 4096}},
		marks:     []held{{1, Bits{Off: 5000, First: 3, Count: 17}}},
		streams:   []stream{{0, block.Range{Off: 512, Len: 1024}}},
		reserved:  []held{{0, Bits{Off: 9000, First: 0, Count: 1, HeldIsZero: true}}},
		witnesses: []witness{{0, true, []block.Range{{Off: 0, Len: 512}}, [32]byte{1}, [32]byte{1}}, {1, false, []block.Range{{Off: 512, Len: 512}, {Off: 4096, Len: 8}}, [32]byte{2}, [32]byte{3}}},
		sectors:   []markSector{{0, 512, shortSum{7}, shortSum{8}}},
	}
}

func sampleManifest() manifest {
	return manifest{
		targets: []target{
			{disk: 0, off: 4096, n: 4096, class: []Class{0, 1, 2, 3, 0, 0, 0, 0}, sum: [32]byte{4}},
			{disk: 1, off: 1<<30 - 4096, n: 4096, class: []Class{Boot}, sum: [32]byte{5}},
		},
		flags:   []held{{0, Bits{Off: 77, First: 0, Count: 1}}},
		streams: [][32]byte{{6}},
	}
}

func sampleRecord(t testing.TB) ([]byte, header) {
	t.Helper()
	raw, err := sampleBody().encode()
	if err != nil {
		t.Fatal(err)
	}
	h := header{state: Committed, seq: 7, id: [16]byte{9}, self: 8192, other: 4096, size: 1 << 30,
		bodyLen: uint32(len(raw)), bodySum: sha256.Sum256(raw), manifestLen: 300, manifestSum: [32]byte{8}}
	return encodeRecord(h, raw), h
}

var all = cmp.AllowUnexported(body{}, diskID{}, held{}, stream{}, witness{}, markSector{}, manifest{}, target{}, header{})

func TestRecordRoundTrip(t *testing.T) {
	p, h := sampleRecord(t)
	gotH, gotB, err := decodeRecord(p, h.self, h.size)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(h, gotH, all); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(sampleBody(), gotB, all); d != "" {
		t.Error(d)
	}
	m := sampleManifest()
	got, err := decodeManifest(m.encode(), gotB)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(m, got, all); d != "" {
		t.Error(d)
	}
}

// TestHeaderOffsets compares with the table in the package comment.
func TestHeaderOffsets(t *testing.T) {
	p, h := sampleRecord(t)
	want := map[int]byte{0: 'B', 7: 'L', 8: 3, 12: 2, 16: 7, 24: 9, 41: 0x20, 49: 0x10, 59: 0x40, 104: 300 - 256, 105: 1, 112: 8}
	for off, v := range want {
		if p[off] != v {
			t.Errorf("byte %d is %#x, want %#x", off, p[off], v)
		}
	}
	if !bytes.Equal(p[72:104], h.bodySum[:]) || len(p) != 4096 || p[512] != 1 {
		t.Error("hash of the body, size, or start of the body")
	}
}

// TestEveryFlippedBit: no single flipped bit of a record goes unnoticed.
func TestEveryFlippedBit(t *testing.T) {
	p, h := sampleRecord(t)
	used := headerSize + int(h.bodyLen)
	for bit := range used * 8 {
		p[bit/8] ^= 1 << (bit % 8)
		if _, _, err := decodeRecord(p, h.self, h.size); err == nil {
			t.Fatalf("bit %d of byte %d flipped: no error", bit%8, bit/8)
		}
		p[bit/8] ^= 1 << (bit % 8)
	}
	t.Logf("%d bits", used*8)
}

// TestBits compares runs of bits with a slow model.
func TestBits(t *testing.T) {
	const seed = 20261125
	rnd := rand.New(rand.NewSource(seed))
	t.Logf("seed %d", seed)
	for range 2000 {
		const size = 64
		b := Bits{Off: rnd.Int63n(8), First: uint32(rnd.Intn(100)), Count: uint32(1 + rnd.Intn(100)), HeldIsZero: rnd.Intn(2) == 0}
		if b.check(size) != nil {
			t.Fatalf("%+v does not fit", b)
		}
		disk, on := make([]byte, size), rnd.Intn(2) == 0
		rnd.Read(disk)
		want := bytes.Clone(disk)
		for i := range b.Count {
			bit := int64(b.First+i) + b.Off*8
			want[bit/8] &^= 1 << (bit % 8)
			if on != b.HeldIsZero {
				want[bit/8] |= 1 << (bit % 8)
			}
		}
		for at := 0; at < size; { // in parts, as sectors come
			n := min(1+rnd.Intn(20), size-at)
			b.put(disk[at:at+n], int64(at), on)
			at += n
		}
		if !bytes.Equal(disk, want) {
			t.Fatalf("%+v: put(%v) gives % x, want % x", b, on, disk, want)
		}
		if a, n := b.state(disk, 0); a != on || n == on {
			t.Fatalf("%+v: state after put(%v) = %v, %v", b, on, a, n)
		}
	}
	for _, bad := range []Bits{{}, {Off: -1, Count: 1}, {Off: 10, Count: 1}, {Count: 81}, {First: 80, Count: 1}, {Count: maxBits + 1}, {Off: 1 << 62, First: 1 << 30, Count: 1}} {
		if err := bad.check(10); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func FuzzRecord(f *testing.F) {
	p, h := sampleRecord(f)
	f.Add(p[headerSize : headerSize+h.bodyLen])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > BlockSize-headerSize {
			return
		}
		h := h
		h.bodyLen, h.bodySum = uint32(len(raw)), sha256.Sum256(raw)
		_, b, err := decodeRecord(encodeRecord(h, raw), h.self, h.size)
		if err != nil {
			return
		}
		again, err := b.encode()
		if err != nil {
			return
		}
		c, err := decodeBody(again)
		if err != nil {
			t.Fatalf("what was decoded cannot be decoded again: %v", err)
		}
		if d := cmp.Diff(b, c, all); d != "" {
			t.Error(d)
		}
	})
}

func FuzzHeader(f *testing.F) {
	p, h := sampleRecord(f)
	f.Add(p, h.self, h.size)
	f.Fuzz(func(t *testing.T, p []byte, self, size int64) {
		if len(p) >= headerSize { // past the checksum
			le32(p[offCRC:], checksum(p[:offCRC]))
		}
		decodeRecord(p, self, size)
	})
}

func le32(p []byte, v uint32) { p[0], p[1], p[2], p[3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24) }

func FuzzManifest(f *testing.F) {
	f.Add(sampleManifest().encode())
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := decodeManifest(raw, sampleBody())
		if err != nil {
			return
		}
		if again := m.encode(); !bytes.Equal(again, raw) && m.flags == nil {
			t.Errorf("% x became % x", raw, again)
		}
	})
}

// TestBadBodies: indexes and ranges of a record are checked before use.
func TestBadBodies(t *testing.T) {
	for name, edit := range map[string]func(b *body){
		"witness without ranges":    func(b *body) { b.witnesses[0].ranges = nil },
		"witness on no disk":        func(b *body) { b.witnesses[1].disk = 2 },
		"witness past the end":      func(b *body) { b.witnesses[1].ranges[0].Off = 1 << 30 },
		"huge witness":              func(b *body) { b.witnesses[0].ranges[0].Len = maxWitness + 1 },
		"marks on no disk":          func(b *body) { b.sectors[0].disk = 7 },
		"marks in no sector":        func(b *body) { b.sectors[0].off = 513 },
		"home on no disk":           func(b *body) { b.home = 2 },
		"extent past the end":       func(b *body) { b.extents[0].Off = 1 << 30 },
		"extent of half a block":    func(b *body) { b.extents[0].Len = 512 },
		"bits past the end":         func(b *body) { b.marks[0].Off = 1<<30 - 1 },
		"bits on no disk":           func(b *body) { b.reserved[0].disk = 9 },
		"stream on no disk":         func(b *body) { b.streams[0].disk = 3 },
		"empty stream":              func(b *body) { b.streams[0].Len = 0 },
		"disk without size":         func(b *body) { b.disks[1].size = 0 },
		"sectors of 3 bytes":        func(b *body) { b.disks[0].sector = 3 },
		"sectors larger than block": func(b *body) { b.disks[0].sector = 8192 },
	} {
		b := sampleBody()
		edit(&b)
		raw, err := b.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeBody(raw); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	raw, _ := sampleBody().encode()
	for n := range raw {
		if _, err := decodeBody(raw[:n]); err == nil {
			t.Errorf("body cut to %d of %d bytes: no error", n, len(raw))
		}
	}
}
