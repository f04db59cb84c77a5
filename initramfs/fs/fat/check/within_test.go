package check

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
)

// about is a transaction on the sample.
var about = scope.Scope{Changes: []scope.Change{
	{Path: `\few\A new one.txt`, Content: true},
	{Path: `\few\REPLACED`, Content: true},
	{Path: `\few\longer`, Content: true},
	{Path: `\few\gone`, Content: true},
	{Path: `\few\moved`, To: `\sub\moved too.dat`},
	{Path: `\sub`, To: `\few\sub`},
	{Path: `\few\sub\inside`, Content: true},
	{Path: `\empty`, Content: true},
	{Path: `\made`},
}}

func transact(t *testing.T, m *memory) {
	t.Helper()
	v := open(t, m)
	v.SetClock(func() time.Time { return time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC) })
	for i, err := range []error{
		put(v, `\few\A new one.txt`, 4000), put(v, `\few\replaced`, 3000), v.Resize(`\few\longer`, 5000), v.Remove(`\few\gone`),
		v.Rename(`\few\moved`, `\sub\moved too.dat`), v.Rename(`\sub`, `\few\sub`), put(v, `\few\sub\inside`, 700), v.Remove(`\empty`), v.Mkdir(`\made`),
	} {
		if err != nil {
			t.Fatal(i, err)
		}
	}
}

func full(t *testing.T, kind fs.Kind) *memory {
	t.Helper()
	m := format(kind)
	v := open(t, m)
	for _, d := range []string{`\few`, `\sub`, `\other`, `\empty`} {
		if err := v.Mkdir(d); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{`\few\replaced`, `\few\longer`, `\few\gone`, `\few\moved`, `\few\a stranger`, `\other\in another directory`, `\sub\inside`} {
		if err := put(v, f, 2000); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// cluster is the first one of a file, found by the checker itself.
func (m *memory) cluster(t *testing.T, path string) (n uint32, at int) {
	t.Helper()
	c, _, err := openVolume(m)
	if err != nil {
		t.Fatal(err)
	}
	h := newHolder(c)
	if err := h.grantFile(scope.Name{Path: path}); err != nil || len(h.files) != 1 {
		t.Fatalf("%s: %d files, %v", path, len(h.files), err)
	}
	for _, g := range h.files {
		n = g.first
	}
	return n, int(c.data + int64(n-2)*c.cluster)
}

// entry is where the entry of a file lies.
func (m *memory) entry(t *testing.T, key string) int {
	t.Helper()
	at := bytes.Index(m.b, []byte(key))
	if at < 0 {
		t.Fatalf("no %q", key)
	}
	return at
}

// table is where the FAT entry of a cluster lies in each FAT.
func (m *memory) table(kind fs.Kind, n uint32) []int {
	size := 4 * int(n)
	if kind == fs.FAT12 {
		size = int(n) * 3 / 2
	}
	return []int{reserved*512 + size, (reserved+fatSize)*512 + size}
}

// astray are bytes that a faulty writer might change besides. known: the check
// of the whole volume finds it without being told what the transaction is about.
var astray = []struct {
	name  string
	kind  Kind // "": it does no harm
	known bool
	only  fs.Kind // "": both
	do    func(t *testing.T, m, was *memory, kind fs.Kind)
}{
	{"a free cluster", "", false, "", func(_ *testing.T, m, _ *memory, _ fs.Kind) { m.b[(sectors-3)*512] ^= 1 }},
	{"content of another file", ForeignCluster, false, "", func(t *testing.T, m, _ *memory, _ fs.Kind) {
		_, at := m.cluster(t, `\few\a stranger`)
		m.b[at+7] ^= 1
	}},
	{"content of a file that was moved", ForeignCluster, false, "", func(t *testing.T, m, was *memory, _ fs.Kind) {
		_, at := was.cluster(t, `\few\moved`)
		m.b[at+7] ^= 1
	}},
	{"another directory", ForeignCluster, false, "", func(t *testing.T, m, _ *memory, _ fs.Kind) { m.b[m.entry(t, "INANOT~1")+0x16] ^= 1 }},
	{"entry of another file in the same directory", ForeignEntry, false, "", func(t *testing.T, m, _ *memory, _ fs.Kind) { m.b[m.entry(t, "ASTRAN~1")+0x16] ^= 1 }},
	{"long name of another file in the same directory", ForeignEntry, false, "", func(t *testing.T, m, _ *memory, _ fs.Kind) { m.b[m.entry(t, "ASTRAN~1")-32+5] ^= 1 }},
	{"entry of another directory in the root directory", ForeignEntry, false, "", func(t *testing.T, m, _ *memory, _ fs.Kind) { m.b[m.entry(t, "OTHER      ")+0x16] ^= 1 }},
	{"size of a file that was moved", ForeignEntry, false, "", func(t *testing.T, m, _ *memory, _ fs.Kind) { m.b[m.entry(t, "MOVEDT~1DAT")+0x1c] ^= 1 }},
	{"chain of another file is cut", ForeignFAT, true, "", func(t *testing.T, m, _ *memory, kind fs.Kind) {
		n, _ := m.cluster(t, `\few\a stranger`)
		n += n & 1 // an even one: of FAT12 its low bits
		for _, at := range m.table(kind, n) {
			m.b[at] ^= 0x11
		}
	}},
	{"first FAT only", ForeignFAT, true, "", func(t *testing.T, m, _ *memory, kind fs.Kind) {
		n, _ := m.cluster(t, `\few\a stranger`)
		m.b[m.table(kind, n+n&1)[0]] ^= 0x11
	}},
	{"second FAT only", ForeignFAT, true, "", func(t *testing.T, m, _ *memory, kind fs.Kind) {
		n, _ := m.cluster(t, `\few\a stranger`)
		m.b[m.table(kind, n+n&1)[1]] ^= 0x11
	}},
	{"an end mark becomes another one", ForeignFAT, false, fs.FAT32, func(t *testing.T, m, _ *memory, kind fs.Kind) {
		n, _ := m.cluster(t, `\other`)
		for _, at := range m.table(kind, n) {
			m.b[at] ^= 1
		}
	}},
	{"reserved bits of the FAT", ForeignFAT, false, fs.FAT32, func(t *testing.T, m, _ *memory, kind fs.Kind) {
		n, _ := m.cluster(t, `\few\a stranger`)
		for _, at := range m.table(kind, n) {
			m.b[at+3] ^= 0x80
		}
	}},
	{"a free cluster is taken", ForeignFAT, true, "", func(_ *testing.T, m, _ *memory, kind fs.Kind) {
		for _, at := range m.table(kind, 250) {
			m.b[at] ^= 0xf8
		}
	}},
	{"boot code", ForeignSector, false, "", func(_ *testing.T, m, _ *memory, _ fs.Kind) { m.b[0x100] ^= 1 }},
	{"copy of the boot sector", ForeignSector, false, fs.FAT32, func(_ *testing.T, m, _ *memory, _ fs.Kind) { m.b[1024+0x100] ^= 1 }},
	{"FSInfo beside its numbers", ForeignSector, false, fs.FAT32, func(_ *testing.T, m, _ *memory, _ fs.Kind) { m.b[512+0x1f4] ^= 1 }},
}

func sectorsThatDiffer(a, b []byte) (all []block.Range) {
	for off := 0; off < len(a); off += 512 {
		if !bytes.Equal(a[off:off+512], b[off:off+512]) {
			all = append(all, block.Range{Off: int64(off), Len: 512})
		}
	}
	return all
}

// TestNothingElse: what a transaction is about may change, and nothing else.
func TestNothingElse(t *testing.T) {
	for _, kind := range kinds {
		was := full(t, kind)
		m := &memory{slices.Clone(was.b)}
		transact(t, m)
		judge := func(b []byte, about scope.Scope) (whole, within *Report) {
			t.Helper()
			whole, err := Volume(&memory{b})
			if err != nil {
				t.Fatal(err)
			}
			if within, err = Within(was, &memory{b}, sectorsThatDiffer(was.b, b), about); err != nil {
				t.Fatal(err)
			}
			return whole, within
		}
		if whole, within := judge(m.b, about); !whole.Sound() || !within.Sound() {
			t.Fatalf("%s: %v, %v", kind, whole.Problems, within.Problems)
		}
		found, before := 0, 0
		for _, a := range astray {
			if a.only != "" && a.only != kind {
				continue
			}
			b := &memory{slices.Clone(m.b)}
			a.do(t, b, was, kind)
			whole, within := judge(b.b, about)
			if whole.Sound() == a.known {
				t.Errorf("%s, %s: found by the check of the volume: %v, want %v: %v", kind, a.name, !whole.Sound(), a.known, whole.Problems)
			}
			if a.kind == "" {
				if !within.Sound() {
					t.Errorf("%s, %s: %v", kind, a.name, within.Problems)
				}
				continue
			}
			if !slices.ContainsFunc(within.Problems, func(p Problem) bool { return p.Kind == a.kind }) {
				t.Errorf("%s, %s: no %s in %v", kind, a.name, a.kind, within.Problems)
				continue
			}
			found++
			if a.known {
				before++
			}
		}
		t.Logf("%s: %d bytes gone astray are found, %d of them without knowing what the transaction is about", kind, found, before)
		for i, c := range about.Changes {
			less := scope.Scope{Changes: slices.Delete(slices.Clone(about.Changes), i, i+1)}
			if _, within := judge(m.b, less); within.Sound() {
				t.Errorf("%s: %+v was not asked for, and nobody notices", kind, c)
			}
		}
	}
}
