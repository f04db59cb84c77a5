package repair

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// disk is a Target in memory that can fail.
type disk struct {
	data      []byte
	failAfter int // writes until the first failure; negative: never
	failures  int // how many writes fail then; negative: all
	lying     bool
	flushErr  error
	flushes   int
	writes    int
	drops     int
}

var errBroken = errors.New("input/output error")

func (d *disk) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(d.data).ReadAt(p, off)
}
func (d *disk) Size() int64      { return int64(len(d.data)) }
func (d *disk) SectorSize() int  { return 512 }
func (d *disk) DropCache() error { d.drops++; return nil }
func (d *disk) Close() error     { return nil }

func (d *disk) Flush() error {
	d.flushes++
	err := d.flushErr
	d.flushErr = nil
	return err
}

func (d *disk) WriteAt(p []byte, off int64) (int, error) {
	d.writes++
	if d.failAfter >= 0 && d.writes > d.failAfter && d.failures != 0 {
		d.failures--
		return 0, errBroken
	}
	if d.lying {
		return len(p), nil
	}
	return copy(d.data[off:], p), nil
}

// newPlan makes a plan with three changes on each of n disks.
func planOf(t *testing.T, n int) (*Plan, map[string]*disk) {
	t.Helper()
	p, disks := &Plan{}, map[string]*disk{}
	for i := range n {
		path := fmt.Sprintf("disk%d", i)
		d := &disk{data: bytes.Repeat([]byte{byte(i + 1)}, 16<<10), failAfter: -1}
		base := &disk{data: bytes.Clone(d.data)}
		o := overlay.New(base)
		for _, off := range []int64{512, 2048, 8000} {
			if _, err := o.WriteAt([]byte("changed"), off); err != nil {
				t.Fatal(err)
			}
		}
		changes, err := o.Changes()
		if err != nil {
			t.Fatal(err)
		}
		disks[path] = d
		p.Disks = append(p.Disks, DiskChanges{&inspect.Disk{Path: path, Dev: base}, changes, nil})
	}
	return p, disks
}

// commit applies a plan whose result everybody likes.
func commit(p *Plan, disks map[string]*disk) (int64, error) {
	return p.apply(targetsOf(p, disks), func() error { return nil })
}

func targetsOf(p *Plan, disks map[string]*disk) []Target {
	var all []Target
	for _, d := range p.Disks {
		all = append(all, disks[d.Disk.Path])
	}
	return all
}

func isBefore(d *disk, i int) bool {
	return bytes.Equal(d.data, bytes.Repeat([]byte{byte(i + 1)}, 16<<10))
}

func TestCommitWrites(t *testing.T) {
	p, disks := planOf(t, 2)
	n, err := commit(p, disks)
	if err != nil || n != p.Bytes() || n != 2*3*512 {
		t.Fatalf("Commit = %d, %v", n, err)
	}
	for path, d := range disks {
		if !bytes.Equal(d.data[512:519], []byte("changed")) || d.flushes == 0 || d.drops == 0 {
			t.Errorf("%s: % x, %d flushes, caches dropped %d times", path, d.data[512:519], d.flushes, d.drops)
		}
	}
}

// TestFailingWrite lets every single write of the commit fail once: all disks
// must be as before.
func TestFailingWrite(t *testing.T) {
	cuts := 0
	for which := range 2 {
		for after := range 3 {
			p, disks := planOf(t, 2)
			bad := disks[fmt.Sprintf("disk%d", which)]
			bad.failAfter, bad.failures = after, 1
			_, err := commit(p, disks)
			if !errors.Is(err, errBroken) || errors.As(err, new(*PartialError)) {
				t.Errorf("disk %d, write %d: %v", which, after, err)
			}
			for i := range 2 {
				if !isBefore(disks[fmt.Sprintf("disk%d", i)], i) {
					t.Errorf("disk %d, write %d: disk %d is not as before", which, after, i)
				}
			}
			cuts++
		}
	}
	t.Logf("%d failing writes tried", cuts)
}

func TestFailingForGood(t *testing.T) {
	p, disks := planOf(t, 1)
	disks["disk0"].failAfter, disks["disk0"].failures = 1, -1
	_, err := commit(p, disks)
	if !errors.As(err, new(*PartialError)) || !errors.Is(err, errBroken) {
		t.Errorf("Commit = %v", err)
	}
}

func TestFailingFlush(t *testing.T) {
	p, disks := planOf(t, 1)
	disks["disk0"].flushErr = errBroken
	_, err := commit(p, disks)
	if !errors.Is(err, errBroken) || !isBefore(disks["disk0"], 0) {
		t.Errorf("Commit = %v, as before: %v", err, isBefore(disks["disk0"], 0))
	}
}

func TestDiskThatLies(t *testing.T) {
	p, disks := planOf(t, 1)
	disks["disk0"].lying = true
	if _, err := commit(p, disks); !errors.Is(err, errReadBack) {
		t.Errorf("Commit = %v", err)
	}
}

// TestBadVerdict: what the detectors do not like afterwards is taken back.
func TestBadVerdict(t *testing.T) {
	p, disks := planOf(t, 2)
	_, err := p.apply(targetsOf(p, disks), func() error { return &VerifyError{[]string{"it is still there"}} })
	if !errors.As(err, new(*VerifyError)) || !isBefore(disks["disk0"], 0) || !isBefore(disks["disk1"], 1) {
		t.Errorf("apply = %v", err)
	}
}

// TestWriteProtected: when not even the first write gets through, nothing has
// to be put back and nothing is half written.
func TestWriteProtected(t *testing.T) {
	p, disks := planOf(t, 1)
	disks["disk0"].failAfter, disks["disk0"].failures = 0, -1
	_, err := commit(p, disks)
	if !errors.Is(err, errBroken) || errors.As(err, new(*PartialError)) || disks["disk0"].writes != 1 {
		t.Errorf("Commit = %v, %d writes", err, disks["disk0"].writes)
	}
}

func TestChangedDiskIsNotWritten(t *testing.T) {
	for name, change := range map[string]func(*disk){
		"content": func(d *disk) { d.data[2048+100]++ },
		"size":    func(d *disk) { d.data = append(d.data, make([]byte, 512)...) },
		"short":   func(d *disk) { d.data = d.data[:4096] },
	} {
		t.Run(name, func(t *testing.T) {
			p, disks := planOf(t, 2)
			change(disks["disk1"])
			_, err := commit(p, disks)
			if !errors.Is(err, ErrChanged) && !errors.Is(err, io.EOF) {
				t.Errorf("Commit = %v", err)
			}
			if disks["disk0"].writes+disks["disk1"].writes != 0 {
				t.Error("something was written")
			}
		})
	}
}

func TestDiskInUse(t *testing.T) {
	p, disks := planOf(t, 2)
	open := func(path string) (Target, error) {
		if path == "disk1" {
			return nil, block.ErrInUse
		}
		return disks[path], nil
	}
	if _, err := p.Commit(t.Context(), open); !errors.Is(err, block.ErrInUse) || disks["disk0"].writes != 0 {
		t.Errorf("Commit = %v, %d writes", err, disks["disk0"].writes)
	}
	if _, err := p.Commit(t.Context(), open); !errors.Is(err, ErrUsed) {
		t.Errorf("second Commit = %v", err)
	}
}

func TestOptions(t *testing.T) {
	if err := (Options{Only: []string{"no-such-thing"}}).Check(); err == nil {
		t.Error("an unknown ID was accepted")
	}
	o := Options{Only: []string{"a", "b"}, Except: []string{"b"}}
	id := func(id string) condition.Finding { return condition.Finding{ID: id} }
	if !o.wants(id("a")) || o.wants(id("b")) || o.wants(id("c")) || !(Options{}).wants(id("c")) ||
		(Options{Leave: []string{id("a").Key()}}).wants(id("a")) {
		t.Error("wants")
	}
	for name, good := range map[string]bool{"hive-missing": true, "hive-missing:x": false, "boot-driver-file-missing:x": true, "boot-driver-file-missing:": false} {
		if err := (Options{Except: []string{name}}).Check(); (err == nil) != good {
			t.Errorf("%s: %v", name, err)
		}
	}
	one := condition.Finding{ID: "a", Subject: "x"}
	if !(Options{Only: []string{"a:X"}}).wants(one) || !(Options{Only: []string{"a"}}).wants(one) || (Options{Only: []string{"a:y"}}).wants(one) ||
		(Options{Except: []string{"a:x"}}).wants(one) || !(Options{Except: []string{"a:y"}}).wants(one) || (Options{Only: []string{"a:x"}}).wants(id("a")) {
		t.Error("wants one of several")
	}
}
