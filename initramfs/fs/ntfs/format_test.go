package ntfs

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/initramfs/fs"
)

func TestBootSectorOffsets(t *testing.T) {
	raw := bootBytes()
	got, err := ParseBoot(raw, tCluster*tClusters)
	if err != nil {
		t.Fatal(err)
	}
	want := &BootSector{BytesPerSector: 512, SectorsPerCluster: 2, Media: 0xf8, SectorsPerTrack: 63, Heads: 255, HiddenSectors: 2048,
		DriveNumber: 0x80, TotalSectors: 2048, MFT: tMFT, MFTMirr: 300, RecordSize: 1024, IndexSize: 4096, Serial: 0x1122334455667788, Raw: raw}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestBootSectorGeometry(t *testing.T) {
	const tb = 1 << 40
	for _, c := range []struct {
		name     string
		at       int
		value    []byte
		size     int64 // of the volume
		cluster  int64 // 0: damaged
		off      int64 // of the damage
		recIndex string
	}{
		{"as it is", 0, nil, tb, 1024, 0, "1024/4096"},
		{"clusters of 64 KiB, plain", 0x0d, []byte{128}, tb, 65536, 0, ""},
		{"clusters of 128 KiB, negative", 0x0d, []byte{0xf8}, tb, 128 << 10, 0, ""},
		{"clusters of 2 MiB", 0x0d, []byte{0xf4}, tb, 2 << 20, 0, ""},
		{"clusters of 4 MiB", 0x0d, []byte{0xf3}, tb, 0, 0x0d, ""},
		{"129 sectors per cluster", 0x0d, []byte{129}, tb, 0, 0x0d, ""},
		{"3 sectors per cluster", 0x0d, []byte{3}, tb, 0, 0x0d, ""},
		{"0 sectors per cluster", 0x0d, []byte{0}, tb, 0, 0x0d, ""},
		{"sectors of 256", 0x0b, []byte{0, 1}, tb, 512, 0, "1024/4096"},
		{"sectors of 4096", 0x0b, []byte{0, 16}, tb, 8192, 0, "1024/4096"},
		{"sectors of 128", 0x0b, []byte{128, 0}, tb, 0, 0x0b, ""},
		{"sectors of 8192", 0x0b, []byte{0, 32}, tb, 0, 0x0b, ""},
		{"sectors of 513", 0x0b, []byte{1, 2}, tb, 0, 0x0b, ""},
		{"records of 4 KiB", 0x40, []byte{0xf4}, tb, 1024, 0, "4096/4096"},
		{"records of 1 cluster", 0x40, []byte{1}, tb, 1024, 0, "1024/4096"},
		{"records of 3 clusters", 0x40, []byte{3}, tb, 0, 0x40, ""},
		{"index blocks of 1 cluster", 0x44, []byte{1}, tb, 1024, 0, "1024/1024"},
		{"records of 0", 0x40, []byte{0}, tb, 0, 0x40, ""},
		{"records of 2^128", 0x40, []byte{0x80}, tb, 0, 0x40, ""},
		{"index blocks of 2^40", 0x44, []byte{0xd8}, tb, 0, 0x44, ""},
		{"no sectors", 0x28, make([]byte, 8), tb, 0, 0x28, ""},
		{"2^63 sectors", 0x28, []byte{0, 0, 0, 0, 0, 0, 0, 0x80}, tb, 0, 0x28, ""},
		{"exact section", 0, nil, tCluster * tClusters, 1024, 0, ""},
		{"truncated by a byte", 0, nil, tCluster*tClusters - 1, 0, 0x28, ""},
		{"$MFT at 0", 0x30, make([]byte, 8), tb, 0, 0x30, ""},
		{"$MFT outside", 0x30, []byte{0, 4}, tb, 0, 0x30, ""},
		{"$MFT negative", 0x37, []byte{0x80}, tb, 0, 0x30, ""},
		{"$MFTMirr outside", 0x38, []byte{0, 4}, tb, 0, 0x38, ""},
		{"another name", 3, []byte("MSWIN4.1"), tb, 0, 3, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := bootBytes()
			copy(raw[c.at:], c.value)
			b, err := ParseBoot(raw, c.size)
			if c.cluster == 0 {
				var fe *FormatError
				if !errors.As(err, &fe) || !errors.Is(err, fs.ErrDamaged) || fe.Off != c.off {
					t.Errorf("%v, want damage at %#x", err, c.off)
				}
				return
			}
			if c.at == 0x0d {
				// The volume is too small for such clusters; only its decoding counts.
				b = &BootSector{BytesPerSector: 512, Raw: raw}
				err = b.checkGeometry()
			}
			if err != nil || b.ClusterSize() != c.cluster {
				t.Fatalf("clusters of %d, %v; want %d", b.ClusterSize(), err, c.cluster)
			}
			if got := fmt.Sprintf("%d/%d", b.RecordSize, b.IndexSize); c.recIndex != "" && got != c.recIndex {
				t.Errorf("record/index sizes %s, want %s", got, c.recIndex)
			}
		})
	}
}

func TestDecodeRuns(t *testing.T) {
	for _, c := range []struct {
		name        string
		b           []byte
		first, next VCN
		want        []run // nil: damaged
	}{
		{"empty", []byte{0}, 0, 0, []run{}},
		{"one", []byte{0x11, 5, 100, 0}, 0, 5, []run{{0, 100, 5}}},
		{"delta back", []byte{0x11, 5, 100, 0x11, 1, 0xf6, 0}, 0, 6, []run{{0, 100, 5}, {5, 90, 1}}},
		{"wide fields", []byte{0x32, 0, 1, 0x10, 2, 0, 0}, 0, 256, []run{{0, 0x210, 256}}},
		{"hole keeps the LCN", []byte{0x11, 1, 50, 0x01, 9, 0x11, 1, 1, 0}, 0, 11, []run{{0, 50, 1}, {1, hole, 9}, {10, 51, 1}}},
		{"starts later", []byte{0x11, 2, 7, 0}, 1000, 1002, []run{{1000, 7, 2}}},
		{"last cluster", []byte{0x21, 1, 0xff, 3, 0}, 0, 1, []run{{0, 1023, 1}}},
		{"LCN 0", []byte{0x11, 2, 0, 0}, 0, 2, []run{{0, 0, 2}}},
		{"huge hole", []byte{0x08, 0, 0, 0, 0, 0, 0, 0, 0x10, 0}, 0, 1 << 60, []run{{0, hole, 1 << 60}}},
		{"no end", []byte{0x11, 5, 100}, 0, 5, nil},
		{"nothing", nil, 0, 0, nil},
		{"cut", []byte{0x44, 1, 2, 3}, 0, 5, nil},
		{"length of 0", []byte{0x11, 0, 100, 0}, 0, 0, nil},
		{"no length field", []byte{0x10, 100, 0}, 0, 1, nil},
		{"negative length", []byte{0x11, 0x80, 100, 0}, 0, 128, nil},
		{"field of 9 bytes", []byte{0x19, 1, 0, 0, 0, 0, 0, 0, 0, 0, 100, 0}, 0, 1, nil},
		{"negative LCN", []byte{0x11, 1, 0xff, 0}, 0, 1, nil},
		{"LCN outside", []byte{0x21, 1, 0, 4, 0}, 0, 1, nil},
		{"end outside", []byte{0x21, 2, 0xff, 3, 0}, 0, 2, nil},
		{"LCN overflow", slices.Concat([]byte{0x81, 1}, bytes.Repeat([]byte{0xff}, 7), []byte{0x7f, 0x11, 1, 1, 0}), 0, 2, nil},
		{"too few", []byte{0x11, 5, 100, 0}, 0, 6, nil},
		{"too many", []byte{0x11, 5, 100, 0}, 0, 4, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := decodeRuns(c.b, c.first, c.next, 1024, "test")
			if c.want == nil {
				if !errors.Is(err, fs.ErrDamaged) {
					t.Errorf("%v, %v; want damage", got, err)
				}
				return
			}
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%v, %v; want %v", got, err, c.want)
			}
			if again, err := decodeRuns(encodeRuns(c.want), c.first, c.next, 1024, "test"); err != nil || !slices.Equal(again, c.want) {
				t.Errorf("encoded and decoded: %v, %v", again, err)
			}
		})
	}
}

func TestFixups(t *testing.T) {
	good := func() []byte {
		b := make([]byte, 1024)
		for i := range b {
			b[i] = byte(i * 7)
		}
		protect(b, 0x30)
		return b
	}
	b := good()
	if err := applyFixups(b, "test"); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{510, 511, 1022, 1023} {
		if b[i] != byte(i*7) {
			t.Errorf("byte %d is %#x", i, b[i])
		}
	}
	for name, damage := range map[string]func(b []byte){
		"torn second sector": func(b []byte) { b[1022]++ },
		"torn first sector":  func(b []byte) { b[511]++ },
		"count too small":    func(b []byte) { b[6] = 2 },
		"count too large":    func(b []byte) { b[6] = 4 },
		"count of 0":         func(b []byte) { b[6] = 0 },
		"array in the word":  func(b []byte) { le.PutUint16(b[4:], 506) },
		"array outside":      func(b []byte) { le.PutUint16(b[4:], 0xfffe) },
		"odd array":          func(b []byte) { b[4] = 0x31 },
		"array over magic":   func(b []byte) { b[4] = 2 },
	} {
		b := good()
		damage(b)
		before := bytes.Clone(b)
		if err := applyFixups(b, "test"); !errors.Is(err, fs.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Equal(b, before) {
			t.Errorf("%s: the bytes were changed", name)
		}
	}
}

// TestStructureOffsets writes values at the offsets of the format's
// documentation and reads them through the views.
func TestStructureOffsets(t *testing.T) {
	b := make([]byte, 0x80)
	for i := range b {
		b[i] = byte(i)
	}
	a, r, f, e := attribute{b: b}, record{b: b}, fileName(b), indexEntry(b)
	u16 := func(at int) uint64 { return uint64(at) | uint64(at+1)<<8 }
	u32 := func(at int) uint64 { return u16(at) | u16(at+2)<<16 }
	u64 := func(at int) uint64 { return u32(at) | u32(at+4)<<32 }
	for name, c := range map[string][2]uint64{
		"record sequence":     {uint64(r.seq()), u16(0x10)},
		"record attributes":   {uint64(r.attrsOffset()), u16(0x14)},
		"record flags":        {uint64(r.flags()), u16(0x16)},
		"record in use":       {uint64(r.bytesInUse()), u32(0x18)},
		"record base":         {uint64(r.base()), u64(0x20)},
		"attribute type":      {uint64(a.typ()), u32(0)},
		"attribute flags":     {uint64(a.flags()), u16(0x0c)},
		"attribute instance":  {uint64(a.instance()), u16(0x0e)},
		"lowest VCN":          {uint64(a.lowest()), u64(0x10)},
		"highest VCN":         {uint64(a.next() - 1), u64(0x18)},
		"allocated size":      {uint64(a.allocated()), u64(0x28)},
		"data size":           {uint64(a.dataSize()), u64(0x30)},
		"initialized size":    {uint64(a.initSize()), u64(0x38)},
		"file name parent":    {uint64(f.parent()), u64(0)},
		"file name size":      {uint64(f[:fnName+2].size()), u64(0x30)},
		"file name namespace": {uint64(f.namespace()), 0x41},
		"index entry ref":     {uint64(e.ref()), u64(0)},
		"index entry subnode": {uint64(e.subnode()), u64(0x78)},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %#x, want %#x", name, c[0], c[1])
		}
	}
	list, err := parseAttributeList([]byte("\x80\x00\x00\x00\x20\x00\x02\x1a\x01\x02\x03\x00\x00\x00\x00\x00\x11\x00\x00\x00\x00\x00\x05\x00\x09\x00A\x00B\x00\x00\x00"), "test")
	want := []listEntry{{typ: attrData, name: []uint16{'A', 'B'}, lowest: 0x30201, ref: 0x0005000000000011, instance: 9}}
	if err != nil || fmt.Sprint(list) != fmt.Sprint(want) {
		t.Errorf("attribute list: %v, %v; want %v", list, err, want)
	}
}

func (f fileName) size() int64 { return int64(le.Uint64(f[fnDataSize:])) }

func TestNames(t *testing.T) {
	for _, u := range [][]uint16{nil, {'a'}, {0xd83d, 0xde00}, {0xd83d}, {0xde00, 0xd83d}, {'x', 0xd800, 'y'}, {0xffff, 0xfffe, 0}, {0xdfff, 0xd83d, 0xde00}} {
		if got := fs.EncodeName(fs.DecodeName(u)); !slices.Equal(got, u) {
			t.Errorf("%#x → %q → %#x", u, fs.DecodeName(u), got)
		}
	}
	if got := fs.DecodeName([]uint16{0xd83d, 0xde00}); got != "😀" {
		t.Errorf("pair: %q", got)
	}
	if got := filetime(116444736000000000 + 15_000_000).UnixMilli(); got != 1500 {
		t.Errorf("time: %d ms", got)
	}
}

func FuzzBootSector(f *testing.F) {
	f.Add(bootBytes(), int64(tCluster*tClusters))
	f.Fuzz(func(t *testing.T, b []byte, size int64) {
		boot, err := ParseBoot(b, size)
		if err != nil {
			if !errors.Is(err, fs.ErrDamaged) {
				t.Error(err)
			}
			return
		}
		if boot.ClusterSize() < 256 || boot.ClusterSize() > 2<<20 || boot.Clusters()*boot.ClusterSize() > size || boot.RecordSize > maxRecordSize {
			t.Errorf("accepted %+v for %d bytes", boot, size)
		}
	})
}

func FuzzRunList(f *testing.F) {
	f.Add([]byte{0x11, 1, 50, 0x01, 9, 0x11, 1, 1, 0}, int64(0), int64(11))
	f.Fuzz(func(t *testing.T, b []byte, first, next int64) {
		if first < 0 || next < first {
			return
		}
		runs, err := decodeRuns(b, VCN(first), VCN(next), 1024, "fuzz")
		if err != nil {
			return
		}
		vcn := VCN(first)
		for _, r := range runs {
			if r.vcn != vcn || r.n <= 0 || r.lcn != hole && (r.lcn < 0 || int64(r.lcn)+r.n > 1024) {
				t.Fatalf("accepted %v", runs)
			}
			vcn = r.end()
		}
		if again, err := decodeRuns(encodeRuns(runs), VCN(first), VCN(next), 1024, "fuzz"); err != nil || !slices.Equal(again, runs) {
			t.Fatalf("%v → %v, %v", runs, again, err)
		}
	})
}

func FuzzRecord(f *testing.F) {
	v := newTestVolume()
	for _, no := range []int{recordMFT, recordVolume, recordRoot} {
		f.Add(v.b[(tMFT+no)*tCluster : (tMFT+no+1)*tCluster])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := newRecord(bytes.Clone(b), 1)
		if err != nil {
			return
		}
		n := 0
		_ = r.each(func(a attribute) error {
			if n++; n > len(b)/residentHeaderSize {
				t.Fatal("more attributes than fit")
			}
			a.name()
			if !a.nonResident() {
				a.value()
				return nil
			}
			_, _ = decodeRuns(a.mappingPairs(), a.lowest(), a.next(), 1024, "fuzz")
			return nil
		})
	})
}

func FuzzAttributeList(f *testing.F) {
	f.Add([]byte("\x80\x00\x00\x00\x20\x00\x02\x1a\x01\x02\x03\x00\x00\x00\x00\x00\x11\x00\x00\x00\x00\x00\x05\x00\x09\x00A\x00B\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := parseAttributeList(b, "fuzz")
		if err == nil && len(list) > len(b)/0x1a {
			t.Errorf("%d entries in %d bytes", len(list), len(b))
		}
	})
}

func FuzzIndexNode(f *testing.F) {
	f.Add(nodeBytes(entries(recordRoot, []entry{{name: "a", no: 30, sub: -1}, {name: "b", no: 31, sub: 4}}, 8)))
	f.Fuzz(func(t *testing.T, b []byte) {
		n := 0
		_ = eachEntry(b, "fuzz", func(e indexEntry) error {
			if n++; n > len(b)/0x10 {
				t.Fatal("more entries than fit")
			}
			if e.isNode() {
				e.subnode()
			}
			if !e.isEnd() {
				e.name().info()
			}
			return nil
		})
	})
}
