package checktest

import (
	"slices"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
)

// unmendable damages are reported and left as they are: what is right cannot
// be told.
var unmendable = []struct {
	name string
	kind check.Kind
	do   func(r *raw)
}{
	{"boot code differs from its copy", check.BackupBoot, func(r *raw) { r.b[0x100] ^= 1 }},
	{"hidden sectors differ from the copy", check.BackupBoot, func(r *raw) { r.b[0x1c] ^= 1 }},
	{"both boot sectors zeroed", check.BootSector, func(r *raw) { clear(r.b[:512]); clear(r.b[len(r.b)-512:]) }},
	{"a copy of the boot sector of another volume", check.BootSector, func(r *raw) {
		clear(r.b[:512])
		copy := r.b[len(r.b)-512:]
		le.PutUint64(copy[0x30:], le.Uint64(copy[0x30:])+3)
		le.PutUint64(copy[0x38:], le.Uint64(copy[0x38:])+3)
	}},
	{"record 2 and its mirror", check.Mirror, func(r *raw) { r.b[r.recordAt(2)+510] ^= 1; r.b[r.mirror()+2*recordSize+3] ^= 1 }},
	{"record of a file torn", check.EntryDangling, func(r *raw) { r.b[r.recordAt(r.named("large 3"))+510] ^= 1 }},
	{"$UpCase", check.Record, func(r *raw) { r.b[r.runs(r.recordAt(10), dataAttr)[0].lcn*cluster+2*'a']++ }},
	{"names in a list that the file has not", check.AttributeList, func(r *raw) {
		r.listOf("streams", func(v []byte) {
			for e := v; ; e = e[le.Uint16(e[4:]):] {
				if e[6] > 0 && 0x1c+2*int(e[6]) <= int(le.Uint16(e[4:])) {
					e[7], e[0x1a] = 0x1c, '?'
					return
				}
			}
		})
	}},
	{"leaf: a key beyond the next node", check.IndexOrder, func(r *raw) {
		var no int
		r.leaf(r.named("many"), func(b []byte, e []int) {
			no = int(le.Uint32(b[e[1]:]))
			b[e[1]+0x10+0x42] = '~'
		})
		r.value(no, 0x30, func(v []byte) { v[0x42] = '~' })
	}},
	{"leaf out of order with an entry that leads elsewhere", check.IndexOrder, func(r *raw) {
		r.leaf(r.named("many"), func(b []byte, e []int) { b[e[1]]++; swapEntries(b, e, 2) })
	}},
}

// TestNotMended: no patch for what would be a guess.
func TestNotMended(t *testing.T) {
	clean := mendSample(t)
	paths := append(slices.Clone(wantedPaths), (&raw{t, clean}).leafPath())
	for _, d := range unmendable {
		t.Run(d.name, func(t *testing.T) {
			r := &raw{t, slices.Clone(clean)}
			d.do(r)
			rep, err := check.Quick(r, paths)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(rep.Problems, func(p check.Problem) bool { return p.Kind == d.kind }) {
				t.Errorf("no %s in %v", d.kind, rep.Problems)
			}
			for _, p := range rep.Problems {
				if p.Mendable {
					t.Errorf("mendable: %v", p)
				}
			}
			if p, err := check.Mend(r, paths); err != nil || len(p) > 0 {
				t.Errorf("%d patches, %v", len(p), err)
			}
		})
	}
}

// TestLostClustersStay: clusters that nobody owns are reported by the check of
// the whole volume, and not freed.
func TestLostClustersStay(t *testing.T) {
	r := &raw{t, sample(t)}
	lost, used := r.freeCluster(), r.cluster("large 3")
	flip(r.bitmap(), lost)
	flip(r.bitmap(), used)
	rep, err := check.Volume(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range rep.Problems {
		if p.Mendable != (p.Kind == check.ClusterFree) {
			t.Errorf("mendable %v: %v", p.Mendable, p)
		}
	}
	if err := patch(r.b, rep.Patches); err != nil || len(rep.Patches) != 1 {
		t.Fatalf("%d patches, %v", len(rep.Patches), err)
	}
	marked := func(lcn int64) bool { return r.bitmap()[lcn/8]>>(lcn%8)&1 != 0 }
	if !marked(lost) || !marked(used) {
		t.Errorf("marked: lost %v, used %v", marked(lost), marked(used))
	}
}
