package crash

import (
	"bytes"
	"errors"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// TestForeignMount lets ntfs-3g write a file to the volume between cut and
// recovery. A clean log it leaves as it is, so there may be no witness, and what
// it writes need not meet a target. Then recovery may go on; but whatever it
// does, the new file stays, the volume is sound, and files hold one thing or
// the other. When the journal is overtaken not a byte of the volume changes.
func TestForeignMount(t *testing.T) {
	const seed = 20261128
	runs := 12
	if campaign() {
		runs = 150
	}
	total, refused, seen := 0, 0, map[string]int{}
	for _, r := range patients(t) {
		t.Run(r.g.Name, func(t *testing.T) {
			rnd := rand.New(rand.NewSource(seed))
			log := r.record(t)
			for done := 0; done < runs; {
				share := []float64{0, 0.5, 1}[rnd.Intn(3)]
				disk := log.Cut(rnd.Intn(len(log.Events()))).After(func(int) bool { return rnd.Float64() < share })[0]
				if _, err := journal.Locate(blocktest.NewMem(disk, 512)); err != nil {
					continue // nothing is open
				}
				done++
				file := bytes.Repeat([]byte{byte(done), 0xF0}, []int{100, 5000, 30000}[rnd.Intn(3)])
				if !r.foreignFile(t, disk, file) {
					refused++
					continue
				}
				seen[r.afterForeigner(t, disk, file)]++
				total++
			}
		})
	}
	t.Logf("seed %d: %d cuts with ntfs-3g in between: %v; %d times it had no space or did not mount", seed, total, seen, refused)
	if seen["overtaken"] == 0 || seen["before"] == 0 || seen["after"] == 0 {
		t.Error("an outcome is missing")
	}
}

// foreignFile writes a file by ntfs-3g; false when it does not mount what the
// cut left.
func (r *bigRepair) foreignFile(t *testing.T, disk, file []byte) bool {
	t.Helper()
	p, dir := r.g.Parts[0], t.TempDir()
	volume, src := filepath.Join(dir, "volume"), filepath.Join(dir, "foreign.bin")
	for path, data := range map[string][]byte{volume: disk[p.Start : p.Start+p.Size], src: file} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	defer os.Remove(volume)
	if err := guests.WithNTFS(volume, `cp "$1" .`, src); err != nil {
		return false
	}
	used, err := os.ReadFile(volume)
	if err != nil {
		t.Fatal(err)
	}
	copy(disk[p.Start:], used)
	return true
}

// afterForeigner recovers and says how that ended.
func (r *bigRepair) afterForeigner(t *testing.T, disk, file []byte) string {
	t.Helper()
	p := r.g.Parts[0]
	used := bytes.Clone(disk)
	found := repair.FindJournals(r.attach(r.mem(disk)), "")
	if len(found) != 1 || found[0].Err != nil {
		t.Fatalf("%+v", found)
	}
	j := found[0].Journal
	res, err := j.Finish()
	if errors.Is(err, journal.ErrOvertaken) {
		if !bytes.Equal(disk, used) {
			t.Fatal("overtaken, and written to")
		}
		return "overtaken"
	} else if err != nil {
		t.Fatalf("%v: %+v, %v", j.Verdict, res, err)
	}
	volume := filepath.Join(t.TempDir(), "volume")
	if err := os.WriteFile(volume, disk[p.Start:p.Start+p.Size], 0o600); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(volume)
	// Leaked clusters are in use and belong to no file; never the other way round.
	if err := oracle.NTFSStructure(volume); err != nil && (!res.Leaked || strings.Contains(err.Error(), "missing cluster")) {
		t.Errorf("%v, %+v: %v", j.Verdict, res, err)
	}
	if got, err := oracle.NTFSFile(volume, `\foreign.bin`); err != nil || !bytes.Equal(got, file) {
		t.Errorf("%v, %+v: the foreign file is damaged: %v", j.Verdict, res, err)
	}
	r.hive(t, volume, res.Outcome)
	return res.Outcome.String()
}

// hive: the hive is all zero before and noise after.
func (r *bigRepair) hive(t *testing.T, volume string, outcome journal.Outcome) {
	t.Helper()
	got, err := oracle.NTFSFile(volume, hivePath)
	if err != nil {
		t.Error(err)
		return
	}
	old := bytes.Equal(got, make([]byte, 200<<10))
	if old != (outcome == journal.Before) || !old && len(got) != 230<<10 {
		t.Errorf("outcome %v, hive of %d bytes, the old one: %v", outcome, len(got), old)
	}
}
