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
// or no disk and no Windows can have both. There is none without a reason.
func TestWhichConditions(t *testing.T) {
	_, pairs, _ := faults(t)
	first, _ := byConditions(pairs)
	tried := map[string]bool{}
	for _, f := range first {
		tried[f.conditions()] = true
	}
	gpt := map[string]bool{}
	for _, f := range pairs {
		gpt[f.guest.Name] = f.guest.GPT
	}
	for _, by := range []string{"NTLDR", "BOOTMGR"} {
		on := conditionsOn(t, by)
		ids := slices.Sorted(maps.Keys(on))
		apart, clash, never, none := 0, 0, map[string]int{}, []string{}
		for i, a := range ids {
			for _, b := range ids[:i] {
				why := exclude(on[a], on[b], gpt)
				switch {
				case tried[fmt.Sprintf("%s: %s + %s", by, b, a)]:
					apart++
				case slices.ContainsFunc(on[a], func(g string) bool { return slices.Contains(on[b], g) }):
					clash++
				case why != "":
					never[why]++
				case alone[a] != "" || alone[b] != "":
					never[alone[a]+alone[b]]++
				default:
					none = append(none, b+" + "+a)
				}
			}
		}
		t.Logf("%s: %d conditions; %d pairs can occur together, %d are in one place or on two machines; cannot occur: %v", by, len(ids), apart, clash, never)
		if apart < 300 || len(none) > 0 {
			t.Errorf("%s: only %d pairs of conditions, or no guest for %d: %q", by, apart, len(none), none)
		}
	}
}

// alone are conditions that cannot be tried beside all others, and why.
var alone = map[string]string{
	"vmbus-device-missing": "no guest on GPT or with a recovery environment is sound under Hyper-V",
}

// exclude is what all guests of one condition have and none of the other, so that no
// disk and no Windows has both; "": there is nothing of the kind.
func exclude(a, b []string, gpt map[string]bool) string {
	starts := func(prefixes ...string) func(string) bool {
		return func(guest string) bool {
			return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(guest, p) })
		}
	}
	for _, trait := range []struct {
		name string
		has  func(guest string) bool
	}{
		{"one on MBR, one on GPT", func(guest string) bool { return gpt[guest] }},
		{"one before Windows 8, one since", starts("winvista-", "win7-")},
		{"one on Vista, one since Windows 7", starts("winvista-")},
	} {
		all := func(list []string, want bool) bool {
			return !slices.ContainsFunc(list, func(g string) bool { return trait.has(g) != want })
		}
		if all(a, true) && all(b, false) || all(a, false) && all(b, true) {
			return trait.name
		}
	}
	return ""
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
