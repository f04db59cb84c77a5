package checktest

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
)

// within is a transaction on the sample volume, and what it is about.
var within = scope.Scope{Changes: []scope.Change{
	{Path: `\few\new`, Content: true},
	{Path: `\few\large 3`, Content: true},
	{Path: `\few\large 4`, Content: true},
	{Path: `\few\large 6`, Content: true},
	{Path: `\few\large 7`, To: `\sub\moved`},
	{Path: `\few\small 2`, To: `\sub\small and moved`},
	{Path: `\few\large 1`, Content: true}, // it has another name: \sub\deep\link
	{Path: `\sub`, To: `\few\sub`},
	{Path: `\few\sub\deep`, To: `\few\sub\deeper`},
	{Path: `\few\sub\deeper\x`, Content: true},
}}

func transact(t *testing.T, dev block.Device) {
	t.Helper()
	v, err := ntfs.Open(dev)
	if err != nil {
		t.Fatal(err)
	}
	v.SetClock(func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) })
	do := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	put := func(path string, n int) {
		do(v.WriteFile(path, bytes.NewReader(bytes.Repeat([]byte{0x5a}, n)), int64(n)))
	}
	put(`\few\new`, 90_000)
	put(`\few\large 3`, 30_000)
	do(v.Resize(`\few\large 4`, 123_456))
	do(v.Remove(`\few\large 6`))
	do(v.Rename(`\few\large 7`, `\sub\moved`))
	do(v.Rename(`\few\small 2`, `\sub\small and moved`))
	put(`\few\large 1`, 10_000)
	do(v.Rename(`\sub`, `\few\sub`))
	do(v.Rename(`\few\sub\deep`, `\few\sub\deeper`))
	put(`\few\sub\deeper\x`, 50_000)
}

// astray are bytes that a faulty writer might change besides. known: Touched
// finds it without being told what the transaction is about.
var astray = []struct {
	name  string
	kind  check.Kind // "": it does no harm
	known bool
	do    func(r, was *raw) // as it is, and as it was before the transaction
}{
	{"a free cluster", "", false, func(r, was *raw) { r.b[r.freeCluster()*cluster+5] ^= 1 }},
	{"content that was written", "", false, func(r, was *raw) { r.b[r.cluster("large 3")*cluster+5] ^= 1 }}, // who wrote it reads it back
	{"content of another file", check.ForeignCluster, false, func(r, was *raw) { r.b[r.cluster("large 5")*cluster+5] ^= 1 }},
	{"content of a file that was moved", check.ForeignCluster, false, func(r, was *raw) { r.b[was.cluster("large 7")*cluster+5] ^= 1 }},
	{"content of a file that lost one of two names", check.ForeignCluster, false, func(r, was *raw) { r.b[r.cluster("link")*cluster+5] ^= 1 }},
	{"small content of a file that was moved", check.ForeignRecord, false, func(r, was *raw) {
		r.value(was.named("small 2"), dataAttr, func(v []byte) { v[7] ^= 1 })
	}},
	{"block of another directory", check.ForeignCluster, false, func(r, was *raw) {
		r.leaf(r.named("many"), func(b []byte, entries []int) { b[entries[1]+0x10+0x08] ^= 1 })
	}},
	{"entry of another file in the same directory", check.ForeignEntry, false, func(r, was *raw) {
		r.entry(r.named("few"), "large 5", func(e []byte) { e[0x10+0x08] ^= 1 })
	}},
	{"entry of another file is lost", check.ForeignEntry, true, func(r, was *raw) {
		r.entry(r.named("few"), "large 5", func(e []byte) { e[0x10+0x42]++ })
	}},
	{"time in the record of another file", check.ForeignRecord, false, func(r, was *raw) {
		r.value(r.named("large 5"), 0x10, func(v []byte) { v[8] ^= 1 })
	}},
	{"small content of another file", check.ForeignRecord, false, func(r, was *raw) {
		r.value(r.named("small 5"), dataAttr, func(v []byte) { v[7] ^= 1 })
	}},
	{"another record is torn", check.ForeignRecord, true, func(r, was *raw) { r.b[r.recordAt(r.named("large 5"))+510] ^= 1 }},
	{"part of an attribute of a directory", check.ForeignRecord, false, func(r, was *raw) {
		r.value(r.named("few"), 0x50, func(v []byte) { v[8] ^= 1 })
	}},
	{"boot code", check.ForeignCluster, false, func(r, was *raw) { r.b[0x60] ^= 1; r.b[len(r.b)-512+0x60] ^= 1 }},
	{"boot sector only", check.ForeignCluster, true, func(r, was *raw) { r.b[0x60] ^= 1 }},
	{"copy of the boot sector", check.ForeignCluster, true, func(r, was *raw) { r.b[len(r.b)-512+0x60] ^= 1 }},
	{"the log", check.ForeignCluster, false, func(r, was *raw) { r.b[r.runs(r.recordAt(2), dataAttr)[0].lcn*cluster+9000] ^= 1 }},
	{"name of the volume", check.ForeignRecord, true, func(r, was *raw) { // records 0 to 3 have a mirror
		r.attribute(3, 0x70, func(a []byte) { a[le.Uint16(a[0x14:])] ^= 1 })
	}},
	{"the same in the mirror, too", check.ForeignRecord, false, func(r, was *raw) {
		r.attribute(3, 0x70, func(a []byte) { a[le.Uint16(a[0x14:])] ^= 1 })
		copy(r.b[r.mirror()+3*recordSize:][:recordSize], r.b[r.recordAt(3):])
	}},
	{"$Bitmap behind its end", check.ForeignCluster, false, func(r, was *raw) { r.bitmap()[cluster-1] ^= 1 }},
	{"$UpCase", check.ForeignCluster, false, func(r, was *raw) { r.b[r.runs(r.recordAt(10), dataAttr)[0].lcn*cluster+cluster+1] ^= 1 }},
	{"$AttrDef", check.ForeignCluster, false, func(r, was *raw) { r.b[r.runs(r.recordAt(4), dataAttr)[0].lcn*cluster+0x20] ^= 1 }},
}

// entry edits the entry for a name in a block of a directory.
func (r *raw) entry(dir int, name string, edit func(e []byte)) {
	key := string(utf16le(name))
	for i := 0; ; i++ {
		found := false
		r.indexBlock(dir, i, func(b []byte) {
			at := 0x18 + int(le.Uint32(b[0x18:]))
			for ; le.Uint16(b[at+0xc:])&2 == 0; at += int(le.Uint16(b[at+8:])) {
				if e := b[at : at+int(le.Uint16(b[at+8:]))]; string(e[0x10+0x42:min(len(e), 0x10+0x42+len(key))]) == key {
					found = true
					edit(e)
				}
			}
		})
		if found {
			return
		}
	}
}

func overlap(a, b []block.Range) bool {
	return slices.ContainsFunc(a, func(x block.Range) bool {
		return slices.ContainsFunc(b, func(y block.Range) bool { return x.Off < y.End() && y.Off < x.End() })
	})
}

// TestNothingElse: what a transaction is about may change, and nothing else.
func TestNothingElse(t *testing.T) {
	clean := sample(t)
	over := overlay.New(&raw{t, clean})
	transact(t, over)
	after := make([]byte, len(clean))
	if _, err := over.ReadAt(after, 0); err != nil {
		t.Fatal(err)
	}
	base := &raw{t, clean}
	judge := func(t *testing.T, b []byte, about scope.Scope) (without, with *check.Report) {
		t.Helper()
		ranges := changed(clean, b)
		without, err := check.Touched(base, &raw{t, b}, ranges)
		if err != nil {
			t.Fatal(err)
		}
		if with, err = check.Within(base, &raw{t, b}, ranges, about); err != nil {
			t.Fatal(err)
		}
		return without, with
	}
	_, with := judge(t, after, within)
	complain(t, with)
	before, now, alone := 0, 0, 0
	for _, a := range astray {
		t.Run(a.name, func(t *testing.T) {
			r := &raw{t, slices.Clone(after)}
			a.do(r, base)
			without, with := judge(t, r.b, within)
			if known := len(without.Problems) > 0; known != a.known {
				t.Errorf("found by Touched: %v, want %v: %v", known, a.known, without.Problems)
			}
			if a.kind == "" {
				complain(t, with)
				return
			}
			if !wants(t, "Within", with, nil, a.kind) {
				return
			}
			now++
			if a.known {
				before++
			}
			if overlap(changed(after, r.b), changed(clean, after)) {
				return // half of the sector is not the astray byte's
			}
			announced := within
			announced.Announced = changed(after, r.b)
			_, with = judge(t, r.b, announced)
			complain(t, with)
			alone++
		})
	}
	t.Logf("%d bytes gone astray are found, %d of them without knowing what the transaction is about; %d may change when they are announced", now, before, alone)
	for i := range within.Changes { // each change is noticed when it was not meant
		less := scope.Scope{Changes: slices.Delete(slices.Clone(within.Changes), i, i+1)}
		if _, with := judge(t, after, less); len(with.Problems) == 0 {
			t.Errorf("%+v was not asked for, and nobody notices", within.Changes[i])
		}
	}
}
