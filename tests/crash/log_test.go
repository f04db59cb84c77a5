package crash

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/tests/damage"
)

// TestCutWhileALogIsReplayed: a repair that carries out the log of the volume
// first is cut after each write; after recovery the disk is as before, with the
// log that Windows would replay, or repaired with its log empty.
func TestCutWhileALogIsReplayed(t *testing.T) {
	rnd, ends := cutRandom(t), map[string]int{}
	for _, tt := range []struct {
		damage string
		onDisk bool
	}{{"ntfs-log-unclean/in-part", true}, {"ntfs-log-unclean/uncommitted", true}, {"ntfs-log-unclean/committed", false}} {
		t.Run(fmt.Sprintf("%s on disk %t", tt.damage, tt.onDisk), func(t *testing.T) {
			d, ok := damage.Find(tt.damage)
			if !ok {
				t.Fatal("no such damage")
			}
			before, g := d.Build(t)
			cutting{guest: g, before: before, dirty: true, plan: func(t *testing.T, image string) *repair.Plan {
				return logPlan(t, image, g.Broken[0].Machine, repair.Homes{OnDisk: tt.onDisk})
			}}.run(t, rnd, ends)
		})
	}
	ended(t, ends, 20)
}

// TestCutWhileAFullLogIsEmptied: the payload is larger than the clusters that
// one sector of $Bitmap counts.
func TestCutWhileAFullLogIsEmptied(t *testing.T) {
	places := []int{0, 5, 40, 2000, 4700, 4860, 4900, 1 << 30}
	if os.Getenv("BOOTMEND_CAMPAIGN") == "1" {
		places = nil
		for n := range 30 {
			places = append(places, n)
		}
		for n := 30; n < 8_000; n += 73 {
			places = append(places, n)
		}
		places = append(places, 1<<30)
	}
	before, g := damage.FullLog().Build(t)
	homes, machine := repair.Homes{OnDisk: true}, g.Broken[0].Machine
	after := copyOf(t, before, "cut.img")
	plan := logPlan(t, after, machine, homes)
	if n := plan.Bytes(); n < 9<<20 {
		t.Fatalf("%d bytes to write; the payload would fit into one sector's clusters", n)
	}
	if _, err := plan.Commit(t.Context(), repair.OpenDisk); err != nil {
		t.Fatal(err)
	}
	judge(t, g, after)
	ends, hashes := map[string]int{}, [2]string{hashOf(t, before), hashOf(t, after)}
	for i, n := range places {
		image := copyOf(t, before, "cut.img")
		_, err := logPlan(t, image, machine, homes).Commit(t.Context(), damage.OpenWithPower(n))
		if err == nil {
			t.Logf("%d cuts tried, the repair needs less than %d writes; after recovery %v", i, n, ends)
			break
		}
		if !errors.Is(err, damage.ErrPower) {
			t.Fatalf("cut after %d writes: %v", n, err)
		}
		recoverImage(t, image)
		ends[ending(t, image, before, hashes)]++
		os.Remove(image)
	}
	if ends["before"] == 0 || ends["after"] == 0 {
		t.Errorf("after recovery %v; never one of the two", ends)
	}
}

// TestLookWhileALargeJournalIsOpen: a journal with all of a log in it is shown
// as if it were finished, wherever it was cut. In the long form the log has the
// 64 MiB of a large volume, as much as an overlay holds.
func TestLookWhileALargeJournalIsOpen(t *testing.T) {
	d, places := damage.FullLog(), []int{1500, 2500}
	if os.Getenv("BOOTMEND_CAMPAIGN") == "1" {
		d, places = damage.LargeLog(), []int{8000, 16_440, 16_470, 16_500, 20_000}
	}
	before, g := d.Build(t)
	machine := g.Broken[0].Machine
	seen := map[string]int{}
	for _, n := range places {
		image := copyOf(t, before, "cut.img")
		_, err := logPlan(t, image, machine, repair.Homes{OnDisk: true}).Commit(t.Context(), damage.OpenWithPower(n))
		if err == nil {
			break
		}
		if !errors.Is(err, damage.ErrPower) {
			t.Fatalf("cut after %d writes: %v", n, err)
		}
		dev, err := block.OpenReadOnly(image)
		if err != nil {
			t.Fatal(err)
		}
		view, journals, done, err := repair.ViewJournals(nil, []inspect.Source{{Path: image, Dev: dev}}, t.TempDir())
		if err != nil || len(journals) != 1 {
			t.Fatalf("cut after %d writes: %d journals, %v", n, len(journals), err)
		}
		seen[journals[0].Verdict]++
		p, err := inspect.Inspect(t.Context(), nil, view)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range p.Volumes() {
			number, _ := g.SystemHive()
			if v.Partition.Number == number && (v.State == nil || v.State.Log.Clean != (journals[0].Verdict != "roll back")) {
				t.Errorf("cut after %d writes, %s: %s: %+v", n, journals[0].Verdict, v.ID(), v.State)
			}
		}
		done()
		dev.Close()
		os.Remove(image)
	}
	t.Logf("journals seen: %v", seen)
	if seen["replay"] == 0 || len(seen) < 2 {
		t.Error("not both before and behind the commit")
	}
}

// logPlan plans the repair of a guest whose log is open.
func logPlan(t *testing.T, image, profile string, homes repair.Homes) *repair.Plan {
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
	p, err := inspect.Inspect(t.Context(), m, []inspect.Source{{Path: image, Dev: dev}})
	if err != nil {
		t.Fatal(err)
	}
	findings, err := condition.Detect(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := repair.NewPlan(t.Context(), p, findings, options(homes))
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Before) != 1 || len(plan.Fixes) != 1 {
		t.Fatalf("%d steps first, %d fixes", len(plan.Before), len(plan.Fixes))
	}
	return plan
}
