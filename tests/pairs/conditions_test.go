package pairs

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// loader is which of the two boot loaders a guest starts by.
func loader(g *guests.Guest) string {
	for _, path := range []string{`\ntldr`, `\freeldr.sys`} {
		if _, e := g.Find(0, path); e != nil {
			return "NTLDR"
		}
	}
	return "BOOTMGR"
}

// conditions names the pair of conditions that a fault stands for.
func (f fault) conditions() string {
	ids := []string{f.damages[0].Finding, f.damages[1].Finding}
	slices.Sort(ids)
	return loader(f.guest) + ": " + strings.Join(ids, " + ")
}

// byConditions takes the first fault of each pair of conditions; of pairs of ways
// in which one condition comes about, none.
func byConditions(pairs []fault) (first, rest []fault) {
	had := map[string]bool{}
	for _, f := range pairs {
		if name := f.conditions(); f.damages[0].Finding != f.damages[1].Finding && !had[name] {
			had[name] = true
			first = append(first, f)
		} else {
			rest = append(rest, f)
		}
	}
	return first, rest
}

// TestWhichConditions says which pairs of conditions are tried, and of the others
// why not: they are in one place or need two machines on every guest that has both,
// or no guest has both.
func TestWhichConditions(t *testing.T) {
	_, pairs, _ := faults(t)
	first, _ := byConditions(pairs)
	tried := map[string]bool{}
	for _, f := range first {
		tried[f.conditions()] = true
	}
	for _, by := range []string{"NTLDR", "BOOTMGR"} {
		on := conditionsOn(t, by)
		ids := slices.Sorted(maps.Keys(on))
		apart, clash, none := 0, 0, map[string]int{}
		for i, a := range ids {
			for _, b := range ids[:i] {
				switch {
				case tried[fmt.Sprintf("%s: %s + %s", by, b, a)]:
					apart++
				case slices.ContainsFunc(on[a], func(g string) bool { return slices.Contains(on[b], g) }):
					clash++
				default:
					none[a], none[b] = none[a]+1, none[b]+1
				}
			}
		}
		t.Logf("%s: %d conditions; %d pairs can occur together, %d are in one place or on two machines, for %d there is no guest: %v",
			by, len(ids), apart, clash, len(ids)*(len(ids)-1)/2-apart-clash, none)
		if apart < 300 {
			t.Errorf("%s: only %d pairs of conditions", by, apart)
		}
	}
}

// conditionsOn lists for each condition the guests with that boot loader on which it
// can be tried.
func conditionsOn(t *testing.T, by string) map[string][]string {
	on := map[string][]string{}
	for _, name := range slices.Concat(guests.Names(), guests.RealNames()) {
		g := guests.MustLoad(t, name)
		if len(g.Healthy) == 0 || loader(g) != by {
			continue
		}
		for _, d := range damage.All() {
			if unfit(d) == "" && d.Fits(name) {
				on[d.Finding] = append(on[d.Finding], name)
			}
		}
	}
	return on
}
