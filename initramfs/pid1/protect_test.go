package pid1

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// TestProtector: each disk is protected once, at the moment that it is first seen,
// and again when another has come in its place; floppies and CDs are not.
func TestProtector(t *testing.T) {
	sys := fstest.MapFS{"block/sda/size": file("100"), "block/sda/diskseq": file("1"), "block/sr0/size": file("100"),
		"block/fd0/size": file("2880"), "block/loop0/size": file("9"), "block/nvme0n1/size": file("100")}
	var did []string
	var told []error
	p := &protector{sys: sys, report: func(err error) { told = append(told, err) }, protect: func(disk string) error {
		did = append(did, disk)
		if disk == "sdb" {
			return errTest
		}
		return nil
	}}
	round := func(want ...string) {
		t.Helper()
		did = nil
		p.round(Disks(sys))
		if !slices.Equal(did, want) {
			t.Errorf("protected %v; want %v", did, want)
		}
	}
	round("nvme0n1", "sda")
	round()
	sys["block/sdb/size"] = file("5")
	round("sdb")
	if len(told) != 1 || !errors.Is(told[0], errTest) {
		t.Errorf("told %v", told)
	}
	sys["block/sda/diskseq"] = file("7")
	round("sda")
	round()
}

// TestSettleProtects: a disk is protected before anybody else hears of it.
func TestSettleProtects(t *testing.T) {
	sys := fstest.MapFS{"block/sda/size": file("100")}
	protected := ""
	p := &protector{sys: sys, protect: func(disk string) error { protected += disk; return nil }}
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
