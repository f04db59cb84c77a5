package repair

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
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
	w0, w1 := &inspect.Installation{Volume: v0}, &inspect.Installation{Volume: v0}
	f := condition.Finding{ID: "storage-driver-disabled", Windows: w0, Severity: condition.Fatal}
	block := func(id string) condition.Finding { return condition.Finding{ID: id, Severity: condition.Blocker} }
	for _, tt := range []struct {
		name string
		b    condition.Finding
		on   func(*condition.Finding)
		want bool
	}{
		{"same Windows", block("hive-dirty"), func(b *condition.Finding) { b.Windows = w0 }, true},
		{"other Windows on the volume", block("hive-dirty"), func(b *condition.Finding) { b.Windows = w1 }, false},
		{"hibernated elsewhere", block("volume-hibernated"), func(b *condition.Finding) { b.Volume = v1 }, true},
		{"same volume", block("volume-dirty"), func(b *condition.Finding) { b.Volume = v0 }, true},
		{"other volume of the disk", block("volume-dirty"), func(b *condition.Finding) { b.Volume = v0b }, false},
		{"BitLocker beside it", block("bitlocker-locked"), func(b *condition.Finding) { b.Volume = v0b }, true},
		{"BitLocker on another disk", block("bitlocker-locked"), func(b *condition.Finding) { b.Volume = v1 }, false},
		{"the disk", block("partition-beyond-disk"), func(b *condition.Finding) { b.Disk = d0 }, true},
		{"another disk", block("partition-beyond-disk"), func(b *condition.Finding) { b.Disk = d1 }, false},
		{"no blocker", condition.Finding{ID: "x", Severity: condition.Warning}, func(b *condition.Finding) { b.Windows = w0 }, false},
	} {
		tt.on(&tt.b)
		if _, got := blocker(f, []condition.Finding{tt.b}); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestVerifyErrorSaysWhat(t *testing.T) {
	err := &VerifyError{[]string{"a is still there", "b appeared"}}
	if s := err.Error(); !strings.Contains(s, "verification failed") || !strings.Contains(s, "b appeared") {
		t.Error(s)
	}
}
