package journal_test

import (
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/block/journal"
)

// TestViewConforms: the view of a journal that is to be replayed is a Device
// like any other, and writing to it never reaches the disk.
func TestViewConforms(t *testing.T) {
	p := newPatient(t, variants()[0])
	log := p.record(t)
	cut := -1
	for n := range log.Events() {
		ts := targets(p.mems(log.Cut(n).After(func(int) bool { return true })))
		if j, err := journal.Open(p.attach(ts), p.where(ts)); err == nil && j.Verdict == journal.Replay {
			cut = n
			break
		}
	}
	if cut < 0 {
		t.Fatal("no cut asks for a replay")
	}
	blocktest.Conform(t, func(t *testing.T) block.Device {
		mems := p.mems(log.Cut(cut).After(func(int) bool { return true }))
		ts := targets(mems)
		disks := p.attach(ts)
		j, err := journal.Open(disks, p.where(ts))
		if err != nil {
			t.Fatal(err)
		}
		view, err := j.View(0, disks)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			for _, m := range mems {
				if m.Writes+m.Flushes != 0 {
					t.Error("the disk was written")
				}
			}
		})
		return view
	})
}
