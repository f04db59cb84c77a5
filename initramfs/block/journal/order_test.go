package journal_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/block/journal"
)

// stage is the part of the transaction that a sector of a test disk belongs
// to, 0 for record, bits and payload.
func (p *patient) stage(w blocktest.Written, now []byte) int {
	at := w.Off - p.base[w.Disk]
	switch {
	case at >= -p.base[w.Disk] && at < 512-p.base[w.Disk], at >= 0 && at < 512:
		return 4
	case at == dirtyByte/512*512 && w.Data[dirtyByte%512]&1 != now[dirtyByte%512]&1:
		if w.Data[dirtyByte%512]&1 != 0 {
			return 1 // dirty
		}
		return 5 // clean again
	case at >= volumeAt && at < volumeAt+1024, at >= recordsAt && at < dataAt:
		return 3
	case at >= dataAt && at < streamAt:
		return 2
	}
	return 0
}

// TestApplyOrder: dirty flags, data, metadata, boot sectors, dirty flags, and
// never two of them between two flushes. A Windows that is started in between
// depends on it, recovery does not, so cuts alone would not notice.
func TestApplyOrder(t *testing.T) {
	p := newPatient(t, variants()[0]) // sectors of 512 bytes, nothing shared by two stages
	log := p.record(t)
	now, pending := clones(p.before), [2]int{}
	last, seen := 0, map[int]int{}
	for _, e := range log.Events() {
		if e.IsFlush() {
			pending[e.Disk] = 0
			continue
		}
		for _, w := range log.Sectors(e) {
			s := p.stage(w, now[w.Disk][w.Off:])
			copy(now[w.Disk][w.Off:], w.Data)
			if s == 0 {
				continue
			}
			if s < last {
				t.Errorf("disk %d at %#x: stage %d after stage %d", w.Disk, w.Off, s, last)
			}
			for d, other := range pending {
				if other != 0 && other != s {
					t.Errorf("disk %d at %#x: stage %d while stage %d of disk %d is not flushed", w.Disk, w.Off, s, other, d)
				}
			}
			last, pending[w.Disk] = s, s
			seen[s]++
		}
	}
	if len(seen) != 5 {
		t.Errorf("sectors by stage: %v", seen)
	}
	t.Logf("sectors by stage: %v", seen)
}

// TestStatesAreFlushed: whenever a copy of the record changes its state, all
// that was written before is stable on all disks.
func TestStatesAreFlushed(t *testing.T) {
	for _, v := range variants() {
		p := newPatient(t, v)
		log := p.record(t)
		changes, home := 0, p.home
		if home == journal.OnFile {
			home = 2
		}
		for n, e := range log.Events() {
			if e.IsFlush() || e.Disk != home || e.Off != p.copies[0] && e.Off != p.copies[1] || len(e.Data) < 16 {
				continue
			}
			if state := binary.LittleEndian.Uint32(e.Data[12:]); state < 2 {
				continue // the first record, or wiping
			}
			changes++
			if c := log.Cut(n); len(c.Pending) != 0 {
				t.Errorf("%s, event %d: %d sectors are not flushed", v.name, n, len(c.Pending))
			}
		}
		if changes != 4 {
			t.Errorf("%s: %d changes of state in two copies", v.name, changes)
		}
	}
}

// TestLocateOnDyingDisk: a disk that cannot be read has not "no journal".
func TestLocateOnDyingDisk(t *testing.T) {
	p := newPatient(t, variants()[0])
	content := p.openAt(t, journal.Replay)
	one, two := block.Range{Off: p.copies[0], Len: 512}, block.Range{Off: p.copies[1] + 1024, Len: 512}
	bad := blocktest.NewBad(blocktest.NewMem(content[0], 512))
	bad.Unreadable = []block.Range{one}
	if r, err := journal.Locate(bad); err != nil || r.Remains || r.Copies[0] != p.copies[1] {
		t.Errorf("one copy unreadable: %+v, %v", r, err)
	}
	bad.Unreadable = []block.Range{one, two}
	if _, err := journal.Locate(bad); !errors.Is(err, blocktest.ErrIO) {
		t.Errorf("both copies unreadable: %v", err)
	}
}

// TestDirtyWhileApplying: as long as a volume is neither as before nor as
// after, its dirty flag is held, also where the record with the flag changes.
func TestDirtyWhileApplying(t *testing.T) {
	for _, v := range variants() {
		p := newPatient(t, v)
		log := p.record(t)
		between := 0
		for n := range log.Events() {
			for disk, d := range log.Cut(n).After(func(i int) bool { return i%3 != 0 })[:2] {
				vol := d[p.base[disk]:]
				flag := vol[dirtyByte]&1 != 0 != v.cleanBit
				same := func(want []byte) bool {
					want = want[p.base[disk]:]
					return bytes.Equal(vol[:bitmapAt], want[:bitmapAt]) && bytes.Equal(vol[volumeAt+512:streamAt], want[volumeAt+512:streamAt]) &&
						bytes.Equal(vol[dirtyByte+1:dirtyByte+20], want[dirtyByte+1:dirtyByte+20])
				}
				if same(p.before[disk]) || same(p.after[disk]) {
					continue
				}
				between++
				if !flag {
					t.Fatalf("%s, event %d: disk %d is in between and not dirty", v.name, n, disk)
				}
			}
		}
		if between == 0 {
			t.Errorf("%s: no state in between", v.name)
		}
	}
}
