package crash

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
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
// sector and MBR of one disk.
type bigRepair struct {
	g             *guests.Guest
	before, after []byte
	copies        [2]int64
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
	o := overlay.New(blocktest.NewMem(r.before, 512))
	r.rehearse(t, o)
	r.after = make([]byte, len(r.before))
	if _, err := o.ReadAt(r.after, 0); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	facts := journal.TableFacts{GPT: g.GPT, EntriesEnd: 34 * 512, FirstUsable: 34 * 512, FirstPartition: g.Parts[0].Start}
	if r.copies, err = journal.FindRecordSpace(blocktest.NewMem(r.before, 512), facts); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *bigRepair) volume(t *testing.T, dev block.Device) *ntfs.Volume {
	t.Helper()
	s, err := block.NewSection(dev, block.Range{Off: r.g.Parts[0].Start, Len: r.g.Parts[0].Size})
	if err != nil {
		t.Fatal(err)
	}
	v, err := ntfs.Open(s)
	if err != nil {
		t.Fatal(err)
	}
	v.SetClock(func() time.Time { return time.Unix(1763762400, 0) })
	return v
}

func (r *bigRepair) rehearse(t *testing.T, dev block.Device) {
	t.Helper()
	rnd := rand.New(rand.NewSource(1))
	noise := func(n int) []byte { p := make([]byte, n); rnd.Read(p); return p }
	v := r.volume(t, dev)
	hive, driver := noise(230<<10), noise(40<<10)
	for _, err := range []error{
		v.Resize(hivePath, int64(len(hive))),
		v.WriteFile(hivePath, bytes.NewReader(hive), int64(len(hive))),
		v.WriteFile(driverPath, bytes.NewReader(driver), int64(len(driver))),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, off := range []int64{0x20, r.g.Parts[0].Start + 0x100} { // code of MBR and VBR
		if _, err := dev.WriteAt(noise(16), off); err != nil {
			t.Fatal(err)
		}
	}
}

func (r *bigRepair) attach(dev journal.Target) []journal.Attached {
	return []journal.Attached{{Name: "disk", Dev: dev}}
}

func (r *bigRepair) home(t *testing.T) journal.Home {
	return journal.Home{Disk: 0, Copies: r.copies, Space: freeBoth{t, r}}
}

// freeBoth offers clusters that are free before and after the repair.
type freeBoth struct {
	t *testing.T
	r *bigRepair
}

func (s freeBoth) Reserve(n int64) (journal.Reservation, error) {
	base := s.r.g.Parts[0].Start
	ranges := func(all []ntfs.FreeExtent) (list []block.Range) {
		for _, e := range all {
			list = append(list, block.Range{Off: base + e.Range.Off, Len: e.Range.Len})
		}
		return list
	}
	usable := func(all []ntfs.FreeExtent) int64 { return journal.Usable(ranges(all)) }
	// In use is what is in use before or after. The bitmap of so small a volume
	// is one sector.
	either := bytes.Clone(s.r.after)
	v := s.r.volume(s.t, blocktest.NewMem(either, 512))
	all, err := v.FreeSpace(1, usable)
	if err != nil {
		return journal.Reservation{}, err
	}
	for at := base + all[0].Bitmap; at < base+all[0].Bitmap+512; at++ {
		either[at] |= s.r.before[at]
	}
	if all, err = v.FreeSpace(n, usable); err != nil {
		return journal.Reservation{}, fmt.Errorf("%w: %w", journal.ErrNoSpace, err)
	}
	res := journal.Reservation{Extents: ranges(all)}
	for _, e := range all {
		res.Marks = append(res.Marks, journal.Bits{Off: base + e.Bitmap, First: e.First, Count: e.Count})
	}
	return res, nil
}

func (r *bigRepair) transaction(t *testing.T, dev journal.Target) *journal.Transaction {
	t.Helper()
	base := r.g.Parts[0].Start
	o := overlay.New(blocktest.NewMem(r.before, 512))
	if _, err := o.WriteAt(r.after, 0); err != nil {
		t.Fatal(err)
	}
	changes, err := o.Changes()
	if err != nil {
		t.Fatal(err)
	}
	d := journal.Disk{Attached: r.attach(dev)[0], Identity: []block.Range{{Off: 0, Len: 0x1B8}, {Off: base, Len: 512}}}
	for _, c := range changes {
		class := journal.Metadata
		if c.Off < base+8<<10 {
			class = journal.Boot
		}
		d.Changes = append(d.Changes, journal.Change{Change: c, Class: class})
	}
	v := r.volume(t, dev)
	log, record, err := v.Witnesses()
	if err != nil {
		t.Fatal(err)
	}
	vol := journal.Volume{}
	for _, ranges := range [][]block.Range{log, record} {
		for i := range ranges {
			ranges[i].Off += base
		}
		vol.Witnesses = append(vol.Witnesses, journal.Witness{Ranges: ranges})
	}
	flags, err := v.DirtyFlags()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range flags {
		vol.Dirty = append(vol.Dirty, journal.Bits{Off: base + f, Count: 1})
	}
	d.Volumes = []journal.Volume{vol}
	return &journal.Transaction{ID: [16]byte{7}, Disks: []journal.Disk{d}}
}

// record commits on a recorded disk.
func (r *bigRepair) record(t *testing.T) *blocktest.Log {
	t.Helper()
	log := &blocktest.Log{}
	mem := blocktest.NewMem(bytes.Clone(r.before), 512)
	dev := log.Record(mem)
	res, err := journal.Commit(r.transaction(t, dev), r.home(t))
	if err != nil || res.Outcome != journal.After || !bytes.Equal(mem.Bytes(), r.after) {
		t.Fatalf("Commit = %+v, %v; as planned: %v", res, err, bytes.Equal(mem.Bytes(), r.after))
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
		prefixes, subsets = 1<<30, 60
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
	mem := blocktest.NewMem(disk, 512)
	res, err := journal.Recover(r.attach(mem), r.home(t))
	if err != nil && !errors.Is(err, journal.ErrNone) {
		t.Fatalf("Recover = %+v, %v", res, err)
	}
	if !bytes.Equal(disk, r.before) && !bytes.Equal(disk, r.after) {
		t.Fatalf("after recovery (%+v, %v) the disk is neither as before nor as after", res, err)
	}
}
