package journal_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/block/journal"
)

// TestView: what read-only commands see of an open journal is what recovery
// makes of the disk, and looking writes nothing.
func TestView(t *testing.T) {
	total, kinds := 0, map[journal.Verdict]int{}
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			rnd := rand.New(rand.NewSource(20261124))
			p := newPatient(t, v)
			log := p.record(t)
			for range 60 {
				content := log.Cut(rnd.Intn(len(log.Events()))).After(subset(rnd))
				mems := p.mems(clones(content))
				ts := targets(mems)
				disks := p.attach(ts)
				j, err := journal.Open(disks, p.where(ts))
				if errors.Is(err, journal.ErrNone) {
					continue
				} else if err != nil {
					t.Fatal(err)
				}
				outcome, done := p.recover(t, content)
				for i := range disks {
					p.compareView(t, j, i, disks, done[i].Bytes(), outcome)
				}
				for _, m := range mems {
					if m.Writes+m.Flushes != 0 {
						t.Fatalf("%v: looking wrote", j.Verdict)
					}
				}
				kinds[j.Verdict]++
				total++
			}
		})
	}
	t.Logf("%d views: %v", total, kinds)
	if kinds[journal.Replay] == 0 || kinds[journal.RollBack] == 0 || kinds[journal.CloseOnly] == 0 {
		t.Error("a verdict is missing")
	}
}

func (p *patient) compareView(t *testing.T, j *journal.Journal, disk int, disks []journal.Attached, want []byte, outcome journal.Outcome) {
	t.Helper()
	o, err := j.View(disk, disks)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(want))
	if _, err := o.ReadAt(got, 0); err != nil {
		t.Fatal(err)
	}
	want = bytes.Clone(want)
	blank := func(r block.Range) { clear(got[r.Off:r.End()]); clear(want[r.Off:r.End()]) }
	if disk == p.home {
		blank(block.Range{Off: p.base[disk] + freeAt*cluster, Len: freeCount * cluster})
		for _, c := range p.copies {
			blank(block.Range{Off: c, Len: journal.BlockSize})
		}
	}
	if disk == 0 && outcome == journal.Before {
		blank(block.Range{Off: p.base[0] + streamAt, Len: streamLen})
	}
	for at := range got {
		if got[at] != want[at] {
			t.Fatalf("%v: view of disk %d differs at %#x from what recovery gives (%v)", j.Verdict, disk, at, outcome)
		}
	}
}

// openAt is a cut in the middle of applying.
func (p *patient) openAt(t *testing.T, verdict journal.Verdict) [][]byte {
	t.Helper()
	log := p.record(t)
	for n := range log.Events() {
		content := log.Cut(n).After(func(i int) bool { return i%2 == 0 })
		ts := targets(p.mems(content))
		if j, err := journal.Open(p.attach(ts), p.where(ts)); err == nil && j.Verdict == verdict {
			return content
		}
	}
	t.Fatalf("no cut gives %v", verdict)
	return nil
}

func untouched(t *testing.T, mems []*blocktest.Mem) {
	t.Helper()
	for i, m := range mems {
		if m.Writes != 0 {
			t.Errorf("disk %d was written %d times", i, m.Writes)
		}
	}
}

func TestMissingDisk(t *testing.T) {
	for _, verdict := range []journal.Verdict{journal.RollBack, journal.Replay, journal.CloseOnly} {
		p := newPatient(t, variants()[0])
		mems := p.mems(p.openAt(t, verdict))
		ts := targets(mems)
		disks := p.attach(ts)
		for what, list := range map[string][]journal.Attached{
			"absent":       disks[:1],
			"other serial": {disks[0], {Name: "sdb", Serial: "x", Dev: ts[1]}},
			"other size":   {disks[0], {Name: "sdb", Dev: blocktest.NewMem(mems[1].Bytes()[:1<<19], 512)}},
		} {
			if _, err := journal.Recover(list, p.where(ts)); !errors.Is(err, journal.ErrMissing) {
				t.Errorf("%v, %s: %v", verdict, what, err)
			}
		}
		untouched(t, mems)
	}
}

// TestTwins: an image and its copy are told apart by name, and if that is not
// possible nothing happens. Another disk of the same size is no twin.
func TestTwins(t *testing.T) {
	p := newPatient(t, variants()[0])
	mems := p.mems(p.openAt(t, journal.Replay))
	ts := targets(mems)
	twin, other := mems[1].Clone(), mems[1].Clone()
	other.Bytes()[0]++
	disks := append(p.attach(ts), journal.Attached{Name: "copy of sdb", Dev: twin})
	disks[1].Name = "renamed"
	if _, err := journal.Recover(disks, p.where(ts)); !errors.Is(err, journal.ErrAmbiguous) {
		t.Errorf("two twins: %v", err)
	}
	untouched(t, append(mems, twin))
	disks[1].Name, disks[2].Dev = "sdb", twin
	disks = append(disks, journal.Attached{Name: "another", Dev: other})
	if res, err := journal.Recover(disks, p.where(ts)); err != nil || res.Outcome != journal.After {
		t.Errorf("twin with another name: %+v, %v", res, err)
	}
	if d := p.differs(mems, p.after); d != "" {
		t.Error(d)
	}
	untouched(t, []*blocktest.Mem{twin, other})
}

// TestMoved: a clone with an open journal is another disk, unless a person
// says that it is the same one; a disk with other content never is.
func TestMoved(t *testing.T) {
	for _, verdict := range []journal.Verdict{journal.RollBack, journal.Replay, journal.CloseOnly} {
		p := newPatient(t, variants()[0])
		mems := p.mems(p.openAt(t, verdict))
		ts := targets(mems)
		disks, h := p.attach(ts), p.where(ts)
		disks[0].Model, disks[0].Serial, disks[1].Serial = "virtual", "", "2"
		if _, err := journal.Recover(disks, h); !errors.Is(err, journal.ErrMissing) {
			t.Errorf("%v: %v", verdict, err)
		}
		h.Moved = true
		mems[1].Bytes()[0]++
		// Sectors that the transaction writes are judged as targets.
		if _, err := journal.Recover(disks, h); !errors.Is(err, journal.ErrMissing) && !errors.Is(err, journal.ErrOvertaken) {
			t.Errorf("%v, other content: %v", verdict, err)
		}
		untouched(t, mems)
		mems[1].Bytes()[0]--
		if _, err := journal.Recover(disks, h); err != nil {
			t.Errorf("%v, moved: %v", verdict, err)
		}
		if _, why := p.outcome(mems); why != "" {
			t.Errorf("%v: %s", verdict, why)
		}
	}
}

func TestFind(t *testing.T) {
	p := newPatient(t, variants()[1])
	ts := targets(p.mems(p.openAt(t, journal.Replay)))
	homes, err := journal.Find(p.attach(ts))
	if err != nil || len(homes) != 1 || homes[0].Disk != 1 {
		t.Fatalf("Find = %v, %v", homes, err)
	}
	if res, err := journal.Recover(p.attach(ts), homes[0]); err != nil || res.Outcome != journal.After {
		t.Errorf("Recover = %+v, %v", res, err)
	}
}

// TestUnknownVersion: another version of bootmend is left to finish its work,
// and nothing new begins.
func TestUnknownVersion(t *testing.T) {
	p := newPatient(t, variants()[0])
	content := p.openAt(t, journal.Replay)
	for _, c := range p.copies {
		h := content[0][c : c+512]
		binary.LittleEndian.PutUint32(h[8:], 1)
		binary.LittleEndian.PutUint32(h[508:], crc32.Checksum(h[:508], crc32.MakeTable(crc32.Castagnoli)))
	}
	mems := p.mems(content)
	ts := targets(mems)
	if _, err := journal.Recover(p.attach(ts), p.where(ts)); !errors.Is(err, journal.ErrVersion) {
		t.Errorf("Recover: %v", err)
	}
	if _, err := journal.Commit(p.transaction(t, ts), p.where(ts)); !errors.Is(err, journal.ErrVersion) {
		t.Errorf("Commit: %v", err)
	}
	untouched(t, mems)
}

// TestDamagedRecord: with one copy gone the other one does; with both the disk
// is left alone. A record that was copied to another place is none.
func TestDamagedRecord(t *testing.T) {
	for _, tt := range []struct {
		copies []int
		want   error
	}{{[]int{0}, nil}, {[]int{1}, nil}, {[]int{0, 1}, journal.ErrDamaged}} {
		t.Run(fmt.Sprint(tt.copies), func(t *testing.T) {
			p := newPatient(t, variants()[0])
			content := p.openAt(t, journal.Replay)
			for _, i := range tt.copies {
				content[0][p.copies[i]+600]++
			}
			mems := p.mems(content)
			ts := targets(mems)
			_, err := journal.Recover(p.attach(ts), p.where(ts))
			if !errors.Is(err, tt.want) {
				t.Fatalf("Recover = %v, want %v", err, tt.want)
			}
			if err != nil {
				untouched(t, mems)
			} else {
				p.noRecord(t, mems)
			}
		})
	}
	p := newPatient(t, variants()[0])
	content := p.openAt(t, journal.Replay)
	shifted := make([]byte, len(content[0]))
	copy(shifted[4096:], content[0])
	for _, moved := range [][]byte{shifted, append(content[0], 0)} {
		if _, err := journal.Locate(blocktest.NewMem(moved, 512)); !errors.Is(err, journal.ErrNone) {
			t.Errorf("Locate of a moved record: %v", err)
		}
	}
}

// TestStolenSpace: somebody took the clusters of the payload, or those of new
// content, without a witness.
func TestStolenSpace(t *testing.T) {
	for name, at := range map[string]int64{"payload": (freeAt + 1) * cluster, "new content": streamAt + 100} {
		p := newPatient(t, variants()[0])
		content := p.openAt(t, journal.Replay)
		for i := p.base[0] + at; i < p.base[0]+at+2*cluster; i++ {
			content[0][i] = 0xA5
		}
		mems := p.mems(content)
		ts := targets(mems)
		if _, err := journal.Recover(p.attach(ts), p.where(ts)); !errors.Is(err, journal.ErrOvertaken) {
			t.Errorf("%s: %v", name, err)
		}
		untouched(t, mems)
	}
}

// TestUnmarkedExtentsStay: while the marks are idle nothing of the journal can
// be in the extents, and what is there is not cleared.
func TestUnmarkedExtentsStay(t *testing.T) {
	p := newPatient(t, variants()[2])
	log := p.record(t)
	tried := 0
	for n := range log.Events() {
		content := log.Cut(n).After(func(int) bool { return true })
		if content[0][p.base[0]+bitmapAt+freeAt/8+1] != 0 {
			break // the first mark is held
		}
		_, mems := p.recover(t, content)
		if !bytes.Equal(mems[0].Bytes(), p.before[0]) {
			t.Fatalf("event %d: free clusters were cleared", n)
		}
		tried++
	}
	if tried < 4 {
		t.Errorf("%d cuts before the first mark", tried)
	}
}
