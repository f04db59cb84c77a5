package tests

import (
	"regexp"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/tests/damage"
)

// older are the guests without BOOTMGR: the floppy's.
var older = regexp.MustCompile(`^(winnt4|win2000|winxp|win2003|reactos|nt4|nt351)`)

// notOlder are conditions that a damage shows on such a guest and that the floppy leaves
// out, with the reason.
var notOlder = map[string]string{}

// TestOlder: whatever a damage of tests/damage shows on a Windows NT 4 to Server 2003,
// the floppy's list has, and in the order of the long one.
func TestOlder(t *testing.T) {
	short, long := ids(condition.Older()), ids(condition.All())
	at := -1
	for _, id := range short {
		next := slices.Index(long, id)
		if next <= at {
			t.Errorf("Older has %s at another place than All, or All has it not", id)
		}
		at = next
	}
	shown, needed := 0, map[string]bool{}
	for _, d := range damage.All() {
		if d.Finding == "" || d.Harmless || !slices.ContainsFunc(append([]string{d.Guest}, d.Guests...), older.MatchString) {
			continue
		}
		shown++
		needed[d.Finding] = true
		if !slices.Contains(short, d.Finding) && notOlder[d.Finding] == "" {
			t.Errorf("damage %s shows %s on %s %v; add it to condition.Older, or to notOlder with a reason", d.Name, d.Finding, d.Guest, d.Guests)
		}
	}
	for id, why := range notOlder {
		if !needed[id] || slices.Contains(short, id) {
			t.Errorf("notOlder has %s (%s), which no damage shows, or the floppy has", id, why)
		}
	}
	if shown < 50 {
		t.Errorf("only %d damages on such guests", shown)
	}
	for _, id := range short {
		if !needed[id] {
			t.Logf("no damage on such a guest shows %s", id)
		}
	}
	t.Logf("%d damages of %d conditions, %d in the floppy's list of %d, %d left out", shown, len(needed), len(short), len(long), len(notOlder))
}

func ids(all []condition.Condition) (ids []string) {
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	return ids
}
