package engine

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestDamagedDisksAreLeftAlone: what the engine cannot repair it names, and it
// writes nothing, neither where only the damage is wrong nor where a repair
// that it knows is wanted on top.
func TestDamagedDisksAreLeftAlone(t *testing.T) {
	n := 0
	for _, d := range damage.All() {
		if !d.LeftAlone() {
			continue // these are repaired
		}
		n++
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			image, g := d.Build(t)
			machines := []string{d.Machine}
			switch {
			case d.Aside:
				machines = []string{g.Healthy[0].Machine}
			case d.Machine == "":
				machines = []string{g.Healthy[0].Machine, g.Broken[0].Machine}
			}
			for _, machine := range machines {
				leftAlone(t, d, image, machine)
			}
		})
	}
	t.Logf("%d damages", n)
}

// TestOtherFaultsStay: what can be repaired is, and what cannot be is still
// for a person.
func TestOtherFaultsStay(t *testing.T) {
	for _, d := range damage.All() {
		if !d.Aside {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			image, machine := withFault(t, d)
			doc := want(t, command.ExitPerson, "repair", "--yes", "--machine", machine, image)
			if doc.Result == nil || !doc.Result.Verified || !doc.Result.Committed {
				t.Errorf("result %+v; want the driver repaired", doc.Result)
			}
			code := command.ExitPerson
			if d.Repaired {
				code = command.ExitRepairable // when a person asks for it
			}
			after := want(t, code, "scan", "--machine", machine, image)
			if len(after.find(d.Finding)) != 1 || len(after.find("storage-driver-disabled")) != 0 {
				t.Errorf("want only %s left:\n%s", d.Finding, after.ids())
			}
		})
	}
}

// withFault is the guest with the damage, and a machine on which it needs another
// driver started; one that starts on all gets its driver turned off.
func withFault(t *testing.T, d damage.Damage) (image, machine string) {
	image, g := d.Build(t)
	if len(g.Broken) > 0 {
		return image, g.Broken[0].Machine
	}
	other, ok := damage.Find("storage-driver-disabled/ide-xp-qemu")
	if !ok || !other.Fits(d.Guest) {
		t.Fatalf("guest %s starts on every machine", d.Guest)
	}
	image, _ = damage.Build(t, d.Guest, d, other)
	return image, other.Machine
}

func leftAlone(t *testing.T, d damage.Damage, image, machine string) {
	t.Helper()
	before := hash(t, image)
	for _, args := range [][]string{{"scan"}, {"plan"}, {"repair", "--yes"}} {
		doc := want(t, command.ExitPerson, append(args, "--machine", machine, image)...)
		untouched(t, image, before, args[0])
		if doc.Result != nil && (doc.Result.Committed || doc.Result.BytesWritten != 0) {
			t.Errorf("result %+v; want nothing written", doc.Result)
		}
		found := doc.find(d.Finding)
		if len(found) == 0 {
			t.Fatalf("%v on %s does not find %s:\n%s", args, machine, d.Finding, doc.ids())
		}
		f := found[0]
		if f.Result != "present" || f.Summary == "" || f.Advice == "" || len(f.Evidence) == 0 {
			t.Errorf("finding %+v; want present, a summary, advice, evidence", f)
		}
		if strings.Count(f.Summary, "\n") > 0 {
			t.Errorf("summary is more than a sentence: %q", f.Summary)
		}
	}
	r := bootmend(t, "repair", "--yes", "--machine", machine, image)
	if !strings.Contains(r.Stdout+r.Stderr, d.Finding) {
		t.Errorf("the text does not name %s: %v", d.Finding, r)
	}
	untouched(t, image, before, "repair in text")
}

// TestDamagedVolumesAreMended: where a sound copy says what belongs there the
// disk is afterwards what it was before the damage, byte for byte.
func TestDamagedVolumesAreMended(t *testing.T) {
	n := 0
	for _, d := range damage.All() {
		if !d.Mended {
			continue
		}
		n++
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			sound := hash(t, guests.MustLoad(t, d.Guest).Build(t))
			image, g := d.Build(t)
			machine := g.Healthy[0].Machine
			damaged := hash(t, image)
			doc := want(t, command.ExitRepairable, "scan", "--machine", machine, image)
			if found := doc.find(d.Finding); len(found) != 1 || !found[0].Fixable {
				t.Fatalf("want %s:\n%s", d.Finding, doc.ids())
			}
			untouched(t, image, damaged, "scan")
			want(t, command.ExitOK, "repair", "--yes", "--machine", machine, image)
			if hash(t, image) != sound {
				t.Error("the disk is not what it was before the damage")
			}
			want(t, command.ExitOK, "scan", "--machine", machine, image)
			want(t, command.ExitOK, "undo", "--yes", image)
			if hash(t, image) != damaged {
				t.Error("taken back, the disk is not what it was before the repair")
			}
		})
	}
	t.Logf("%d damages", n)
}
