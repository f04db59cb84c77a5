package journal_test

import (
	"bytes"
	"errors"
	"math/rand"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/block/journal"
)

// foreigner is somebody who used the disks between cut and recovery.
type foreigner struct {
	name   string
	mounts bool // changes a witness
	where  func(p *patient, rnd *rand.Rand) block.Range
}

func foreigners() []foreigner {
	in := func(at, n int64) func(*patient, *rand.Rand) block.Range {
		return func(p *patient, rnd *rand.Rand) block.Range {
			return block.Range{Off: p.base[0] + at + rnd.Int63n(n), Len: 1 + rnd.Int63n(40)}
		}
	}
	return []foreigner{
		{"mount only", true, nil},
		{"mount, free clusters", true, in(freeAt*cluster, (freeCount-1)*cluster)},
		{"mount, bitmap", true, in(bitmapAt, 400)},
		{"mount, records", true, in(recordsAt, 3*cluster)},
		{"mount, data", true, in(dataAt, 4*cluster)},
		{"mount, boot sector", true, in(0, 300)},
		{"mount, new file", true, in(streamAt, streamLen-100)},
		{"stealthy, records", false, in(recordsAt+512, 100)},
		{"stealthy, data", false, in(dataAt, 4000)},
		{"stealthy, boot sector", false, in(0x60, 10)},
	}
}

// interfere changes bytes of disk 0 and says which.
func (f foreigner) interfere(p *patient, rnd *rand.Rand, content [][]byte) []block.Range {
	var touched []block.Range
	if f.mounts {
		touched = append(touched, block.Range{Off: p.base[0] + logAt + 0x30 + rnd.Int63n(2)*cluster, Len: 8})
	}
	if f.where != nil {
		touched = append(touched, f.where(p, rnd))
	}
	for _, r := range touched {
		for at := r.Off; at < r.End(); at++ {
			content[0][at] ^= byte(1 + rnd.Intn(255))
		}
	}
	return touched
}

// TestForeignWriter lets somebody change the disk between cut and recovery.
// After a mount, recovery changes nothing but the record. Without one, it never
// writes over what is not its own.
func TestForeignWriter(t *testing.T) {
	const seed = 20261122
	runs := 150
	if campaign() {
		runs = 5000
	}
	total, overtaken, closed := 0, 0, 0
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			rnd := rand.New(rand.NewSource(seed))
			p := newPatient(t, v)
			log := p.record(t)
			for range runs {
				f := foreigners()[rnd.Intn(len(foreigners()))]
				content := log.Cut(rnd.Intn(len(log.Events()))).After(subset(rnd))
				if _, err := journal.Locate(p.homeOf(p.mems(content))); errors.Is(err, journal.ErrNone) {
					continue // nothing is open
				}
				touched := f.interfere(p, rnd, content)
				if p.afterForeigner(t, f, content, touched) {
					overtaken++
				} else {
					closed++
				}
				total++
			}
		})
	}
	t.Logf("seed %d: %d cuts with a foreign writer: %d overtaken, %d closed", seed, total, overtaken, closed)
	if overtaken < total/10 || closed < total/10 {
		t.Error("too few of a kind")
	}
}

func (p *patient) afterForeigner(t *testing.T, f foreigner, content [][]byte, touched []block.Range) bool {
	t.Helper()
	left := clones(content)
	mems := p.mems(content)
	ts := targets(mems)
	res, err := journal.Recover(p.attach(ts), p.where(ts))
	over := errors.Is(err, journal.ErrOvertaken)
	var list *journal.OvertakenError
	switch {
	case over && (!errors.As(err, &list) || len(list.Places) == 0 || res.Outcome != journal.Unfinished):
		t.Fatalf("%s: %+v, %v: no list", f.name, res, err)
	case !over && err != nil:
		t.Fatalf("%s: %+v, %v", f.name, res, err)
	}
	if over || f.mounts {
		p.unchanged(t, f, mems, left, over)
	}
	for _, r := range touched {
		if !bytes.Equal(mems[0].Bytes()[r.Off:r.End()], left[0][r.Off:r.End()]) {
			t.Fatalf("%s: recovery (%+v, %v) wrote over %v", f.name, res, err, r)
		}
	}
	return over
}

// unchanged: not one byte differs, but for the record where that was closed.
func (p *patient) unchanged(t *testing.T, f foreigner, mems []*blocktest.Mem, left [][]byte, record bool) {
	t.Helper()
	if !record {
		p.noRecord(t, mems)
		at := p.home
		if at == journal.OnFile {
			at = 2
		}
		for _, c := range p.copies {
			clear(left[at][c : c+journal.BlockSize])
		}
	}
	for i := range left {
		if !bytes.Equal(mems[i].Bytes(), left[i]) {
			t.Fatalf("%s: recovery changed disk %d", f.name, i)
		}
	}
}

// TestAbandon: an overtaken journal is given up without touching the volume.
func TestAbandon(t *testing.T) {
	p := newPatient(t, variants()[0])
	j, mems := p.overtaken(t)
	left := mems[0].Clone()
	if _, err := j.Abandon(); err != nil {
		t.Fatal(err)
	}
	p.noRecord(t, mems)
	a, b := mems[0].Bytes()[p.base[0]:], left.Bytes()[p.base[0]:]
	if !bytes.Equal(a, b) {
		t.Error("the volume changed")
	}
}

// overtaken cuts in the middle of applying and changes a witness.
func (p *patient) overtaken(t *testing.T) (*journal.Journal, []*blocktest.Mem) {
	t.Helper()
	log := p.record(t)
	for n := range log.Events() {
		content := log.Cut(n).After(func(i int) bool { return i%2 == 0 })
		content[0][p.base[0]+logAt]++
		mems := p.mems(content)
		ts := targets(mems)
		j, err := journal.Open(p.attach(ts), p.where(ts))
		if err == nil && j.Verdict == journal.Overtaken && p.differs(mems, p.before) != "" {
			return j, mems
		}
	}
	t.Fatal("no cut gives an overtaken journal")
	return nil, nil
}
