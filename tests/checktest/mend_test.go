package checktest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// wantedPaths are those that the quick check of these tests follows.
var wantedPaths = []string{`\few\large 3`, `\sub\SPARSE`, `\many\file 1919 with a name of some length 1`, `\sub\streams`}

// mendable damages; each is planted in a sound volume, which must come out as
// it was, byte for byte. kind is what Quick must call it. ntfsresize: that
// tool, whose judgement is not ours, sees it, too.
var mendable = []struct {
	name       string
	kind       check.Kind
	ntfsresize bool
	do         func(r *raw)
}{
	{"boot sector zeroed", check.BootSector, true, func(r *raw) { clear(r.b[:512]) }},
	{"boot sector: no bytes per sector", check.BootSector, true, func(r *raw) { r.b[0xb], r.b[0xc] = 0, 0 }},
	{"boot sector: $MFT elsewhere", check.BootSector, true, func(r *raw) { r.b[0x31] ^= 1; r.b[0x39] ^= 1 }},
	{"boot sector: twice the sectors", check.BootSector, true, func(r *raw) { le.PutUint64(r.b[0x28:], 2*le.Uint64(r.b[0x28:])) }},
	{"boot sector: no signature", check.BootSector, false, func(r *raw) { r.b[510] = 0 }},
	{"copy of the boot sector zeroed", check.BackupBoot, false, func(r *raw) { clear(r.b[len(r.b)-512:]) }},
	{"copy of the boot sector: serial number", check.BackupBoot, false, func(r *raw) { r.b[len(r.b)-512+0x48] ^= 1 }},

	{"mirror of record 1", check.Mirror, true, func(r *raw) { r.b[r.mirror()+recordSize+0x80] ^= 1 }},
	{"mirror behind", check.Mirror, true, func(r *raw) {
		at := r.mirror() + 3*recordSize
		edited(r.b[at:at+recordSize], func(b []byte) { b[0x10]++ })
	}},
	{"record 0 zeroed", check.Record, true, func(r *raw) { clear(r.b[r.recordAt(0):][:recordSize]) }},
	{"record 3 torn", check.Record, true, func(r *raw) { r.b[r.recordAt(3)+510] ^= 1 }},

	{"clusters of a file free", check.ClusterFree, true, func(r *raw) {
		for i := range int64(9) {
			flip(r.bitmap(), r.cluster("large 3")+i)
		}
	}},
	{"the first 64 clusters free", check.ClusterFree, true, func(r *raw) { clear(r.bitmap()[:2]) }},
	{"record of a file free", check.MFTBitmap, false, func(r *raw) { flip(r.mftBitmap(), int64(r.named("large 3"))) }},
	{"record of a directory free", check.MFTBitmap, false, func(r *raw) { flip(r.mftBitmap(), int64(r.named("few"))) }},
	{"extension record free", check.MFTBitmap, false, func(r *raw) { flip(r.mftBitmap(), int64(r.extension())) }},

	{"attribute list: name offset without a name", check.AttributeList, false, func(r *raw) { r.listEntry(func(e []byte) { e[7] = 0x1c }) }},
	{"attribute list: all name offsets", check.AttributeList, true, func(r *raw) {
		r.listOf("streams", func(v []byte) {
			for e := v; len(e) > 0x1a && le.Uint16(e[4:]) > 0; e = e[le.Uint16(e[4:]):] {
				e[7] = 0x1c
			}
		})
	}},
	{"attribute list: names at another offset", check.AttributeList, false, func(r *raw) {
		moved := 0
		r.listOf("streams", func(v []byte) {
			for e := v; len(e) > 0x1a && le.Uint16(e[4:]) > 0; e = e[le.Uint16(e[4:]):] {
				n, size := 2*int(e[6]), int(le.Uint16(e[4:]))
				if n > 0 && 0x1c+n <= size {
					copy(e[0x1c:], slices.Clone(e[0x1a:0x1a+n]))
					e[0x1a], e[0x1b], e[7] = 0, 0, 0x1c
					moved++
				}
			}
		})
		if moved == 0 {
			r.t.Fatal("no entry with room for it")
		}
	}},

	{"leaf out of order", check.IndexOrder, false, func(r *raw) {
		r.leaf(r.named("many"), func(b []byte, e []int) { swapEntries(b, e, 2) })
	}},
	{"leaf backwards", check.IndexOrder, false, func(r *raw) {
		r.leaf(r.named("many"), func(b []byte, e []int) {
			end := e[len(e)-1] + int(le.Uint16(b[e[len(e)-1]+8:]))
			old := slices.Clone(b[:end])
			at := e[0]
			for i := len(e) - 1; i >= 0; i-- {
				n := int(le.Uint16(old[e[i]+8:]))
				at += copy(b[at:], old[e[i]:e[i]+n])
			}
		})
	}},
	{"index block free", check.IndexBitmap, false, func(r *raw) {
		n := r.rootBlock()
		r.value(r.named("many"), 0xb0, func(v []byte) { flip(v, n) })
	}},
}

// swapEntries exchanges entry i of a leaf with the next.
func swapEntries(b []byte, e []int, i int) {
	x, y := slices.Clone(b[e[i]:e[i+1]]), slices.Clone(b[e[i+1]:e[i+2]])
	copy(b[e[i]:], append(y, x...))
}

// rootBlock is the number of the block below the first entry of the root of
// "many", which is on the way to all small names.
func (r *raw) rootBlock() (n int64) {
	r.value(r.named("many"), 0x90, func(v []byte) {
		e := v[0x10+le.Uint32(v[0x10:]):]
		n = int64(le.Uint64(e[le.Uint16(e[8:])-8:]))
	})
	return n
}

// listOf edits the attribute list of a file.
func (r *raw) listOf(name string, edit func(v []byte)) {
	at := r.recordAt(r.named(name))
	if b := r.b[at : at+recordSize]; b[attr(b, 0x20, 0)+8] != 0 {
		edit(r.b[r.runs(at, 0x20)[0].lcn*cluster:])
		return
	}
	edited(r.b[at:at+recordSize], func(b []byte) {
		a := b[attr(b, 0x20, 0):]
		v := le.Uint16(a[0x14:])
		edit(a[v : int(v)+int(le.Uint32(a[0x10:]))])
	})
}

// mendSample is sample with a file whose named streams need an attribute list,
// and with its leaf on a known path.
func mendSample(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ntfs.img")
	if err := os.WriteFile(path, sample(t), 0o666); err != nil {
		t.Fatal(err)
	}
	volume.Fill(t, path, func(dir string) {
		f := filepath.Join(dir, "sub/streams")
		for i := range 30 {
			name := fmt.Sprintf("%s:%s%d", f, "stream name"[:1+i%11], i)
			if err := os.WriteFile(name, bytes.Repeat([]byte{byte(i)}, 60), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	})
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// leafPath is a path through the leaf that the damages above change.
func (r *raw) leafPath() (path string) {
	(&raw{r.t, slices.Clone(r.b)}).leaf(r.named("many"), func(b []byte, e []int) {
		k := b[e[4]+0x10:]
		var u []byte
		for i := range int(k[0x40]) {
			u = append(u, k[0x42+2*i])
		}
		path = `\many\` + string(u)
	})
	return path
}

func patch(b []byte, patches []check.Patch) error {
	end := int64(0)
	for _, p := range patches {
		if p.Off < end || !bytes.Equal(b[p.Off:p.Off+int64(len(p.Before))], p.Before) || bytes.Equal(p.Before, p.After) {
			return fmt.Errorf("%s at %#x: not what is there, or behind %#x", p.Kind, p.Off, end)
		}
		end = p.Off + int64(copy(b[p.Off:], p.After))
	}
	return nil
}

// judge lets ntfsresize say whether a volume is sound.
func judge(t *testing.T, b []byte) error {
	t.Helper()
	tool.Need(t, "ntfsresize")
	path := filepath.Join(t.TempDir(), "judged.img")
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := tool.Run("ntfsresize", "-i", "-f", "-P", path)
	return err
}

// TestMend plants each damage, and all of them together, and wants the volume
// back as it was.
func TestMend(t *testing.T) {
	clean := mendSample(t)
	if err := judge(t, clean); err != nil {
		t.Fatal(err)
	}
	paths := append(slices.Clone(wantedPaths), (&raw{t, clean}).leafPath())
	counter := &counting{raw: raw{t, clean}}
	rep, err := check.Quick(counter, paths)
	if err != nil || len(rep.Problems)+len(rep.Patches)+len(rep.Missing) > 0 {
		t.Fatalf("a sound volume: %v, missing %v, %v", rep.Problems, rep.Missing, err)
	}
	t.Logf("the quick check of %d paths makes %d reads of %d KiB", len(paths), counter.calls, counter.bytes>>10)
	if counter.calls > 120 {
		t.Error("these are more than 120 reads")
	}
	if p, err := check.Mend(&raw{t, clean}, paths); err != nil || len(p) > 0 {
		t.Fatalf("a sound volume: %d patches, %v", len(p), err)
	}
	for _, d := range mendable {
		t.Run(d.name, func(t *testing.T) {
			r := &raw{t, slices.Clone(clean)}
			d.do(r)
			if err := judge(t, r.b); d.ntfsresize != (err != nil) {
				t.Errorf("ntfsresize says %v", err)
			}
			rep, err := check.Quick(r, paths)
			if err != nil || !slices.ContainsFunc(rep.Problems, func(p check.Problem) bool { return p.Kind == d.kind && p.Mendable }) {
				t.Errorf("no mendable %s in %v, %v", d.kind, rep.Problems, err)
			}
			mend(t, r, clean, paths)
		})
	}
	t.Run("many at once", func(t *testing.T) {
		r := &raw{t, slices.Clone(clean)}
		for _, i := range []int{20, 18, 17, 15, 13, 11, 10, 7, 0} {
			mendable[i].do(r)
		}
		mend(t, r, clean, paths)
	})
}

// mend carries out what Mend says.
func mend(t *testing.T, r *raw, clean []byte, paths []string) {
	t.Helper()
	patches, err := check.Mend(r, paths)
	if err != nil {
		t.Fatal(err)
	}
	if err := patch(r.b, patches); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(r.b, clean) {
		return
	}
	for _, x := range changed(clean, r.b) {
		i := int(x.Off)
		for clean[i] == r.b[i] {
			i++
		}
		t.Errorf("%v is not as it was: %#02x at %#x, it was %#02x", x, r.b[i], i, clean[i])
	}
}
