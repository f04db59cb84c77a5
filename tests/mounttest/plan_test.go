package mounttest

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/bootchain"
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
	for guest, want := range map[string]string{"winxp-x86": "c", "win2003-system-c": "d p1", "win10-x64": "c p1"} {
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
		{"ntfs-dirty", "check"},
		{"hibernated", "hibernated"},
		{"hibernated/upper-case", "hibernated"},
		{"ntfs-log-unclean", "not dismounted cleanly"},
		{"ntfs-log-unclean/version-2", "not dismounted cleanly"},
		{"ntfs-log-unclean/committed", "ntfs-3g would throw away what its log holds"},
	} {
		d, ok := damage.Find(c.damage)
		if !ok {
			t.Fatalf("no damage %s", c.damage)
		}
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

// A second volume gets the letter that the registry has for it.
func TestLetterOfAnotherVolume(t *testing.T) {
	g := guests.MustLoad(t, "win2003-system-c")
	_, hive := g.SystemHive()
	var small *inspect.Volume
	for _, p := range plan(t, g.Build(t), false) {
		if p.Name == "p1" {
			small = p.Volume
		}
	}
	var id []string
	for _, b := range bootchain.MountedIdentity(small) {
		id = append(id, fmt.Sprintf("%02x", b))
	}
	named := g.WithReg(hive.Path, "[HKEY_LOCAL_MACHINE\\SYSTEM\\MountedDevices]\n\"\\\\DosDevices\\\\C:\"=hex:"+strings.Join(id, ",")+"\n")
	if got := names(plan(t, named.Build(t), false)); got != "d c" {
		t.Errorf("mounted as %q, want \"d c\"", got)
	}
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

// Attached disks are looked at before they are written to, as those of the patient.
func TestDamagedMediaAreNotWrittenTo(t *testing.T) {
	for name, refused := range map[string]bool{"ntfs-dirty": true, "": false} {
		disk := guests.MustLoad(t, "winxp-x86").Build(t)
		if name != "" {
			d, ok := damage.Find(name)
			if !ok {
				t.Fatalf("no damage %s", name)
			}
			disk, _ = d.Build(t)
		}
		dev, err := block.OpenReadOnly(disk)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { dev.Close() })
		attached, err := inspect.Inspect(context.Background(), nil, []inspect.Source{{Path: disk, Dev: dev}})
		if err != nil {
			t.Fatal(err)
		}
		for _, write := range []bool{false, true} {
			places, err := mounts.MediaPlan(context.Background(), &inspect.Patient{}, attached, nil, write)
			if err != nil || len(places) == 0 {
				t.Fatalf("%d places, %v", len(places), err)
			}
			why := ""
			for _, p := range places {
				why += p.Refused
			}
			if (why != "") != (refused && write) {
				t.Errorf("%q, write %t: refused %q", name, write, why)
			}
		}
	}
}
