package engine

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// TestDriversAreInjected takes damage that a driver or its binding ends from the
// scan to the undo: found alone, repaired, found no more, taken back. What files
// and registry are before and after, foreign tools say.
func TestDriversAreInjected(t *testing.T) {
	n := 0
	for _, d := range damage.All() {
		if !d.Injected {
			continue
		}
		n++
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			injected(t, d)
		})
	}
	t.Logf("%d damages", n)
}

func injected(t *testing.T, d damage.Damage) {
	t.Helper()
	image, g := d.Build(t)
	damaged := hash(t, image)
	args := []string{"--machine", d.Machine, image}
	doc := want(t, command.ExitRepairable, append([]string{"scan"}, args...)...)
	found := doc.find(d.Finding)
	if len(found) != 1 || len(doc.Findings) != 1 || !found[0].Fixable || found[0].Confidence != "high" || len(found[0].Evidence) == 0 || found[0].Symptom == "" {
		t.Fatalf("want %s alone, to be fixed with high confidence, with evidence and symptom:\n%s\n%+v", d.Finding, doc.ids(), doc.Findings)
	}
	untouched(t, image, damaged, "scan")
	registry, before := registryOf(t, image, g), withoutHives(files(t, image, g))

	done := want(t, command.ExitOK, append([]string{"repair", "--yes"}, args...)...)
	if done.Result == nil || !done.Result.Verified || !done.Result.Committed {
		t.Errorf("result %+v", done.Result)
	}
	sound(t, image, g)
	if _, added := oracle.RegChanges(registry, registryOf(t, image, g)); len(added) == 0 && !strings.HasPrefix(d.Finding, "storage-driver-missing") {
		t.Error("hivexregedit sees no change of the registry")
	}
	repaired := hash(t, image)
	if after := want(t, command.ExitOK, append([]string{"scan"}, args...)...); len(after.Findings) > 0 {
		t.Errorf("findings after the repair:\n%s", after.ids())
	}
	want(t, command.ExitOK, append([]string{"repair", "--yes"}, args...)...)
	if hash(t, image) != repaired {
		t.Error("the second repair wrote")
	}

	want(t, command.ExitOK, "undo", "--yes", image)
	sound(t, image, g)
	if gone, added := oracle.RegChanges(registry, registryOf(t, image, g)); len(gone)+len(added) > 0 {
		t.Errorf("taken back, the registry lacks %q and has %q more", gone, added)
	}
	if after := withoutHives(files(t, image, g)); after != before {
		t.Errorf("taken back, files differ from before:\n%s\n%s", before, after)
	}
}

// registryOf is the SYSTEM hive as hivexregedit exports it.
func registryOf(t *testing.T, image string, g *guests.Guest) []string {
	t.Helper()
	lines, err := oracle.RegExport(patient{image: image, guest: g}.hive(t))
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// withoutHives leaves out the files that are taken back value by value.
func withoutHives(list string) string {
	var keep []string
	for line := range strings.SplitSeq(list, "\n") {
		if path := strings.ToLower(line); !strings.Contains(path, `\config\system `) && !strings.Contains(path, `\config\software `) {
			keep = append(keep, line)
		}
	}
	return strings.Join(keep, "\n")
}
