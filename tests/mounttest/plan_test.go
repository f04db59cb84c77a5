package mounttest

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/mounts"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// plan is what would be mounted of the only Windows on a disk.
func plan(t *testing.T, disk string, write bool) []mounts.Place {
	t.Helper()
	dev, err := block.OpenReadOnly(disk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	p, err := inspect.Inspect(context.Background(), nil, []inspect.Source{{Path: disk, Dev: dev}})
	if err != nil {
		t.Fatal(err)
	}
	findings, err := condition.Detect(context.Background(), p)
	if err != nil || len(p.Windows) != 1 {
		t.Fatalf("%d Windows, %v", len(p.Windows), err)
	}
	return mounts.Plan(p, findings, p.Windows[0], write)
}

func names(all []mounts.Place) string {
	var list []string
	for _, p := range all {
		list = append(list, p.Name)
	}
	return strings.Join(list, " ")
}

// The letters are those of the Windows, its own volume comes first, and a healthy
// disk may be mounted for writing.
func TestLettersAreThoseOfWindows(t *testing.T) {
	for guest, want := range map[string]string{"winxp-x86": "c", "win2003-system-c": "d c", "win10-x64": "c"} {
		disk := guests.MustLoad(t, guest).Build(t)
		for _, write := range []bool{false, true} {
			places := plan(t, disk, write)
			if got := names(places); got != want {
				t.Errorf("%s: mounted as %q, want %q", guest, got, want)
			}
			for _, p := range places {
				if p.Refused != "" {
					t.Errorf("%s %s (write %v): %s", guest, p.Dir(), write, p.Refused)
				}
			}
		}
	}
}

// What is not safe to write is refused with the reason, and can be read with a
// warning.
func TestWritingIsRefused(t *testing.T) {
	for _, c := range []struct{ damage, says string }{
		{"volume-dirty", "check"},
		{"volume-hibernated", "hibernated"},
		{"ntfs-log-unclean", "not dismounted cleanly"},
		{"ntfs-damaged", ""},
	} {
		d := first(t, c.damage)
		disk, _ := d.Build(t)
		var refused string
		for _, p := range plan(t, disk, true) {
			refused += p.Refused
		}
		if refused == "" || !strings.Contains(refused, c.says) {
			t.Errorf("%s for writing: %q, want %q", d.Name, refused, c.says)
		}
		warned := false
		for _, p := range plan(t, disk, false) {
			if p.Refused != "" {
				t.Errorf("%s for reading: %s", d.Name, p.Refused)
			}
			warned = warned || len(p.Warnings) > 0
		}
		if !warned {
			t.Errorf("%s for reading: no warning", d.Name)
		}
	}
}

// first finds the first damage of a condition on whose disk the Windows is found.
func first(t *testing.T, id string) damage.Damage {
	t.Helper()
	for _, d := range damage.All() {
		if d.Finding == id && !d.Harmless && d.Beside == "" {
			return d
		}
	}
	t.Fatalf("no damage makes %s", id)
	return damage.Damage{}
}

// An open journal of bootmend keeps everything from being mounted.
func TestOpenJournalIsFinishedFirst(t *testing.T) {
	places := plan(t, guests.MustLoad(t, "winxp-x86").Build(t), false)
	v := places[0].Volume
	open := condition.Finding{ID: "journal-open", Result: condition.Present, Severity: condition.Warning}
	again := mounts.Plan(&inspect.Patient{Disks: []*inspect.Disk{v.Disk}}, []condition.Finding{open}, &inspect.Installation{ID: "w1", Volume: v}, false)
	if len(again) != 1 || again[0].Name != "w1" || !strings.Contains(again[0].Refused, "bootmend recover") {
		t.Errorf("%+v", again)
	}
	if _, err := mounts.Here().Mount(again[0], false); err == nil || !strings.Contains(err.Error(), "bootmend recover") {
		t.Errorf("mounted, or no reason: %v", err)
	}
	if out, _ := exec.Command("mount").CombinedOutput(); strings.Contains(string(out), "/mnt/w1") {
		t.Errorf("it is mounted: %s", out)
	}
}
