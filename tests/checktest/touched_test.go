package checktest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
	"github.com/bootmend/bootmend/tests/volume"
)

// TestTouchedByNTFS3G: what another driver changes soundly gives no alarm, and
// little of it is looked at.
func TestTouchedByNTFS3G(t *testing.T) {
	const seed = 3
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	path := volume.NTFS(t, 32<<20, cluster, 512)
	volume.Fill(t, path, func(dir string) { fill(t, dir) })
	for round := range 6 {
		before := read(t, path)
		volume.Fill(t, path, func(dir string) { disturb(t, dir, round, rng) })
		after := read(t, path)
		ranges := changed(before, after)
		began := time.Now()
		rep, err := check.Touched(&raw{t, before}, &raw{t, after}, ranges)
		took := time.Since(began)
		if err != nil {
			t.Fatal(err)
		}
		complain(t, rep)
		whole, err := check.Volume(&raw{t, after})
		if err != nil {
			t.Fatal(err)
		}
		complain(t, whole)
		t.Logf("round %d: %d ranges, %d of %d index entries looked at in %v", round, len(ranges), rep.Entries, whole.Entries, took.Round(time.Microsecond))
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// disturb does another kind of things in every round.
func disturb(t *testing.T, dir string, round int, rng *rand.Rand) {
	t.Helper()
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	names, err := filepath.Glob(filepath.Join(dir, "many/*"))
	check(err)
	slices.Sort(names)
	switch round {
	case 0: // one small file
		check(os.WriteFile(filepath.Join(dir, "few/new"), []byte("x"), 0o666))
	case 1: // a directory grows by some levels
		check(os.Mkdir(filepath.Join(dir, "grown"), 0o777))
		for i := range 500 {
			check(os.WriteFile(filepath.Join(dir, "grown", fmt.Sprintf("%d of them", rng.IntN(1<<30))), make([]byte, i*10), 0o666))
		}
	case 2: // and another one shrinks
		for _, n := range names[:len(names)/2] {
			check(os.Remove(n))
		}
	case 3: // renames over directories, truncation, growth
		for i, n := range names[len(names)/2:][:100] {
			check(os.Rename(n, filepath.Join(dir, "sub/deep", fmt.Sprint("renamed ", i))))
		}
		check(os.Truncate(filepath.Join(dir, "few/large 1"), 10))
		check(os.Truncate(filepath.Join(dir, "few/large 2"), 1<<20))
		check(os.Rename(filepath.Join(dir, "grown"), filepath.Join(dir, "sub/grown")))
	case 4: // the file with an attribute list loses most of it
		check(os.Truncate(filepath.Join(dir, "sub/sparse"), 3<<20))
	case 5:
		check(os.RemoveAll(filepath.Join(dir, "sub")))
	}
}

// FuzzPatched: a volume with any bytes changed is judged without a panic, and
// in bounded time.
func FuzzPatched(f *testing.F) {
	path := volume.NTFS(f, 2<<20, 512, 512)
	clean, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	mft := uint32(le.Uint64(clean[0x30:]) * 512)
	f.Add(uint32(0), []byte{0xeb}, mft, []byte("FILE"))
	f.Add(uint32(0xb), []byte{0, 2, 1}, mft+0x30, []byte{0x10, 0, 0, 0, 0x60})
	f.Add(mft+5*1024+0x100, []byte{1, 2, 3}, mft+1024, []byte("BAAD"))
	f.Fuzz(func(t *testing.T, at uint32, patch []byte, at2 uint32, patch2 []byte) {
		b := slices.Clone(clean)
		copy(b[int(at)%len(b):], patch)
		copy(b[int(at2)%len(b):], patch2)
		rep, err := check.Volume(&patched{b})
		if err != nil {
			t.Logf("%v", err)
		}
		if len(rep.Problems) > 1000 {
			t.Errorf("%d problems kept", len(rep.Problems))
		}
		if _, err := check.Touched(&patched{clean}, &patched{b}, changed(clean, b)); err != nil {
			t.Logf("%v", err)
		}
		about := scope.Scope{Changes: []scope.Change{{Path: `\$Extend\$ObjId`, To: `\x`}, {Path: `\y`, Content: true}}}
		if _, err := check.Within(&patched{clean}, &patched{b}, changed(clean, b), about); err != nil {
			t.Logf("%v", err)
		}
		if _, err := check.Within(&patched{b}, &patched{clean}, changed(clean, b), about); err != nil {
			t.Logf("%v", err)
		}
		mendsOnly(t, b, rep)
	})
}

// mendsOnly carries out what Mend says: the check of the whole volume, whose
// report before is given, must not find more afterwards.
func mendsOnly(t *testing.T, b []byte, before *check.Report) {
	paths := []string{`\$Extend\$ObjId`, `\x`}
	if _, err := check.Quick(&patched{b}, paths); err != nil {
		t.Logf("%v", err)
	}
	patches, err := check.Mend(&patched{b}, paths)
	if err != nil {
		t.Logf("%v", err)
		return
	}
	if err := patch(b, patches); err != nil {
		t.Fatal(err)
	}
	after, err := check.Volume(&patched{b})
	if err != nil {
		t.Logf("%v", err)
		return
	}
	if len(after.Problems) > len(before.Problems) {
		t.Errorf("%d problems before, after mending %d: %v", len(before.Problems), len(after.Problems), after.Problems)
	}
}

// patched is a volume in memory that can be read beyond its end as a disk can:
// with an error.
type patched struct{ b []byte }

func (p *patched) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 || off > int64(len(p.b)) {
		return 0, fmt.Errorf("read at %#x", off)
	}
	n := copy(b, p.b[off:])
	if n < len(b) {
		return n, fmt.Errorf("read at %#x", off)
	}
	return n, nil
}
func (p *patched) WriteAt([]byte, int64) (int, error) { return 0, os.ErrPermission }
func (p *patched) Size() int64                        { return int64(len(p.b)) }
func (p *patched) SectorSize() int                    { return 512 }
func (p *patched) Flush() error                       { return nil }
