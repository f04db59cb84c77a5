package pid1

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// TestProtector: each disk and partition is protected once, at the moment that it is
// first seen, and again when another has come in its place; floppies and CDs are not.
func TestProtector(t *testing.T) {
	sys := fstest.MapFS{"block/sda/size": file("100"), "block/sda/diskseq": file("1"), "block/sda/sda1/partition": file("1"), "block/sr0/size": file("100"),
		"block/fd0/size": file("2880"), "block/loop0/size": file("9"), "block/nvme0n1/size": file("100"), "block/nvme0c0n1/hidden": file("1")}
	var did []string
	var told []error
	fails := map[string]error{}
	protect := func(name string) error {
		did = append(did, name)
		return fails[name]
	}
	p := &protector{sys: sys, report: func(err error) { told = append(told, err) }, disk: protect, partition: protect}
	round := func(want ...string) {
		t.Helper()
		did = nil
		p.round(Disks(sys))
		if !slices.Equal(did, want) {
			t.Errorf("protected %v; want %v", did, want)
		}
	}
	round("nvme0n1", "sda", "sda1")
	round()
	sys["block/sda/sda2/partition"] = file("2")
	round("sda2")
	sys["block/sdb/size"] = file("5")
	fails["sdb"] = fs.ErrNotExist // no node below /dev yet
	round("sdb")
	if len(told) != 0 {
		t.Errorf("told %v", told)
	}
	fails["sdb"] = errTest
	round("sdb")
	round("sdb")
	if len(told) != 1 || !errors.Is(told[0], errTest) {
		t.Errorf("told %v; want one", told)
	}
	fails["sdb"] = nil
	round("sdb")
	round()
	sys["block/sda/diskseq"] = file("7")
	round("sda", "sda1", "sda2")
	round()
}

// TestSettleProtects: a disk is protected before anybody else hears of it.
func TestSettleProtects(t *testing.T) {
	sys := fstest.MapFS{"block/sda/size": file("100")}
	protected := ""
	p := &protector{sys: sys, disk: func(disk string) error { protected += disk; return nil }}
	clock := time.Unix(0, 0)
	w := settler{load: func() int { return 0 }, disks: p.disks, pending: func() []string { return nil }, usb: func() bool { return false },
		medium: func(string) bool {
			if protected == "" {
				t.Error("the disk was looked at before it was protected")
			}
			return false
		},
		now: func() time.Time { clock = clock.Add(time.Second); return clock }, sleep: func(time.Duration) {}}
	if found, _ := w.run(); strings.Join(found, ",") != "sda 100" || protected != "sda" {
		t.Errorf("disks %v, protected %q", found, protected)
	}
}

// TestProtectAgain: after an engine, however it ended, protection is put back.
func TestProtectAgain(t *testing.T) {
	out, _ := openConsoles(t.TempDir(), nil)
	n := 0
	s := &system{out: out, reaper: testReaper(), after: time.After, disks: &protector{again: func() error { n++; return nil }, report: func(error) {}}}
	_, _ = s.runOnConsoles([]string{"/bin/sh", "-c", "kill -9 $$"})
	if n != 1 {
		t.Errorf("protected again %d times after a program that was killed; want 1", n)
	}
	s.disks = nil
	s.protectAgain() // before the hardware is known
}
