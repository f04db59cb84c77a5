package crash

import (
	"errors"
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/bootmend/bootmend/tests/guests"
)

// dying is an image as a disk with bad sectors. What is written stays in
// memory, so that thousands of disks can be had of one image.
type dying struct {
	*blocktest.Bad
	path    string
	written *overlay.Overlay
	mu      sync.Mutex
	touched map[int64]bool // sectors that were read
	targets []block.Range  // what was written, in order
}

func newDying(t *testing.T, image string) *dying {
	t.Helper()
	f, err := block.OpenReadOnly(image)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	d := &dying{path: image, written: overlay.New(f), touched: map[int64]bool{}}
	d.Bad = blocktest.NewBad(d.written)
	return d
}

const sector = 512

func (d *dying) ReadAt(p []byte, off int64) (int, error) {
	d.mu.Lock()
	for s := off / sector; s*sector < off+int64(len(p)); s++ {
		d.touched[s] = true
	}
	d.mu.Unlock()
	return d.Bad.ReadAt(p, off)
}

func (d *dying) WriteAt(p []byte, off int64) (int, error) {
	d.targets = append(d.targets, block.Range{Off: off, Len: int64(len(p))})
	return d.Bad.WriteAt(p, off)
}

func (d *dying) Close() error { return nil }

func (d *dying) open(string) (repair.Target, error) { return d, nil }

// read are the sectors that were read, in order.
func (d *dying) read() []int64 { return slices.Sorted(maps.Keys(d.touched)) }

func at(s int64) []block.Range { return []block.Range{{Off: s * sector, Len: sector}} }

// state is what differs from the image, by sector.
func (d *dying) state(t *testing.T) map[int64]string {
	t.Helper()
	changes, err := d.written.Changes()
	if err != nil {
		t.Fatal(err)
	}
	all := map[int64]string{}
	for _, c := range changes {
		for i := 0; i < len(c.After); i += sector {
			all[(c.Off+int64(i))/sector] = string(c.After[i : i+sector])
		}
	}
	return all
}

func (d *dying) examine(t *testing.T, command, profile string, homes repair.Homes) *report.Run {
	t.Helper()
	m, err := machine.Profile(profile)
	if err != nil {
		t.Fatal(err)
	}
	opt := options(homes)
	if !homes.OnDisk {
		opt.Stamp = repair.Stamp{} // a bundle beside the image is there once
	}
	r, err := report.Examine(t.Context(), command, m, []inspect.Source{{Path: d.path, Dev: d}}, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// says collects what a person is told.
func says(r *report.Run, err error) string {
	var b strings.Builder
	for _, e := range []error{r.Err, err} {
		if e != nil {
			fmt.Fprintln(&b, e)
		}
	}
	for _, f := range r.Findings {
		fmt.Fprintln(&b, f.ID, f.Result, f.Summary, f.Advice, f.Evidence)
	}
	for _, d := range r.Patient.Disks {
		for _, v := range d.Volumes {
			fmt.Fprintln(&b, v.Err, v.StateErr, v.Damage)
		}
	}
	for _, stages := range r.Chains {
		fmt.Fprintln(&b, stages)
	}
	return b.String()
}

func keys(r *report.Run) []string {
	all := []string{fmt.Sprint(len(r.Patient.Windows), " Windows")}
	for _, f := range r.Findings {
		all = append(all, f.Key())
	}
	slices.Sort(all)
	return all
}

// sample takes n of the sectors, ten times as many in a campaign.
func sample(rnd *rand.Rand, sectors []int64, n int) []int64 {
	if campaign() {
		n *= 10
	}
	if n >= len(sectors) {
		return sectors
	}
	all := make([]int64, n)
	for i, k := range rnd.Perm(len(sectors))[:n] {
		all[i] = sectors[k]
	}
	slices.Sort(all)
	return all
}

// more reports whether all of want was found and something else.
func more(want, got []string) bool {
	for _, key := range want {
		if !slices.Contains(got, key) {
			return false
		}
	}
	return len(got) > len(want)
}

const ioError = "input/output error"

var dyingGuests = []struct{ guest, machine string }{{"win7-x64", "qemu-q35"}, {"win10-x64", "qemu-q35"}, {"winxp-x86", "qemu-pc"}}

// TestScanReadsAround: with any one sector bad a scan ends, writes nothing, and
// either finds what it finds on the healthy disk or says what could not be read.
func TestScanReadsAround(t *testing.T) {
	const seed = 20261129
	same, told := 0, 0
	for _, tt := range dyingGuests {
		t.Run(tt.guest, func(t *testing.T) {
			rnd := rand.New(rand.NewSource(seed))
			image := guests.MustLoad(t, tt.guest).Build(t)
			healthy := newDying(t, image)
			want := keys(healthy.examine(t, "scan", tt.machine, repair.Homes{OnDisk: true}))
			for _, s := range sample(rnd, healthy.read(), 60) {
				d := newDying(t, image)
				d.Unreadable = at(s)
				r := d.examine(t, "scan", tt.machine, repair.Homes{OnDisk: true})
				if len(d.targets) > 0 {
					t.Fatalf("sector %d: a scan wrote", s)
				}
				switch text := says(r, nil); {
				case slices.Equal(keys(r), want):
					same++
				case strings.Contains(text, ioError), more(want, keys(r)):
					told++
				default:
					t.Errorf("sector %d: found %q instead of %q, and no word of a bad sector:\n%.2000s", s, keys(r), want, text)
				}
			}
		})
	}
	t.Logf("seed %d: %d bad sectors changed nothing, %d were reported", seed, same, told)
	if same == 0 || told == 0 {
		t.Error("never one of the two")
	}
}

// TestOneDyingDiskOfTwo: what is found on a disk does not depend on another
// that gives nothing but errors. A journal on that one cannot be excluded, so
// nothing is repaired while it is there.
func TestOneDyingDiskOfTwo(t *testing.T) {
	image := guests.MustLoad(t, "win7-x64").Build(t)
	good, bad := newDying(t, image), newDying(t, guests.MustLoad(t, "winxp-x86").Build(t))
	alone := keys(good.examine(t, "scan", "qemu-q35", repair.Homes{OnDisk: true}))
	bad.Unreadable = []block.Range{{Len: bad.Size()}}
	m, err := machine.Profile("qemu-q35")
	if err != nil {
		t.Fatal(err)
	}
	r, err := report.Examine(t.Context(), "plan", m, []inspect.Source{{Path: bad.path, Dev: bad}, {Path: image, Dev: good}}, repair.Options{})
	if err != nil || r.Err != nil {
		t.Fatal(err, r)
	}
	for _, key := range alone {
		if !slices.Contains(keys(r), key) {
			t.Errorf("%s is not found beside a dying disk: %q", key, keys(r))
		}
	}
	if !strings.Contains(says(r, nil), ioError) || len(r.Plan.Fixes) != 0 || len(good.targets)+len(bad.targets) != 0 {
		t.Errorf("%d fixes; findings: %q", len(r.Plan.Fixes), keys(r))
	}
}

// TestBadSectorIsRefused: a repair that needs a bad sector is refused before
// anything is written, and says why; one that does not need it ends as on a
// healthy disk. The sector goes bad before the scan, or between plan and
// commit.
func TestBadSectorIsRefused(t *testing.T) {
	const seed = 20261130
	refused, repaired := 0, 0
	for _, tt := range dyingGuests {
		t.Run(tt.guest, func(t *testing.T) {
			rnd := rand.New(rand.NewSource(seed))
			image := guests.MustLoad(t, tt.guest).Build(t)
			healthy := newDying(t, image)
			plan := healthy.examine(t, "plan", tt.machine, repair.Homes{OnDisk: true}).Plan
			if _, err := plan.Commit(t.Context(), healthy.open); err != nil {
				t.Fatal(err)
			}
			after, needed := healthy.state(t), map[int64]bool{}
			for _, c := range plan.Disks[0].Changes {
				for off := c.Off; off < c.Range().End(); off += sector {
					needed[off/sector] = true
				}
			}
			for _, s := range append(sample(rnd, healthy.read(), 40), slices.Sorted(maps.Keys(needed))...) {
				for _, late := range []bool{false, true} {
					d := newDying(t, image)
					if !late {
						d.Unreadable = at(s)
					}
					r := d.examine(t, "plan", tt.machine, repair.Homes{OnDisk: true})
					d.Unreadable = at(s)
					err := r.Err
					if err == nil && !r.Plan.Empty() {
						_, err = r.Plan.Commit(t.Context(), d.open)
					}
					switch {
					case err == nil && r.Plan != nil && !r.Plan.Empty():
						repaired++
						if needed[s] {
							t.Errorf("sector %d, late %v: repaired, though it must be changed", s, late)
						}
						if !maps.Equal(d.state(t), after) {
							t.Errorf("sector %d, late %v: the disk is not as after a repair of a healthy one", s, late)
						}
					default:
						refused++
						// What nobody needs but the verdict at the end is met then.
						putBack := late && len(d.state(t)) == 0 && strings.Contains(fmt.Sprint(err), "put back")
						if len(d.targets) > 0 && !putBack {
							t.Errorf("sector %d, late %v: %d writes before %v", s, late, len(d.targets), err)
						}
						if late && errors.Is(err, repair.ErrChanged) {
							break // the scan was sound, it is no longer
						}
						if text := says(r, err); !strings.Contains(text, ioError) {
							t.Errorf("sector %d, late %v: refused without a word of it:\n%.1000s", s, late, text)
						}
					}
				}
			}
		})
	}
	t.Logf("seed %d: %d repairs refused, %d not concerned", seed, refused, repaired)
	if refused == 0 || repaired == 0 {
		t.Error("never one of the two")
	}
}

// TestWriteErrorInCommit: a write or a flush that fails, once or for good, at
// any place of the commit; outside a campaign at every third, other ones for
// each repair. The repair is taken back at once, or at the next start, never
// left half-way.
func TestWriteErrorInCommit(t *testing.T) {
	const seed = 20261202
	every, rnd, ends := 3, rand.New(rand.NewSource(seed)), map[string]int{}
	if campaign() {
		every = 1
	}
	for _, tt := range dyingGuests {
		for _, onDisk := range []bool{true, false} {
			t.Run(fmt.Sprint(tt.guest, " on disk ", onDisk), func(t *testing.T) {
				c := commit{image: guests.MustLoad(t, tt.guest).Build(t), machine: tt.machine, homes: repair.Homes{OnDisk: onDisk, StateDir: t.TempDir()}}
				healthy := newDying(t, c.image)
				if _, err := healthy.examine(t, "plan", c.machine, c.homes).Plan.Commit(t.Context(), healthy.open); err != nil {
					t.Fatal(err)
				}
				c.after = healthy.state(t)
				for n := 1 + rnd.Intn(every); n <= healthy.Writes; n += every {
					ends[c.fail(t, fmt.Sprint("write ", n), func(d *dying) { d.FailWrite = n })]++
				}
				for n := 1 + rnd.Intn(every); n <= healthy.Flushes; n += every {
					ends[c.fail(t, fmt.Sprint("flush ", n), func(d *dying) { d.FailFlush = n })]++
				}
				var last []int64 // sectors of the writes
				for _, r := range healthy.targets {
					if s := r.End()/sector - 1; !slices.Contains(last, s) {
						last = append(last, s)
					}
				}
				for i := rnd.Intn(every); i < len(last); i += every {
					ends[c.fail(t, fmt.Sprint("bad sector ", last[i]), func(d *dying) { d.Unwritable = at(last[i]) })]++
				}
			})
		}
	}
	t.Logf("seed %d: how it ended: %v", seed, ends)
	if ends["taken back"] == 0 || ends["completed at the next start"] == 0 {
		t.Error("never one of the two")
	}
}

// commit is a repair that is tried many times.
type commit struct {
	image, machine string
	homes          repair.Homes
	after          map[int64]string
}

func (c commit) fail(t *testing.T, what string, fault func(d *dying)) string {
	t.Helper()
	d := newDying(t, c.image)
	plan := d.examine(t, "plan", c.machine, c.homes).Plan
	fault(d)
	_, err := plan.Commit(t.Context(), d.open)
	if d.WriteErrors+d.FlushErrors == 0 {
		t.Errorf("%s: the fault was not met: %v", what, err)
	}
	open, end := errors.Is(err, journal.ErrOpen), ""
	if open {
		// While the fault lasts it may stay open, but it must not get worse.
		if _, err := repair.Recover(nil, []string{c.image}, d.open, c.homes.StateDir); errors.Is(err, journal.ErrOvertaken) {
			t.Errorf("%s: our own error was taken for a foreign writer: %v", what, err)
		}
	}
	d.Unwritable, d.FailWrite, d.FailFlush = nil, 0, 0
	before := c.end(t, d)
	if _, rerr := repair.Recover(nil, []string{c.image}, d.open, c.homes.StateDir); rerr != nil {
		t.Errorf("%s (%v): recovery on the healed disk: %v", what, err, rerr)
	}
	switch end = c.end(t, d); {
	case end == "":
		t.Errorf("%s (%v): after recovery the disk is neither as before nor as after: sectors %v", what, err, slices.Sorted(maps.Keys(d.state(t))))
	case err == nil && (before != "after" || end != "after"):
		t.Errorf("%s: no error, but the disk is %q, and %q after recovery", what, before, end)
	case !open && err != nil && before != "before":
		t.Errorf("%s (%v): no journal is open and the disk is %q", what, err, before)
	case err == nil:
		return "repaired all the same" // it was met in the closing of the journal
	case !open:
		return "taken back"
	case end == "after":
		return "completed at the next start"
	}
	return "taken back at the next start"
}

// end says what the disk is like: "before", "after" or "".
func (c commit) end(t *testing.T, d *dying) string {
	t.Helper()
	switch now := d.state(t); {
	case len(now) == 0:
		return "before"
	case maps.Equal(now, c.after):
		return "after"
	}
	return ""
}
