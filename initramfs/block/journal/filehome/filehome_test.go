package filehome

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
)

// oneChange is a transaction that writes "new" over LBA 5 of an image.
func oneChange(t *testing.T, dev journal.Target) *journal.Transaction {
	t.Helper()
	o := overlay.New(dev)
	if _, err := o.WriteAt([]byte("new"), 5*512); err != nil {
		t.Fatal(err)
	}
	changes, err := o.Changes()
	if err != nil {
		t.Fatal(err)
	}
	return &journal.Transaction{ID: [16]byte{1}, Disks: []journal.Disk{{
		Attached: journal.Attached{Name: "a.raw", Dev: dev},
		Changes:  []journal.Change{{Change: changes[0], Class: journal.Data}},
	}}}
}

func TestLife(t *testing.T) {
	dev := blocktest.NewMem(make([]byte, 1<<16), 512)
	tx := oneChange(t, dev)
	path := Beside(filepath.Join(t.TempDir(), "sub", "a.raw"))
	f, err := Create(path, journal.PayloadSize(tx))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path, 1); !errors.Is(err, os.ErrExist) {
		t.Errorf("second Create = %v", err)
	}
	res, err := journal.Commit(tx, f.Home())
	if err != nil || res.Outcome != journal.After || !bytes.HasPrefix(dev.Bytes()[5*512:], []byte("new")) {
		t.Fatalf("Commit = %+v, %v", res, err)
	}
	if err := f.Remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
}

// TestOpenJournalStays: a cut leaves the file; it is found, cannot be removed,
// and recovery uses it.
func TestOpenJournalStays(t *testing.T) {
	mem := blocktest.NewMem(make([]byte, 1<<16), 512)
	bad := blocktest.NewBad(mem)
	bad.FailWrite = 1
	tx := oneChange(t, bad)
	dir := filepath.Join(t.TempDir(), "state")
	if list, err := List(dir); len(list) != 0 || err != nil {
		t.Errorf("List of no directory = %v, %v", list, err)
	}
	f, err := Create(In(dir, tx.ID), journal.PayloadSize(tx))
	if err != nil {
		t.Fatal(err)
	}
	h := f.Home()
	h.File = &dies{Target: f.File, left: 6}
	if _, err := journal.Commit(tx, h); !errors.Is(err, journal.ErrOpen) {
		t.Fatalf("Commit = %v", err)
	}
	if err := f.Remove(); !errors.Is(err, journal.ErrOpen) {
		t.Fatalf("Remove = %v", err)
	}
	list, err := List(dir)
	if err != nil || len(list) != 1 {
		t.Fatalf("List = %v, %v", list, err)
	}
	again, err := Open(list[0])
	if err != nil {
		t.Fatal(err)
	}
	res, err := journal.Recover(tx2(mem), again.Home())
	if err != nil || res.Outcome == journal.Unfinished {
		t.Fatalf("Recover = %+v, %v", res, err)
	}
	if got := bytes.HasPrefix(mem.Bytes()[5*512:], []byte("new")); got != (res.Outcome == journal.After) {
		t.Errorf("outcome %v, new content %v", res.Outcome, got)
	}
	if err := again.Remove(); err != nil {
		t.Error(err)
	}
}

func tx2(dev journal.Target) []journal.Attached {
	return []journal.Attached{{Name: "a.raw", Dev: dev}}
}

// dies takes so many writes and no more.
type dies struct {
	journal.Target
	left int
}

func (d *dies) WriteAt(p []byte, off int64) (int, error) {
	if d.left--; d.left < 0 {
		return 0, blocktest.ErrPower
	}
	return d.Target.WriteAt(p, off)
}

func TestEmptyFileIsNoJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x"+suffix)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); !errors.Is(err, journal.ErrNone) {
		t.Errorf("Open = %v", err)
	}
}
