package checktest

import (
	"slices"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
)

// damages are planted one by one. whole and touched: the kinds of which one at
// least must be found by the check of the volume, and by that of the changed
// sectors (the same where touched is empty).
var damages = []struct {
	name    string
	whole   check.Kind
	touched check.Kind
	do      func(r *raw)
}{
	{"boot sector: no bytes per sector", check.BootSector, "", func(r *raw) { r.b[0xb], r.b[0xc] = 0, 0 }},
	{"backup boot sector", check.BackupBoot, "", func(r *raw) { r.b[len(r.b)-512+0x50] ^= 1 }},
	{"boot code differs from its copy", check.BackupBoot, "", func(r *raw) { r.b[0x100] ^= 1 }},
	{"mirror of record 1", check.Mirror, "", func(r *raw) { r.b[r.mirror()+recordSize+0x80] ^= 1 }},
	{"mirror behind", check.Mirror, "", func(r *raw) { r.record(3, func(b []byte) { b[0x10]++ }) }},

	{"bitmap: cluster of a file free", check.ClusterFree, check.Unexplained, func(r *raw) { flip(r.bitmap(), r.cluster("large 3")) }},
	{"bitmap: free cluster marked", check.ClusterLost, check.Unexplained, func(r *raw) { flip(r.bitmap(), r.freeCluster()) }},
	{"bitmap: zeroed", check.ClusterFree, check.Unexplained, func(r *raw) { clear(r.bitmap()[:cluster/8]) }},
	{"two files in one cluster", check.ClusterShared, "", func(r *raw) {
		lcn := r.cluster("large 3")
		r.attribute(r.named("large 4"), dataAttr, func(a []byte) { putLCN(r, a, lcn) })
	}},
	{"a file in free clusters", check.ClusterFree, "", func(r *raw) {
		lcn := r.freeCluster()
		r.attribute(r.named("large 4"), dataAttr, func(a []byte) { putLCN(r, a, lcn) })
	}},

	{"link count", check.LinkCount, "", func(r *raw) { r.record(r.named("large 3"), func(b []byte) { b[0x12]++ }) }},
	{"record: BAAD", check.Record, "", func(r *raw) { copy(r.b[r.recordAt(r.named("large 3")):], "BAAD") }},
	{"record: torn", check.Record, "", func(r *raw) { r.b[r.recordAt(r.named("large 3"))+510] ^= 1 }},
	{"record: bytes in use", check.Record, "", func(r *raw) { r.record(r.named("large 3"), func(b []byte) { b[0x18] += 8 }) }},
	{"record: number", check.Record, "", func(r *raw) { r.record(r.named("large 3"), func(b []byte) { b[0x2c]++ }) }},
	{"record: directory flag", check.Record, "", func(r *raw) { r.record(r.named("large 3"), func(b []byte) { b[0x16] |= 2 }) }},
	{"record: instance to give is taken", check.Record, "", func(r *raw) { r.record(r.named("large 3"), func(b []byte) { le.PutUint16(b[0x28:], 0) }) }},
	{"attribute: length", check.Attribute, "", func(r *raw) { r.attribute(r.named("large 3"), dataAttr, func(a []byte) { a[4]++ }) }},
	{"attribute: instance twice", check.Attribute, "", func(r *raw) { r.attribute(r.named("large 3"), dataAttr, func(a []byte) { a[0xe] = 0 }) }},
	{"attribute: order", check.Attribute, "", func(r *raw) { r.attribute(r.named("large 3"), dataAttr, func(a []byte) { a[0] = 0x20 }) }},

	{"run outside the volume", check.RunList, "", func(r *raw) {
		r.attribute(r.named("large 3"), dataAttr, func(a []byte) { putLCN(r, a, 7000) })
	}},
	{"run list too short", check.RunList, "", func(r *raw) { r.attribute(r.named("large 3"), dataAttr, func(a []byte) { a[0x18]++ }) }},
	{"hole in a file that is not sparse", check.RunList, "", func(r *raw) {
		r.attribute(r.named("large 3"), dataAttr, func(a []byte) {
			p := a[le.Uint16(a[0x20:]):]
			n, l := int(p[0]&15), int(p[0]>>4)
			p[0] &= 15
			clear(p[1+n : 1+n+l])
		})
	}},
	{"allocated size", check.Size, "", func(r *raw) { r.attribute(r.named("large 3"), dataAttr, func(a []byte) { a[0x29] += 0x10 }) }},
	{"data size", check.Size, "", func(r *raw) { r.attribute(r.named("large 3"), dataAttr, func(a []byte) { a[0x33]++ }) }},
	{"initialized size", check.Size, "", func(r *raw) { r.attribute(r.named("large 3"), dataAttr, func(a []byte) { a[0x38]++ }) }},
	{"size of a sparse file", check.Size, "", func(r *raw) { r.attribute(r.named("sparse"), dataAttr, func(a []byte) { a[0x41] += 0x10 }) }},

	{"$MFT bitmap: file free", check.MFTBitmap, "", func(r *raw) { flip(r.mftBitmap(), int64(r.named("large 3"))) }},
	{"$MFT bitmap: free record marked", check.MFTBitmap, "", func(r *raw) { flip(r.mftBitmap(), int64(r.freeRecord())) }},
	{"in-use flag", check.MFTBitmap, "", func(r *raw) { r.record(r.named("large 3"), func(b []byte) { b[0x16] = 0 }) }},
	{"sequence number", check.EntryDangling, "", func(r *raw) { r.record(r.named("large 3"), func(b []byte) { b[0x10]++ }) }},
	{"file deleted, entry left", check.EntryDangling, "", func(r *raw) {
		no := r.named("small 3")
		r.record(no, func(b []byte) { b[0x16] = 0 })
		flip(r.mftBitmap(), int64(no))
	}},
	{"name in the record only", check.NameMissing, "", func(r *raw) { r.value(r.named("large 3"), 0x30, func(v []byte) { v[0x42+12] = '~' }) }},
	{"parent", check.Parent, "", func(r *raw) { r.value(r.named("large 3"), 0x30, func(v []byte) { v[6]++ }) }},
	{"parent is a file", check.Parent, "", func(r *raw) {
		no := r.named("large 4")
		seq := r.b[r.recordAt(no)+0x10]
		r.value(r.named("large 3"), 0x30, func(v []byte) { le.PutUint64(v, uint64(no)|uint64(seq)<<48) })
	}},
	{"directory flag in the name", check.FileName, "", func(r *raw) { r.value(r.named("large 3"), 0x30, func(v []byte) { v[0x3b] ^= 0x10 }) }},
	{"8.3 name without its long name", check.ShortName, "", func(r *raw) { r.record(r.dosPair(), func(b []byte) { toSpace(b, 1, 0) }) }},
	{"8.3 name too long", check.ShortName, "", func(r *raw) { r.record(r.named("with stream"), func(b []byte) { toSpace(b, 0, 3) }) }},

	{"index entry: name", check.EntryDangling, "", func(r *raw) {
		r.leaf(r.named("many"), func(b []byte, e []int) { b[e[3]+0x10+0x42+4] ^= 0x20 })
	}},
	{"index entry: target", check.EntryDangling, "", func(r *raw) { r.leaf(r.named("many"), func(b []byte, e []int) { b[e[3]]++ }) }},
	{"index entry: parent", check.Parent, "", func(r *raw) { r.leaf(r.named("many"), func(b []byte, e []int) { b[e[3]+0x10]++ }) }},
	{"index entry lost", check.NameMissing, "", func(r *raw) {
		r.leaf(r.named("many"), func(b []byte, e []int) {
			n := e[3] - e[2]
			copy(b[e[2]:], b[e[3]:])
			le.PutUint32(b[0x1c:], le.Uint32(b[0x1c:])-uint32(n))
		})
	}},
	{"index entries out of order", check.IndexOrder, "", func(r *raw) {
		r.leaf(r.named("many"), func(b []byte, e []int) {
			x, y := slices.Clone(b[e[2]:e[3]]), slices.Clone(b[e[3]:e[4]])
			copy(b[e[2]:], append(y, x...))
		})
	}},
	{"index entry: length", check.Index, "", func(r *raw) { r.leaf(r.named("many"), func(b []byte, e []int) { b[e[3]+8] += 4 }) }},
	{"index entry: subnode in a leaf", check.Index, "", func(r *raw) { r.leaf(r.named("many"), func(b []byte, e []int) { b[e[3]+0xc] |= 1 }) }},
	{"index block: leaf flag", check.Index, "", func(r *raw) { r.leaf(r.named("many"), func(b []byte, e []int) { b[0x24] ^= 1 }) }},
	{"index block: bytes used", check.Index, "", func(r *raw) { r.leaf(r.named("many"), func(b []byte, e []int) { b[0x1c] += 8 }) }},
	{"index block: allocated", check.Index, "", func(r *raw) { r.leaf(r.named("many"), func(b []byte, e []int) { b[0x20] -= 8 }) }},
	{"index block: VCN", check.Index, "", func(r *raw) { r.leaf(r.named("many"), func(b []byte, e []int) { b[0x10]++ }) }},
	{"index block: magic", check.Index, "", func(r *raw) { r.leaf(r.named("many"), func(b []byte, e []int) { b[0] = 'X' }) }},
	{"index block: torn", check.Index, "", func(r *raw) {
		r.b[(r.runs(r.recordAt(r.named("many")), 0xa0)[0].lcn)*cluster+1022] ^= 1
	}},
	{"index root: subnode", check.Index, "", func(r *raw) {
		r.value(r.named("many"), 0x90, func(v []byte) {
			e := v[0x10+le.Uint32(v[0x10:]):]
			le.PutUint64(e[le.Uint16(e[8:])-8:], 60000)
		})
	}},
	{"index root: a subnode instead of another", check.IndexBitmap, "", func(r *raw) {
		r.value(r.named("many"), 0x90, func(v []byte) {
			e := v[0x10+le.Uint32(v[0x10:]):]
			vcn := e[le.Uint16(e[8:])-8:]
			vcn[0] ^= 1
		})
	}},
	{"index root: collation", check.Index, "", func(r *raw) { r.value(r.named("many"), 0x90, func(v []byte) { v[4] = 0x10 }) }},
	{"index root: block size", check.Index, "", func(r *raw) { r.value(r.named("many"), 0x90, func(v []byte) { v[9] = 0x11 }) }},
	{"index bitmap: block free", check.IndexBitmap, "", func(r *raw) { r.value(r.named("many"), 0xb0, func(v []byte) { v[0] ^= 2 }) }},
	{"index bitmap: bit behind the end", check.IndexBitmap, "", func(r *raw) { r.value(r.named("few"), 0xb0, func(v []byte) { v[7] ^= 0x80 }) }},
	{"$SII of $Secure out of order", check.IndexOrder, "", func(r *raw) {
		r.record(9, func(b []byte) {
			a := attr(b, 0x90, 1)
			v := b[a+int(le.Uint16(b[a+0x14:])):]
			e := v[0x10+le.Uint32(v[0x10:]):]
			e[0x10+3] = 0x7f
		})
	}},

	{"attribute list: reference", check.AttributeList, "", func(r *raw) { r.listEntry(func(e []byte) { e[0x10]++ }) }},
	{"attribute list: VCN", check.AttributeList, "", func(r *raw) { r.listEntry(func(e []byte) { e[8]++ }) }},
	{"attribute list: instance", check.AttributeList, "", func(r *raw) { r.listEntry(func(e []byte) { e[0x18] ^= 0x40 }) }},
	{"attribute list: entry length", check.AttributeList, "", func(r *raw) { r.listEntry(func(e []byte) { e[4] = 4 }) }},
	{"extension record of another file", check.AttributeList, "", func(r *raw) { r.record(r.extension(), func(b []byte) { b[0x20]++ }) }},
	{"extension record lost", check.AttributeList, "", func(r *raw) { copy(r.b[r.recordAt(r.extension()):], "XXXX") }},

	{"directory in itself", check.DirectoryLoop, check.NameMissing, func(r *raw) {
		deep := r.named("deep")
		seq := r.b[r.recordAt(deep)+0x10]
		r.value(r.named("sub"), 0x30, func(v []byte) { le.PutUint64(v, uint64(deep)|uint64(seq)<<48) })
	}},
}

// TestPlantedDamage: each damage is found, by both checks.
func TestPlantedDamage(t *testing.T) {
	clean := sample(t)
	base := &raw{t, clean}
	noAlarm(t, base)
	if rep, err := check.Touched(base, base, changed(clean, make([]byte, len(clean)))); err != nil || len(rep.Problems)+len(rep.Old) > 0 {
		t.Fatalf("all of the volume touched, nothing changed: %v, %v", rep.Problems, err)
	}
	found := 0
	for _, d := range damages {
		t.Run(d.name, func(t *testing.T) {
			r := &raw{t, slices.Clone(clean)}
			d.do(r)
			ranges := changed(clean, r.b)
			if len(ranges) == 0 {
				t.Fatal("nothing was changed")
			}
			rep, err := check.Volume(r)
			ok := wants(t, "Volume", rep, err, d.whole)
			kind := d.touched
			if kind == "" {
				kind = d.whole
			}
			rep, err = check.Touched(base, r, ranges)
			if wants(t, "Touched", rep, err, kind) && ok {
				found++
			}
		})
	}
	t.Logf("%d of %d planted damages are found by both checks", found, len(damages))
}

func wants(t *testing.T, what string, rep *check.Report, err error, kind check.Kind) bool {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return false
	}
	for _, p := range rep.Problems {
		if p.Kind == kind {
			return true
		}
	}
	t.Errorf("%s: no %s among %d problems: %v", what, kind, len(rep.Problems), rep.Problems[:min(5, len(rep.Problems))])
	return false
}
