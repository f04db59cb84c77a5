package engine

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
)

const seed = 20

// TestRandomDamage ruins sectors that hold something, anywhere on the disk, in
// a guest that could be repaired, and demands the minimum of every outcome: no
// crash, an exit code of the contract, no write without success, and no write
// that the JSON does not announce.
func TestRandomDamage(t *testing.T) {
	t.Parallel()
	trials := 60
	if os.Getenv("BOOTMEND_CAMPAIGN") == "1" {
		trials = 1000
	}
	t.Logf("seed %d, %d trials", seed, trials)
	g := guests.MustLoad(t, "win7-x86")
	healthy := g.Build(t)
	used := usedSectors(t, healthy)
	codes := map[int]int{}
	for i := range trials {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		image := t.TempDir() + "/image"
		if err := sparse.CopyFile(image, healthy); err != nil {
			t.Fatal(err)
		}
		ruin(t, image, used, r)
		if code, err := surviveRepair(t, image); err != nil {
			t.Errorf("trial %d: %v", i, err)
		} else {
			codes[code]++
		}
		os.Remove(image)
	}
	t.Logf("exit codes: %v", codes)
	if len(codes) < 2 {
		t.Errorf("all trials ended alike (%v): the damage is too weak or too strong", codes)
	}
}

// usedSectors lists the sectors of the image that hold something: not only
// zeros, nor only FF like the megabytes of an empty $LogFile.
func usedSectors(t *testing.T, image string) []int64 {
	t.Helper()
	empty := t.TempDir() + "/empty"
	st, err := os.Stat(image)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(empty, st.Size()); err != nil {
		t.Fatal(err)
	}
	used, err := sparse.Diff(empty, image, 1<<20)
	if err != nil || len(used) < 1000 {
		t.Fatalf("%d sectors in use, %v", len(used), err)
	}
	f, err := os.Open(image)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	blank := bytes.Repeat([]byte{0xFF}, 512)
	return slices.DeleteFunc(used, func(at int64) bool {
		p := make([]byte, 512)
		_, err := f.ReadAt(p, at)
		return err != nil || bytes.Equal(p, blank)
	})
}

// ruin changes one to eight places: single bits, or whole sectors of noise,
// zeros or the content of another sector.
func ruin(t *testing.T, image string, used []int64, r *rand.Rand) {
	t.Helper()
	f, err := os.OpenFile(image, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range 1 + r.IntN(8) {
		at, p := used[r.IntN(len(used))], make([]byte, 512)
		if _, err := f.ReadAt(p, at); err != nil {
			t.Fatal(err)
		}
		switch r.IntN(4) {
		case 0:
			p[r.IntN(512)] ^= 1 << r.IntN(8)
		case 1:
			for i := range p {
				p[i] = byte(r.Uint32())
			}
		case 2:
			clear(p)
		case 3:
			if _, err := f.ReadAt(p, used[r.IntN(len(used))]); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.WriteAt(p, at); err != nil {
			t.Fatal(err)
		}
	}
}

// surviveRepair runs repair on a disk in an unknown state.
func surviveRepair(t *testing.T, image string) (code int, err error) {
	t.Helper()
	before := image + "-before"
	defer os.Remove(before)
	if err := sparse.CopyFile(before, image); err != nil {
		return 0, err
	}
	r := bootmend(t, "repair", "--yes", "--json", "--machine", "qemu-q35", image)
	switch r.Code {
	case 0, 1, 10, 11, 12: // 10: more can be repaired now that it can be seen
	default:
		return r.Code, fmt.Errorf("exit %d: %v", r.Code, r)
	}
	d := decode(t, r)
	changed, err := sparse.Diff(before, image, 100_000)
	if err != nil || len(changed) == 0 {
		return r.Code, err
	}
	if d.Result == nil || !d.Result.Committed || d.Plan == nil {
		return r.Code, fmt.Errorf("%d sectors written without a commit: %v", len(changed), r)
	}
	for _, at := range changed {
		if !d.covers(at, 512) {
			return r.Code, fmt.Errorf("sector at %#x written, which the plan does not list", at)
		}
	}
	return r.Code, noWorse(t, before, image)
}

// noWorse: a volume that ntfsresize accepted before is still accepted.
func noWorse(t *testing.T, before, after string) error {
	t.Helper()
	p := guests.MustLoad(t, "win7-x86").Partition(1)
	judge := func(image string) error {
		volume := oracle.Volume(t, image, p)
		defer os.Remove(volume) // there are many of them
		return oracle.NTFSStructure(volume)
	}
	if judge(before) != nil {
		return nil
	}
	return judge(after)
}
