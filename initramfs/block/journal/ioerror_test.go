package journal_test

import (
	"errors"
	"math/rand"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/block/journal"
)

// dying makes the disks ones that can fail.
func (p *patient) dying(content [][]byte) ([]*blocktest.Bad, []*blocktest.Mem) {
	mems := p.mems(content)
	var bad []*blocktest.Bad
	for _, m := range mems {
		bad = append(bad, blocktest.NewBad(m))
	}
	return bad, mems
}

// afterFailure checks what a commit that met an error says and leaves; while
// the fault lasts recovery may fail, but it must not make things worse, and
// once it is gone recovery ends as before or after.
func (p *patient) afterFailure(t *testing.T, res journal.Result, err error, bad []*blocktest.Bad, mems []*blocktest.Mem) journal.Outcome {
	t.Helper()
	ts := targets(bad)
	if !errors.Is(err, journal.ErrOpen) {
		got, why := p.outcome(mems)
		if why != "" || got != res.Outcome || err != nil && got != journal.Before {
			t.Fatalf("%+v, %v; disks are as %v; %s", res, err, got, why)
		}
		return got
	}
	again, err2 := journal.Recover(p.attach(ts), p.where(ts))
	if errors.Is(err2, journal.ErrOvertaken) {
		t.Fatalf("own error taken for a foreign writer: %v after %v", err2, err)
	}
	for _, b := range bad {
		b.Unwritable, b.FailWrite, b.FailFlush = nil, 0, 0
	}
	healed, err3 := journal.Recover(p.attach(ts), p.where(ts))
	if err3 != nil && !errors.Is(err3, journal.ErrNone) {
		t.Fatalf("first %v, second %+v %v, healed %+v %v", err, again, err2, healed, err3)
	}
	got, why := p.outcome(mems)
	if why != "" {
		t.Fatalf("first %+v %v, second %+v %v, healed %+v: %s", res, err, again, err2, healed, why)
	}
	p.noRecord(t, mems)
	return got
}

// TestWriteErrors fails every write and every flush once, then makes every
// sector that is ever written unwritable for good.
func TestWriteErrors(t *testing.T) {
	total, seen := 0, map[journal.Outcome]int{}
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			p := newPatient(t, v)
			log := p.record(t)
			try := func(disk int, fault func(b *blocktest.Bad)) {
				bad, mems := p.dying(clones(p.before))
				ts := targets(bad)
				tx := p.transaction(t, ts)
				fault(bad[disk])
				res, err := journal.Commit(tx, p.where(ts))
				if bad[disk].WriteErrors+bad[disk].FlushErrors == 0 {
					t.Fatalf("the fault was not met: %+v, %v", res, err)
				}
				seen[p.afterFailure(t, res, err, bad, mems)]++
				total++
			}
			count := map[[2]int]int{} // by disk, and write or flush
			type place struct {
				disk int
				off  int64
			}
			sectors := map[place]bool{}
			for _, e := range log.Events() {
				if e.IsFlush() {
					count[[2]int{e.Disk, 1}]++
					n := count[[2]int{e.Disk, 1}]
					try(e.Disk, func(b *blocktest.Bad) { b.FailFlush = n })
					continue
				}
				count[[2]int{e.Disk, 0}]++
				n := count[[2]int{e.Disk, 0}]
				try(e.Disk, func(b *blocktest.Bad) { b.FailWrite = n })
				s := log.Sectors(e)[len(log.Sectors(e))-1]
				if at := (place{s.Disk, s.Off}); !sectors[at] {
					sectors[at] = true
					p.loose = true // a bad sector in the record stays what it is
					try(s.Disk, func(b *blocktest.Bad) { b.Unwritable = []block.Range{{Off: s.Off, Len: int64(len(s.Data))}} })
					p.loose = false
				}
			}
		})
	}
	t.Logf("%d faults: %d ended as before, %d as after", total, seen[journal.Before], seen[journal.After])
	if seen[journal.Before] == 0 || seen[journal.After] == 0 {
		t.Error("too few of a kind")
	}
}

// TestCutWhileReverting cuts the power in the middle of putting back
// what was written before a sector refused; the sector stays bad until the
// first recovery is over.
func TestCutWhileReverting(t *testing.T) {
	const seed = 20261123
	runs := 60
	if campaign() {
		runs = 1500
	}
	total, seen := 0, map[journal.Outcome]int{}
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			rnd := rand.New(rand.NewSource(seed))
			p := newPatient(t, v)
			for _, at := range []block.Range{
				{Off: p.base[0], Len: 512}, {Off: p.base[0] + dataAt, Len: 512}, {Off: p.base[0] + recordsAt + 512, Len: 512},
			} {
				log := &blocktest.Log{}
				bad, _ := p.dying(clones(p.before))
				var devs []*blocktest.Recorded
				for _, b := range bad {
					devs = append(devs, log.Record(b))
				}
				bad[0].Unwritable = []block.Range{at}
				ts := targets(devs)
				res, err := journal.Commit(p.transaction(t, ts), p.where(ts))
				if !errors.Is(err, blocktest.ErrIO) || errors.Is(err, journal.ErrOpen) || res.Outcome != journal.Before {
					t.Fatalf("Commit with a bad sector at %v = %+v, %v", at, res, err)
				}
				for range runs {
					content := log.Cut(rnd.Intn(len(log.Events()) + 1)).After(subset(rnd))
					p.looksFree(t, content)
					bad, mems := p.dying(content)
					bad[0].Unwritable = []block.Range{at}
					ts := targets(bad)
					res, err := journal.Recover(p.attach(ts), p.where(ts))
					if errors.Is(err, journal.ErrNone) {
						res.Outcome, err = journal.Before, nil
					}
					if errors.Is(err, journal.ErrOvertaken) || errors.Is(err, journal.ErrDamaged) {
						t.Fatalf("bad sector at %v: %v", at, err)
					}
					seen[p.afterFailure(t, res, err, bad, mems)]++
					total++
				}
			}
		})
	}
	t.Logf("seed %d: %d cuts, %d ended as before, %d as after", seed, total, seen[journal.Before], seen[journal.After])
}

// TestUnreadableIsRefused: a repair that would need a bad sector is refused
// before anything is written.
func TestUnreadableIsRefused(t *testing.T) {
	tried := 0
	for _, v := range variants() {
		p := newPatient(t, v)
		for _, at := range []int64{0, bitmapAt, logAt + 4096, volumeAt + 512, recordsAt + 512, recordsAt + 1024, dataAt + 4000, (freeAt + 1) * cluster, streamAt} {
			if p.home != 0 && at == (freeAt+1)*cluster {
				continue
			}
			bad, mems := p.dying(clones(p.before))
			ts := targets(bad)
			tx := p.transaction(t, ts)
			ss := int64(p.sector)
			off := p.base[0] + at
			bad[0].Unreadable = []block.Range{{Off: off - off%ss, Len: ss}}
			res, err := journal.Commit(tx, p.where(ts))
			if !errors.Is(err, blocktest.ErrIO) || res.Outcome != journal.Before {
				t.Errorf("%s, sector at volume %+#x: %+v, %v", v.name, at, res, err)
			}
			for i, m := range mems {
				if m.Writes != 0 {
					t.Errorf("%s, sector at volume %+#x: disk %d was written %d times", v.name, at, i, m.Writes)
				}
			}
			tried++
		}
	}
	t.Logf("%d bad sectors tried", tried)
}

// TestTornTargetIsRewritten: sectors that a cut made unreadable are no foreign
// writer's work; the journal has them.
func TestTornTargetIsRewritten(t *testing.T) {
	p := newPatient(t, variants()[0])
	log := p.record(t)
	tried := 0
	for n := range log.Events() {
		bad, mems := p.dying(log.Cut(n).After(func(int) bool { return true }))
		ts := targets(bad)
		j, err := journal.Open(p.attach(ts), p.where(ts))
		if err != nil || j.Verdict != journal.Replay {
			continue
		}
		at := p.base[0] + recordsAt + 512
		bad[0].HealOnWrite = true
		bad[0].Unreadable = []block.Range{{Off: at, Len: 512}}
		for i := range mems[0].Bytes()[at : at+512] {
			mems[0].Bytes()[at+int64(i)] = 0xEE
		}
		res, err := journal.Recover(p.attach(ts), p.where(ts))
		if err != nil || res.Outcome != journal.After {
			t.Fatalf("event %d: %+v, %v", n, res, err)
		}
		if d := p.differs(mems, p.after); d != "" {
			t.Fatalf("event %d: %s", n, d)
		}
		tried++
	}
	if tried == 0 {
		t.Error("no cut asks for a replay")
	}
	t.Logf("%d cuts with a torn sector", tried)
}
