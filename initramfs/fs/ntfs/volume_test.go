package ntfs

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// names gives the names of a directory.
func names(t *testing.T, v *Volume, dir string) (list []string) {
	t.Helper()
	infos, err := v.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range infos {
		list = append(list, i.Name)
	}
	return list
}

func TestLookup(t *testing.T) {
	tv := newTestVolume()
	// In the order of the index: folded, then length, then raw.
	list := []entry{
		{name: "$MFT", no: recordMFT, namespace: nameWinDOS}, {name: ".", no: recordRoot, namespace: nameWinDOS},
		{name: "FOO", no: 30, namespace: namePOSIX}, {name: "Foo", no: 31, namespace: namePOSIX}, {name: "foo", no: 32, namespace: namePOSIX},
		{name: "Long file.txt", no: 33, namespace: nameWin32}, {name: "LONGFI~1.TXT", no: 33, namespace: nameDOS},
		{name: "stale", no: 34, seq: 9}, {name: "unused", no: 50}, {name: "zähler", no: 35, namespace: nameWin32},
	}
	for i := range list {
		list[i].sub = -1
	}
	tv.bigDir(recordRoot, nil, 0, entries(recordRoot, list, -1))
	for no, content := range map[uint64]string{30: "FOO", 31: "Foo", 32: "foo", 34: "stale", 35: "ä"} {
		tv.file(no, resident(attrData, "", []byte(content)))
	}
	tv.record(33, recFlagInUse, stdInfo(0x21),
		resident(attrFileName, "", fileNameBytes(recordRoot, entry{name: "LONGFI~1.TXT", namespace: nameDOS})),
		resident(attrFileName, "", fileNameBytes(recordRoot, entry{name: "Long file.txt", namespace: nameWin32})),
		resident(attrData, "", []byte("long")), resident(attrData, "Stream", []byte("named")))
	v := tv.open(t)
	if d := cmp.Diff([]string{"FOO", "Foo", "foo", "Long file.txt", "stale", "unused", "zähler"}, names(t, v, "/")); d != "" {
		t.Errorf("ReadDir: %s", d)
	}
	for path, want := range map[string]string{`\FOO`: "FOO", "Foo": "Foo", "foo": "foo", `/longfi~1.txt`: "long", `\LONG FILE.TXT`: "long", "ZÄHLER": "ä"} {
		f, err := v.Open(path)
		if err != nil {
			t.Error(err)
			continue
		}
		b, err := io.ReadAll(io.NewSectionReader(f, 0, 100))
		if string(b) != want || err != nil {
			t.Errorf("%s: %q, %v", path, b, err)
		}
	}
	if f, err := v.Open("fOO"); err != nil || !strings.EqualFold(f.Info().Name, "foo") {
		t.Errorf("fOO: %v", err)
	}
	info, err := v.Stat(`LONGFI~1.TXT`)
	if err != nil || info.Name != "Long file.txt" || info.Attributes != fs.AttrReadOnly|fs.AttrArchive || info.Size != 4 || info.Modified.Unix() != 1 {
		t.Errorf("Stat: %+v, %v", info, err)
	}
	if f, err := v.OpenStream("long file.txt", "sTREAM"); err != nil || f.Info().Size != 5 {
		t.Errorf("stream: %v", err)
	}
	for path, want := range map[string]error{"stale": fs.ErrDamaged, "unused": fs.ErrDamaged, "x": fs.ErrNotExist, ".": fs.ErrNotExist,
		`foo\x`: fs.ErrNotDir, `\`: fs.ErrIsDir, strings.Repeat("x", 256): fs.ErrNotExist} {
		if _, err := v.Open(path); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", path, err, want)
		}
	}
	if _, err := v.OpenStream("foo", "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no stream: %v", err)
	}
	if _, err := v.Open("$mft"); err != nil {
		t.Errorf("$MFT: %v", err)
	}
}

func TestBigDirectory(t *testing.T) {
	leaf := func(sub int64, list ...string) []byte {
		var es []entry
		for _, n := range list {
			es = append(es, entry{name: n, no: 40, namespace: nameWin32, sub: -1})
		}
		return entries(recordRoot, es, sub)
	}
	build := func(blocks ...[]byte) *tVolume {
		tv := newTestVolume()
		tv.file(40, resident(attrData, "", []byte("x")))
		tv.bigDir(recordRoot, []entry{{name: "m", no: 40, namespace: nameWin32, sub: 0}}, 4, blocks...)
		return tv
	}
	v := build(leaf(-1, "a", "b"), leaf(-1, "n", "z")).open(t)
	if d := cmp.Diff([]string{"a", "b", "m", "n", "z"}, names(t, v, "")); d != "" {
		t.Error(d)
	}
	for _, n := range []string{"A", "b", "M", "N", "z"} {
		if _, err := v.Stat(n); err != nil {
			t.Error(err)
		}
	}
	for _, n := range []string{"0", "aa", "c", "mm", "o", "zz"} {
		if _, err := v.Stat(n); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", n, err)
		}
	}
	for name, tv := range map[string]*tVolume{
		"block points at itself":       build(leaf(0, "a"), leaf(-1, "z")),
		"two blocks at each other":     build(leaf(4, "a"), leaf(0, "z")),
		"subnode outside":              build(leaf(400, "a"), leaf(-1, "z")),
		"negative subnode":             build(leaf(-1, "a"), leaf(1<<62, "z")),
		"subnode between blocks":       build(leaf(1, "a"), leaf(-1, "z")),
		"no end entry":                 build(leaf(-1, "a")[:0x60], leaf(-1, "z")),
		"a block without its magic":    damage(build(leaf(-1, "a"), leaf(-1, "z")), tFree*tCluster, 'X'),
		"a torn block":                 damage(build(leaf(-1, "a"), leaf(-1, "z")), tFree*tCluster+1023, 'X'),
		"a block with another's place": damage(build(leaf(-1, "a"), leaf(-1, "z")), tFree*tCluster+0x10, 4),
	} {
		o := tv.open(t)
		if list, err := o.ReadDir(""); !errors.Is(err, fs.ErrDamaged) {
			t.Errorf("%s: %v, %v", name, list, err)
		}
		_, _ = o.Stat("zzz") // must end
	}
}

func damage(v *tVolume, at int, b byte) *tVolume {
	v.b[at] = b
	return v
}

func TestDamagedRecords(t *testing.T) {
	at := func(no int) int { return (tMFT + no) * tCluster }
	for name, c := range map[string]struct {
		off int
		b   byte
	}{
		"BAAD":               {at(30), 'B'},
		"torn":               {at(30) + 510, 99},
		"in use too large":   {at(30) + recInUse + 1, 5},
		"attributes outside": {at(30) + recAttrs + 1, 4},
		"attribute length":   {at(30) + 0x38 + 4, 3},
		"value outside":      {at(30) + 0x38 + 0x11, 8},
	} {
		tv := newTestVolume()
		tv.dir(recordRoot, entry{name: "f", no: 30})
		tv.file(30, resident(attrData, "", []byte("x")))
		tv.b[c.off] = c.b
		var fe *FormatError
		if _, err := tv.open(t).Open("f"); !errors.As(err, &fe) || fe.Struct != "MFT record 30" {
			t.Errorf("%s: %v", name, err)
		}
	}
	tv := newTestVolume()
	copy(tv.b[at(recordMFT):], "BAAD")
	if _, err := Open(tv); !errors.Is(err, fs.ErrDamaged) {
		t.Errorf("$MFT is BAAD: %v", err)
	}
}

func TestReadNonResident(t *testing.T) {
	tv := newTestVolume()
	tv.dir(recordRoot, entry{name: "f", no: 30})
	const size, valid = 6*tCluster - 10, 5*tCluster + 100
	tv.file(30, nonResident(attrData, "", size, valid, attrFlagSparse,
		run{0, tFree + 8, 2}, run{2, hole, 1}, run{3, tFree, 1}, run{4, tFree + 1, 2}))
	want := make([]byte, size)
	for i := range valid {
		vcn := i / tCluster
		if vcn == 2 {
			continue
		}
		lcn := []int{8, 9, 0, 0, 1, 2}[vcn]
		want[i] = byte(lcn*31 + i)
		tv.b[(tFree+lcn)*tCluster+i%tCluster] = want[i]
	}
	for i := valid; i < 6*tCluster; i++ {
		tv.b[(tFree+2)*tCluster+i%tCluster] = 0xee // never to be seen
	}
	v := tv.open(t)
	f, err := v.Open("f")
	if err != nil {
		t.Fatal(err)
	}
	for off := 0; off < size; off += 501 {
		for _, n := range []int{1, 700, 3000, size} {
			p := bytes.Repeat([]byte{0xaa}, n)
			k, err := f.ReadAt(p, int64(off))
			m := min(n, size-off)
			if k != m || !bytes.Equal(p[:m], want[off:off+m]) || (err == io.EOF) != (off+n > size) {
				t.Fatalf("%d at %d: %d, %v", n, off, k, err)
			}
		}
	}
	list, err := f.Extents()
	if err != nil || len(list) != 2 || list[0].Vol.Len != 2*tCluster || list[1].FileOff != 3*tCluster || list[1].Vol.Len != 2*tCluster+100 {
		t.Errorf("extents %v, %v", list, err)
	}
	overwriteSynthetic(t, tv, f.(fs.Overwriter))
}

func overwriteSynthetic(t *testing.T, tv *tVolume, f fs.Overwriter) {
	t.Helper()
	p := bytes.Repeat([]byte{1}, 3*tCluster)
	for off, n := range map[int64]int{-1: 1, 0: 3 * tCluster, 2 * tCluster: 1, 5*tCluster + 99: 2, 5*tCluster + 100: 1} {
		if k, err := f.WriteAt(p[:n], off); k != 0 || !errors.Is(err, fs.ErrUnsupported) {
			t.Errorf("%d at %d: %d, %v", n, off, k, err)
		}
	}
	before := bytes.Clone(tv.b)
	tv.b[tBitmap*tCluster+tFree/8] &^= 1 << 1 // cluster tFree+1
	before[tBitmap*tCluster+tFree/8] = tv.b[tBitmap*tCluster+tFree/8]
	if k, err := f.WriteAt(p[:2*tCluster], 3*tCluster); k != 0 || !errors.Is(err, fs.ErrDamaged) {
		t.Errorf("into a free cluster: %d, %v", k, err)
	}
	if tv.writes != 0 {
		t.Errorf("%d writes were made by refused calls", tv.writes)
	}
	if k, err := f.WriteAt(p[:2*tCluster], 0); k != 2*tCluster || err != nil {
		t.Errorf("%d, %v", k, err)
	}
	copy(before[(tFree+8)*tCluster:], p[:2*tCluster])
	if !bytes.Equal(before, tv.b) || tv.writes != 1 {
		t.Errorf("more was changed than the two clusters, or in %d writes", tv.writes)
	}
}

func TestOverwriteNeverReachesMetadata(t *testing.T) {
	for name, lcn := range map[string]LCN{"$Boot": 0, "$MFT": tMFT + 5, "$MFTMirr": 300} {
		tv := newTestVolume()
		tv.dir(recordRoot, entry{name: "f", no: 30})
		tv.file(30, nonResident(attrData, "", 100, 100, 0, run{0, lcn, 1}))
		f, err := tv.open(t).OpenStream("f", "")
		if err != nil {
			t.Fatal(err)
		}
		if n, err := f.WriteAt([]byte{1}, 0); n != 0 || !errors.Is(err, fs.ErrDamaged) || tv.writes != 0 {
			t.Errorf("%s: %d, %v, %d writes", name, n, err, tv.writes)
		}
	}
}

func TestAttributeList(t *testing.T) {
	item := func(lowest uint64, no uint64, instance uint16) []byte {
		b := make([]byte, 0x20)
		le.PutUint32(b, uint32(attrData))
		b[4], b[7] = 0x20, 0x1a
		le.PutUint64(b[8:], lowest)
		le.PutUint64(b[0x10:], no|1<<48)
		le.PutUint16(b[0x18:], instance)
		return b
	}
	build := func(items ...[]byte) *tVolume {
		tv := newTestVolume()
		tv.dir(recordRoot, entry{name: "f", no: 30})
		std := make([]byte, 0x20)
		le.PutUint32(std, uint32(attrStandardInformation))
		std[4], std[7] = 0x20, 0x1a
		le.PutUint64(std[0x10:], 30|1<<48)
		list := bytes.Join(append([][]byte{std}, items...), nil)
		// The list itself is not resident.
		copy(tv.b[(tFree+20)*tCluster:], list)
		tv.record(30, recFlagInUse, stdInfo(0), nonResident(attrAttributeList, "", int64(len(list)), int64(len(list)), 0, run{0, tFree + 20, 1}))
		first := nonResident(attrData, "", 3*tCluster, 3*tCluster, 0, run{0, tFree, 1})
		tv.extension(31, 30, recFlagInUse, first)
		tv.extension(32, 30, recFlagInUse, nonResident(attrData, "", 0, 0, 0, run{1, tFree + 5, 2}))
		for i := range 8 * tCluster {
			tv.b[tFree*tCluster+i] = byte(i / tCluster)
		}
		return tv
	}
	f, err := build(item(0, 31, 0), item(1, 32, 0)).open(t).Open("f")
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 3*tCluster)
	if n, err := f.ReadAt(b, 0); n != len(b) || err != nil || b[0] != 0 || b[tCluster] != 5 || b[2*tCluster] != 6 {
		t.Errorf("%d, %v, %d %d %d", n, err, b[0], b[tCluster], b[2*tCluster])
	}
	for name, items := range map[string][][]byte{
		"missing part":        {item(0, 31, 0)},
		"wrong VCN":           {item(0, 31, 0), item(2, 32, 0)},
		"wrong instance":      {item(0, 31, 0), item(1, 32, 7)},
		"wrong order":         {item(0, 31, 0), item(1, 32, 0), item(1, 32, 0)},
		"record of another":   {item(0, 31, 0), item(1, recordVolume, 0)},
		"record out of range": {item(0, 31, 0), item(1, 5000, 0)},
	} {
		f, err := build(items...).open(t).Open("f")
		if err == nil {
			_, err = f.ReadAt(b, 0)
		}
		if !errors.Is(err, fs.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnsupportedFiles(t *testing.T) {
	tag := func(u uint32) []byte {
		return resident(attrReparsePoint, "", append(le.AppendUint32(nil, u), 0, 0, 0, 0))
	}
	plain := nonResident(attrData, "", 100, 100, 0, run{0, tFree, 1})
	for name, c := range map[string]struct {
		attrs [][]byte
		words string
	}{
		"method 2":  {[][]byte{nonResident(attrData, "", 100, 100, 2, run{0, tFree, 1})}, "compression method 2"},
		"encrypted": {[][]byte{nonResident(attrData, "", 100, 100, attrFlagEncrypted, run{0, tFree, 1})}, "EFS"},
		"dedup":     {[][]byte{plain, tag(0x80000013)}, "deduplicated"},
		"cloud":     {[][]byte{plain, tag(0x9000601a)}, "cloud"},
		"unknown":   {[][]byte{plain, tag(0x12345678)}, "0x12345678"},
	} {
		tv := newTestVolume()
		tv.dir(recordRoot, entry{name: "f", no: 30})
		tv.file(30, c.attrs...)
		v := tv.open(t)
		if _, err := v.Open("f"); !errors.Is(err, fs.ErrUnsupported) || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := v.Stat("f"); err != nil {
			t.Errorf("%s: Stat: %v", name, err)
		}
	}
	tv := newTestVolume()
	tv.dir(recordRoot, entry{name: "j", no: 30})
	tv.record(30, recFlagInUse|recFlagDirectory, stdInfo(0x400), resident(attrIndexRoot, "$I30", indexRoot(entries(30, nil, -1))), tag(0xa0000003))
	v := tv.open(t)
	if _, err := v.ReadDir("j"); !errors.Is(err, fs.ErrUnsupported) || !strings.Contains(err.Error(), "junction") {
		t.Errorf("junction: %v", err)
	}
	if _, err := v.Stat(`j\x`); !errors.Is(err, fs.ErrUnsupported) {
		t.Errorf("through a junction: %v", err)
	}
}
