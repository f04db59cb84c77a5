package crash

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
)

// TestEverySubsetOfSectors: after a cut the hive is clean to foreign tools and
// the volume sound. Either Windows is as broken as before, and a second repair
// ends with the same bytes as an uncut one; or it starts, while a control set
// that the loader does not take may have kept its old values.
func TestEverySubsetOfSectors(t *testing.T) {
	cuts, repaired := 0, 0
	for _, tt := range []struct{ guest, machine string }{
		{"win7-x64", "qemu-q35"}, {"win10-x64", "qemu-q35"}, {"winxp-logical", "qemu-pc"},
	} {
		t.Run(tt.guest, func(t *testing.T) {
			g := guests.MustLoad(t, tt.guest)
			before := g.Build(t)
			sectors := plannedSectors(t, before, tt.machine)
			if len(sectors) < 2 || len(sectors) > 8 {
				t.Fatalf("%d sectors to write", len(sectors))
			}
			var complete string
			for subset := 1<<len(sectors) - 1; subset >= 0; subset-- {
				after := cut(t, before, sectors, subset)
				judge(t, g, after)
				broken := repairImage(t, after, tt.machine)
				hash, err := oracle.HashDisk(hiveBody(t, g, after))
				if err != nil {
					t.Fatal(err)
				}
				if complete == "" {
					complete = hash
				}
				if broken {
					repaired++
				}
				if broken && hash != complete {
					t.Errorf("subset %b: a second repair ends with other content", subset)
				}
				os.Remove(after)
				cuts++
			}
		})
	}
	t.Logf("%d cuts tried, Windows did not start yet after %d of them", cuts, repaired)
	if cuts < 12 || repaired < 6 {
		t.Error("too few")
	}
}

func examine(t *testing.T, image, profile string, homes repair.Homes) *repair.Plan {
	t.Helper()
	dev, err := block.OpenReadOnly(image)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	m, err := machine.Profile(profile)
	if err != nil {
		t.Fatal(err)
	}
	p, err := inspect.Inspect(context.Background(), m, []inspect.Source{{Path: image, Dev: dev}})
	if err != nil {
		t.Fatal(err)
	}
	findings, err := condition.Detect(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.ID != "storage-driver-disabled" {
			t.Fatalf("after the cut: %s: %s", f.ID, f.Summary)
		}
	}
	plan, err := repair.NewPlan(context.Background(), p, findings, options(homes))
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// options make a plan come out the same each time.
func options(homes repair.Homes) repair.Options {
	return repair.Options{Homes: homes, Stamp: repair.Stamp{ID: [16]byte{1}, Time: time.Unix(1e9, 0).UTC()}}
}

// plannedSectors are the sectors that a repair of the image writes.
func plannedSectors(t *testing.T, image, profile string) []overlay.Change {
	var all []overlay.Change
	for _, d := range examine(t, image, profile, repair.Homes{}).Disks {
		for _, c := range d.Changes {
			for i := 0; i < len(c.After); i += guests.SectorSize {
				all = append(all, overlay.Change{Off: c.Off + int64(i), After: c.After[i : i+guests.SectorSize]})
			}
		}
	}
	return all
}

// cut writes the sectors of a subset to a copy of the image.
func cut(t *testing.T, before string, sectors []overlay.Change, subset int) string {
	t.Helper()
	after := fmt.Sprintf("%s.%b", before, subset)
	if err := sparse.CopyFile(after, before); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(after, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i, s := range sectors {
		if subset>>i&1 == 1 {
			if _, err := f.WriteAt(s.After, s.Off); err != nil {
				t.Fatal(err)
			}
		}
	}
	return after
}

// judge asks foreign tools about the disk as the cut left it.
func judge(t *testing.T, g *guests.Guest, image string) {
	t.Helper()
	number, hive := g.SystemHive()
	volume := oracle.Volume(t, image, g.Partition(number))
	defer os.Remove(volume)
	if g.Partition(number).FS == "vfat" {
		if err := oracle.FATStructure(volume); err != nil {
			t.Error(err)
		}
		return
	}
	if err := oracle.NTFSStructure(volume); err != nil {
		t.Error(err)
	}
	data, err := oracle.NTFSFile(volume, hive.Path)
	if err != nil {
		t.Fatal(err)
	}
	file := oracle.HiveFile(t, data)
	if _, err := oracle.RegExport(file); err != nil {
		t.Error(err)
	}
	if _, err := oracle.RegDump(file); err != nil {
		t.Error(err)
	}
}

// repairImage reports whether there was something to repair.
func repairImage(t *testing.T, image, profile string) bool {
	t.Helper()
	plan := examine(t, image, profile, repair.Homes{})
	if plan.Empty() {
		return false
	}
	if _, err := plan.Commit(t.Context(), repair.OpenDisk); err != nil {
		t.Fatal(err)
	}
	if rest := examine(t, image, profile, repair.Homes{}); len(rest.Fixes) != 0 {
		t.Errorf("still to fix after the second repair: %v", rest.Fixes)
	}
	return true
}

// hiveBody is the hive behind its base block, whose sequence numbers count the
// attempts.
func hiveBody(t *testing.T, g *guests.Guest, image string) string {
	t.Helper()
	number, hive := g.SystemHive()
	volume := oracle.Volume(t, image, g.Partition(number))
	data, err := oracle.NTFSFile(volume, hive.Path)
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(volume)
	return oracle.HiveFile(t, data[4096:])
}
