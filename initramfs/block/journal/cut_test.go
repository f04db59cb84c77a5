package journal_test

import (
	"errors"
	"math/rand"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/block/journal"
)

// record carries out the transaction on recorded disks.
func (p *patient) record(t *testing.T) *blocktest.Log {
	t.Helper()
	log := &blocktest.Log{}
	var devs []*blocktest.Recorded
	mems := p.mems(clones(p.before))
	for _, m := range mems {
		devs = append(devs, log.Record(m))
	}
	ts := targets(devs)
	res, err := journal.Commit(p.transaction(t, ts), p.where(ts))
	if err != nil || res.Outcome != journal.After || res.Leaked {
		t.Fatalf("Commit = %+v, %v", res, err)
	}
	if d := p.differs(mems, p.after); d != "" {
		t.Fatalf("after an uncut commit: %s", d)
	}
	if bad := log.Unaligned(); len(bad) > 0 {
		t.Fatalf("%d writes of parts of sectors, the first at %#x", len(bad), bad[0].Off)
	}
	p.noRecord(t, mems)
	return log
}

func (p *patient) homeOf(mems []*blocktest.Mem) *blocktest.Mem {
	if p.home == journal.OnFile {
		return mems[2]
	}
	return mems[p.home]
}

func (p *patient) noRecord(t *testing.T, mems []*blocktest.Mem) {
	t.Helper()
	if _, err := journal.Locate(p.homeOf(mems)); !errors.Is(err, journal.ErrNone) {
		t.Fatalf("a record is left: %v", err)
	}
	if p.loose {
		return
	}
	for _, c := range p.copies {
		for i, b := range p.homeOf(mems).Bytes()[c : c+journal.BlockSize] {
			if b != 0 {
				t.Fatalf("block of the record at %#x is not wiped: byte %d is %#x", c, i, b)
			}
		}
	}
}

// recover finishes what a cut left and checks the result.
func (p *patient) recover(t *testing.T, content [][]byte) (journal.Outcome, []*blocktest.Mem) {
	t.Helper()
	mems := p.mems(content)
	ts := targets(mems)
	res, err := journal.Recover(p.attach(ts), p.where(ts))
	if err != nil && !errors.Is(err, journal.ErrNone) {
		t.Fatalf("Recover = %+v, %v", res, err)
	}
	got, why := p.outcome(mems)
	if why != "" {
		t.Fatalf("after recovery (%v, %v): %s", res.Outcome, err, why)
	}
	if err == nil && (res.Outcome != got || res.Leaked) {
		t.Fatalf("Recover = %+v, but the disks are as %v", res, got)
	}
	p.noRecord(t, mems)
	return got, mems
}

// TestEveryPrefix cuts the power before every sector of every write: first all
// before, then all after, nothing else, and never back.
func TestEveryPrefix(t *testing.T) {
	total := 0
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			p := newPatient(t, v)
			log := p.record(t)
			cuts, turned := 0, 0
			step := func(content [][]byte) {
				switch got, _ := p.recover(t, content); {
				case got == journal.After && turned == 0:
					turned = cuts
				case got == journal.Before && turned > 0:
					t.Fatalf("cut %d: as before, but cut %d gave all of it", cuts, turned)
				}
				cuts++
			}
			for n, e := range log.Events() {
				if e.IsFlush() {
					continue
				}
				c := log.Cut(n + 1)
				own := len(log.Sectors(e))
				// The last sectors of the write, one after the other, reach the
				// disk; what came before them in the epoch did, too.
				for k := range own {
					step(c.After(func(i int) bool { return i <= len(c.Pending)-own+k }))
				}
			}
			if turned == 0 || turned == cuts-1 {
				t.Errorf("the outcome turned at cut %d of %d", turned, cuts)
			}
			t.Logf("%d prefixes, the first with all of it is %d", cuts, turned)
			total += cuts
		})
	}
	t.Logf("%d cuts tried", total)
}

// epochs are the numbers of the events before which all that a subset can be
// taken of is pending: the last before a flush of a disk with pending writes.
func epochs(log *blocktest.Log) []int {
	var ends []int
	dirty := map[int]bool{}
	for n, e := range log.Events() {
		if !e.IsFlush() {
			dirty[e.Disk] = true
		} else if dirty[e.Disk] {
			ends = append(ends, n)
			dirty[e.Disk] = false
		}
	}
	return ends
}

// subset says yes with a probability of its own: sparse, dense and even ones.
func subset(rnd *rand.Rand) func(int) bool {
	share := []float64{0.02, 0.1, 0.5, 0.5, 0.9, 0.98}[rnd.Intn(6)]
	return func(int) bool { return rnd.Float64() < share }
}

// TestRandomSubsets cuts within every epoch, at its end and before, with random
// subsets of what was not flushed. In a part of the runs recovery is cut, too,
// and so is the recovery from that.
func TestRandomSubsets(t *testing.T) {
	const seed = 20261121
	perEpoch := 12
	if campaign() {
		perEpoch = 1000
	}
	total, second := 0, 0
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			rnd := rand.New(rand.NewSource(seed))
			p := newPatient(t, v)
			log := p.record(t)
			first, seen := 0, map[journal.Outcome]int{}
			for _, end := range epochs(log) {
				whole := log.Cut(end)
				for i := range perEpoch {
					cut := whole
					if i%3 == 2 { // in the middle of the epoch
						cut = log.Cut(first + rnd.Intn(end-first+1))
					}
					content := cut.After(subset(rnd))
					if i%6 == 0 {
						content = p.cutRecovery(t, rnd, content, 2)
						second++
					}
					got, _ := p.recover(t, content)
					seen[got]++
				}
				first = end
			}
			t.Logf("%d epochs, %d subsets: %d before, %d after", len(epochs(log)), seen[journal.Before]+seen[journal.After],
				seen[journal.Before], seen[journal.After])
			total += seen[journal.Before] + seen[journal.After]
		})
	}
	t.Logf("seed %d: %d cuts tried, %d of them with recovery cut twice", seed, total, second)
}

// cutRecovery recovers, cuts that as well, and again, depth times, and returns
// what is left.
func (p *patient) cutRecovery(t *testing.T, rnd *rand.Rand, content [][]byte, depth int) [][]byte {
	t.Helper()
	for range depth {
		log := &blocktest.Log{}
		var devs []*blocktest.Recorded
		for _, m := range p.mems(clones(content)) {
			devs = append(devs, log.Record(m))
		}
		ts := targets(devs)
		if _, err := journal.Recover(p.attach(ts), p.where(ts)); err != nil && !errors.Is(err, journal.ErrNone) {
			t.Fatalf("recovery that is cut later: %v", err)
		}
		content = log.Cut(rnd.Intn(len(log.Events()) + 1)).After(subset(rnd))
	}
	return content
}

// TestLivePowerCut is a second opinion on the same question: the disks lose
// power under a running commit, whose own attempts to put things right fail
// as well.
func TestLivePowerCut(t *testing.T) {
	const seed = 20261126
	total, step := 0, 7
	if campaign() {
		step = 1
	}
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			rnd := rand.New(rand.NewSource(seed))
			p := newPatient(t, v)
			for n := 0; ; n += step {
				supply := blocktest.NewSupply(n)
				var devs []*blocktest.Powered
				for _, m := range p.mems(clones(p.before)) {
					devs = append(devs, supply.Plug(m))
				}
				ts := targets(devs)
				res, err := journal.Commit(p.transaction(t, ts), p.where(ts))
				if !supply.Off() {
					if err != nil || res.Outcome != journal.After {
						t.Fatalf("with power to the end: %+v, %v", res, err)
					}
					break
				}
				if !errors.Is(err, journal.ErrOpen) || !errors.Is(err, blocktest.ErrPower) {
					t.Fatalf("power off after %d sectors: %+v, %v", n, res, err)
				}
				keep := subset(rnd)
				var content [][]byte
				for _, m := range supply.Restart(func() bool { return keep(0) }) {
					content = append(content, m.Bytes())
				}
				p.recover(t, content)
				total++
			}
		})
	}
	t.Logf("seed %d: %d cuts tried", seed, total)
}
