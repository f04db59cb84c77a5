package repair

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// TestOnlyInside: a sector that changed without being announced is a problem,
// on the same disk and on another.
func TestOnlyInside(t *testing.T) {
	r := &rehearsal{before: &inspect.Patient{}}
	for _, path := range []string{"disk0", "disk1"} {
		base := &disk{data: make([]byte, 16<<10)}
		r.before.Disks = append(r.before.Disks, &inspect.Disk{Path: path, Dev: base})
		r.overlays = append(r.overlays, overlay.New(base))
	}
	if _, err := r.overlays[0].WriteAt([]byte{1}, 1030); err != nil {
		t.Fatal(err)
	}
	allowed := []absolute{{"disk0", block.Range{Off: 1024, Len: 512}}}
	if bad, err := r.onlyInside(allowed); err != nil || len(bad) != 0 {
		t.Errorf("announced change: %v, %v", bad, err)
	}
	for i, off := range []int64{512, 1536, 1030} {
		which := i / 2 // the last one goes to the other disk
		if _, err := r.overlays[which].WriteAt([]byte{1}, off); err != nil {
			t.Fatal(err)
		}
		if bad, err := r.onlyInside(allowed); err != nil || len(bad) != i+1 {
			t.Errorf("after a stray write at %d: %v, %v", off, bad, err)
		}
	}
}

// TestBlocker: what forbids writing, and how far it reaches.
func TestBlocker(t *testing.T) {
	d0, d1 := &inspect.Disk{Path: "d0"}, &inspect.Disk{Path: "d1"}
	v0, v0b, v1 := &inspect.Volume{Disk: d0}, &inspect.Volume{Disk: d0}, &inspect.Volume{Disk: d1}
	w0, w1 := &inspect.Installation{Volume: v0, HivePath: `\W\SYSTEM`}, &inspect.Installation{Volume: v0, HivePath: `\V\SYSTEM`}
	value := []step.Step{step.SetValue{Volume: v0, File: w0.HivePath, Old: step.DWORD(4), New: step.DWORD(0)}}
	file := []step.Step{step.Mkdir{Volume: v0, Path: `\new`}}
	block := func(id string) condition.Finding { return condition.Finding{ID: id, Severity: condition.Blocker} }
	for _, tt := range []struct {
		name string
		b    condition.Finding
		on   func(*condition.Finding)
		want bool // for a value of w0
		file bool // for a directory on v0
	}{
		{"same Windows", block("hive-log-pending"), func(b *condition.Finding) { b.Windows = w0 }, true, false},
		{"other Windows on the volume", block("hive-log-pending"), func(b *condition.Finding) { b.Windows = w1 }, false, false},
		{"hibernated elsewhere", block("hibernated"), func(b *condition.Finding) { b.Volume = v1 }, true, true},
		{"same volume", block("ntfs-dirty"), func(b *condition.Finding) { b.Volume = v0 }, true, true},
		{"a log that nobody can replay", block("ntfs-log-unclean"), func(b *condition.Finding) { b.Volume, b.InPlaceAllowed = v0, true }, false, true},
		{"other volume of the disk", block("ntfs-dirty"), func(b *condition.Finding) { b.Volume = v0b }, false, false},
		{"BitLocker beside it", block("bitlocker-locked"), func(b *condition.Finding) { b.Volume = v0b }, true, true},
		{"BitLocker on another disk", block("bitlocker-locked"), func(b *condition.Finding) { b.Volume = v1 }, false, false},
		{"the disk", block("partition-beyond-disk"), func(b *condition.Finding) { b.Disk = d0 }, true, true},
		{"another disk", block("partition-beyond-disk"), func(b *condition.Finding) { b.Disk = d1 }, false, false},
		{"no blocker", condition.Finding{ID: "x", Severity: condition.Warning}, func(b *condition.Finding) { b.Windows = w0 }, false, false},
	} {
		tt.on(&tt.b)
		p := &Plan{findings: []condition.Finding{tt.b}}
		if _, got := p.blocked(value); got != tt.want {
			t.Errorf("%s: a value: %v", tt.name, got)
		}
		if _, got := p.blocked(file); got != tt.file {
			t.Errorf("%s: a file: %v", tt.name, got)
		}
	}
}

func TestVerifyErrorSaysWhat(t *testing.T) {
	err := &VerifyError{[]string{"a is still there", "b appeared"}}
	if s := err.Error(); !strings.Contains(s, "verification failed") || !strings.Contains(s, "b appeared") {
		t.Error(s)
	}
}
