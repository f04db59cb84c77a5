package crash

import (
	"bytes"
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// The patients: small, so that thousands of copies can be made.
const (
	tinyMBR = `disk size=14M table=mbr signature=5ac9e1c1
partition 1 type=07 start=63 size=12M active fs=ntfs label=TINY
zero \Windows\System32\config\SYSTEM 200K
text \Windows\System32\drivers\readme.txt
| nothing
`
	tinyGPT = `disk size=14M table=gpt guid=6f1c2a10-93b4-4d07-8e55-c0de00000100
partition 1 type=ebd0a0a2-b9e5-4433-87c0-68b6b72699c7 guid=546a1f07-2d3c-4e8b-9a51-c0de00000103 name=Basic%20data%20partition start=2048 size=12M fs=ntfs label=TINY
zero \Windows\System32\config\SYSTEM 200K
text \Windows\System32\drivers\readme.txt
| nothing
`
)

const hivePath, driverPath = `\Windows\System32\config\SYSTEM`, `\Windows\System32\drivers\symmpi.sys`

// bigRepair is a repair that grows a hive, adds a driver, and changes boot
// sector and MBR of one disk, all by package repair, with its undo bundle on
// the volume.
type bigRepair struct {
	g             *guests.Guest
	before, after []byte
}

func newBigRepair(t *testing.T, name, text string) *bigRepair {
	t.Helper()
	g, err := guests.Parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	r := &bigRepair{g: g}
	if r.before, err = os.ReadFile(g.Build(t)); err != nil {
		t.Fatal(err)
	}
	mem := r.mem(bytes.Clone(r.before))
	if _, err := r.plan(t, mem).Commit(t.Context(), opens(mem)); err != nil {
		t.Fatal(err)
	}
	r.after = mem.Bytes()
	return r
}

func (r *bigRepair) mem(disk []byte) *blocktest.Mem { return blocktest.NewMem(disk, 512) }

// closable is a disk in memory as a repair opens it.
type closable struct{ journal.Target }

func (closable) Close() error { return nil }

// opens gives a disk instead of the one that the path names.
func opens(dev journal.Target) repair.OpenTarget {
	return func(string) (repair.Target, error) { return closable{dev}, nil }
}

// plan makes the same plan each time.
func (r *bigRepair) plan(t *testing.T, dev block.Device) *repair.Plan {
	t.Helper()
	p, err := inspect.Inspect(t.Context(), nil, []inspect.Source{{Path: "disk", Dev: dev}})
	if err != nil {
		t.Fatal(err)
	}
	findings, err := condition.Detect(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	v := p.Disks[0].Volumes[0]
	rnd := rand.New(rand.NewSource(1))
	noise := func(n int) []byte { p := make([]byte, n); rnd.Read(p); return p }
	content := func(n int) step.Content {
		c, err := step.NewContent(bytes.NewReader(noise(n)), int64(n))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	old, err := step.StateOf(v.FS, hivePath)
	if err != nil {
		t.Fatal(err)
	}
	steps := []step.Step{
		step.WriteFile{Volume: v, Path: hivePath, Old: &old, New: content(230 << 10)},
		step.WriteFile{Volume: v, Path: driverPath, New: content(40 << 10)},
		r.code(t, p.Disks[0], nil, 0x20, noise(16)),
	}
	start, end := r.g.Parts[0].Start, r.g.Parts[0].Start+r.g.Parts[0].Size
	vbr := noise(16)
	for _, at := range []int64{start, end - 512} { // NTFS keeps a copy in the last sector
		steps = append(steps, r.code(t, p.Disks[0], v, at+0x100, vbr))
	}
	plan, err := repair.NewActionPlan(t.Context(), p, findings, []repair.Action{{Title: "a big repair", Steps: steps}}, options(repair.Homes{OnDisk: true}))
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// code changes the code of MBR or VBR.
func (r *bigRepair) code(t *testing.T, d *inspect.Disk, v *inspect.Volume, off int64, code []byte) step.Step {
	t.Helper()
	old := make([]byte, len(code))
	if _, err := d.Dev.ReadAt(old, off); err != nil {
		t.Fatal(err)
	}
	return step.Patch{Disk: d, Volume: v, What: "boot code", Off: off, Old: old, New: code}
}

func (r *bigRepair) attach(dev journal.Target) []journal.Attached {
	return []journal.Attached{{Name: "disk", Dev: dev}}
}

// record commits on a recorded disk.
func (r *bigRepair) record(t *testing.T) *blocktest.Log {
	t.Helper()
	log := &blocktest.Log{}
	mem := r.mem(bytes.Clone(r.before))
	dev := log.Record(mem)
	done, err := r.plan(t, dev).Commit(t.Context(), opens(dev))
	if err != nil || done.Journal == "" || !bytes.Equal(mem.Bytes(), r.after) {
		t.Fatalf("Commit = %+v, %v; as planned: %v", done, err, bytes.Equal(mem.Bytes(), r.after))
	}
	return log
}

// clean asks ntfsresize about the volume on a disk.
func (r *bigRepair) clean(t *testing.T, disk []byte) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "volume")
	p := r.g.Parts[0]
	if err := os.WriteFile(path, disk[p.Start:p.Start+p.Size], 0o600); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(path)
	return oracle.NTFSStructure(path)
}

func patients(t *testing.T) []*bigRepair {
	return []*bigRepair{newBigRepair(t, "tiny-mbr", tinyMBR), newBigRepair(t, "tiny-gpt", tinyGPT)}
}

func campaign() bool { return os.Getenv("BOOTMEND_CAMPAIGN") == "1" }

// TestBigRepairCut: a grown hive, a new driver, a boot sector and the MBR on
// volumes made by mkntfs. Whatever a cut leaves, after recovery every byte of
// the disk is as before or as after, and ntfsresize finds both clean.
func TestBigRepairCut(t *testing.T) {
	const seed = 20261127
	prefixes, subsets := 40, 3
	if campaign() {
		prefixes, subsets = 1<<30, 1000
	}
	total := 0
	for _, r := range patients(t) {
		t.Run(r.g.Name, func(t *testing.T) {
			for what, disk := range map[string][]byte{"before": r.before, "after": r.after} {
				if err := r.clean(t, disk); err != nil {
					t.Fatalf("%s: %v", what, err)
				}
			}
			rnd := rand.New(rand.NewSource(seed))
			log := r.record(t)
			writes := 0
			for n, e := range log.Events() {
				if !e.IsFlush() {
					writes++
				}
				if e.IsFlush() {
					c := log.Cut(n)
					for i := 0; i < subsets && len(c.Pending) > 0; i++ {
						share := rnd.Float64()
						r.recover(t, c.After(func(int) bool { return rnd.Float64() < share })[0])
						total++
					}
					continue
				}
				c, own := log.Cut(n+1), len(log.Sectors(e))
				for k := range own { // every sector of the write in its turn
					if k < own-1 && !campaign() || rnd.Intn(len(log.Events())) >= prefixes {
						continue
					}
					r.recover(t, c.After(func(i int) bool { return i <= len(c.Pending)-own+k })[0])
					total++
				}
			}
			t.Logf("%d writes, %d events", writes, len(log.Events()))
		})
	}
	t.Logf("seed %d: %d cuts tried", seed, total)
}

func (r *bigRepair) recover(t *testing.T, disk []byte) {
	t.Helper()
	done, err := repair.Recover(nil, []string{"disk"}, opens(r.mem(disk)), "")
	if err != nil {
		t.Fatalf("Recover = %+v, %v", done, err)
	}
	if !bytes.Equal(disk, r.before) && !bytes.Equal(disk, r.after) {
		t.Fatalf("after recovery (%+v) the disk is neither as before nor as after", done)
	}
}
