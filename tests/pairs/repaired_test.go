package pairs

import (
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// document is as much of --json as is asked for.
type document struct {
	Findings []finding
	Result   struct {
		UndoID string `json:"undo_id"`
	}
}

// plans reports whether there are steps to take.
func (d document) plans() bool {
	return slices.ContainsFunc(d.Findings, func(f finding) bool { return len(f.Steps) > 0 })
}

type finding struct {
	ID, Result, Windows, Disk, Volume, Subject, Severity string
	Steps                                                []any
}

// is what tells findings of one scan apart.
func (f finding) is() string {
	return strings.ToLower(strings.Join([]string{f.ID, f.Result, f.Windows, f.Disk, f.Volume, f.Subject}, "|"))
}

// course is what happened to one fault.
type course struct {
	fault
	damaged *guests.Guest // as it is described with the damages
	image   string
	seen    []string // IDs of findings, over all scans and repairs
	undo    []string // IDs of the bundles, the oldest first
}

// run runs a command with --json and notes what it found.
func (c *course) run(t *testing.T, name string, args ...string) (command.Result, document) {
	t.Helper()
	args = append(append([]string{name}, args...), "--json", "--machine", c.machine(), c.image)
	r := built.Run(t, args...)
	var doc document
	r.Decode(t, &doc)
	had := map[string]bool{}
	for _, f := range doc.Findings {
		if had[f.is()] {
			t.Errorf("%s: two findings are the same: %s", name, f.is())
		}
		had[f.is()] = true
		if !slices.Contains(c.seen, f.ID) {
			c.seen = append(c.seen, f.ID)
		}
	}
	if doc.Result.UndoID != "" && name == "repair" {
		c.undo = append(c.undo, doc.Result.UndoID)
	}
	return r, doc
}

// repaired builds, repairs, and demands a clean scan, that each of the faults was
// found in its turn or is undone by what ended the other, and that no later repair
// writes; then it takes everything back. What only a person can end is all that is
// left.
func repaired(t *testing.T, f fault) {
	image, g := damage.Build(t, f.guest.Name, f.damages...)
	c := &course{fault: f, damaged: g, image: image}
	before := stateOf(t, image, g)
	_, first := c.run(t, "scan")
	if !slices.ContainsFunc(f.damages, func(d damage.Damage) bool { return first.has(d.Finding) }) {
		t.Fatalf("none of the faults is found, but %v", first.ids())
	}
	if slices.ContainsFunc(f.damages, damage.Damage.Blocks) {
		c.blocked(t, before, first)
		return
	}
	stays := c.those(damage.Damage.Stays)
	c.repair(t, len(stays) > 0 || len(c.those(damage.Damage.Asked)) > 0)
	for _, id := range c.those(damage.Damage.Asked) {
		c.repair(t, true, "--only", id)
		c.repair(t, true) // what it hid
	}
	_, last := c.run(t, "scan")
	if got := last.ids(); !slices.Equal(slices.Sorted(slices.Values(got)), stays) {
		t.Errorf("after the repair: %v; want %v", got, stays)
	}
	for _, d := range f.damages {
		if !slices.Contains(c.seen, d.Finding) {
			undone(t, c, d)
		}
	}
	judged(t, image, f)
	c.again(t, len(stays) > 0)
	c.takeBack(t, before, first)
}

// repair repairs until nothing is left to be repaired, three times at most. Where
// something stays for a person, that is no failure.
func (c *course) repair(t *testing.T, person bool, args ...string) {
	t.Helper()
	for round := 1; ; round++ {
		r, _ := c.run(t, "repair", append([]string{"--yes"}, args...)...)
		if r.Code == command.ExitOK {
			return
		}
		if person && r.Code == command.ExitPerson {
			if _, doc := c.run(t, "plan", args...); !doc.plans() {
				return
			}
			continue
		}
		if r.Code != command.ExitRepairable || round == 3 {
			t.Fatalf("repair %d: %v", round, r)
		}
	}
}

// again demands that the next repair finds nothing to do.
func (c *course) again(t *testing.T, person bool) {
	t.Helper()
	want := command.ExitOK
	if person {
		want = command.ExitPerson
	}
	was := hash(t, c.image)
	if r, _ := c.run(t, "repair", "--yes"); r.Code != want || hash(t, c.image) != was {
		t.Errorf("the next repair: exit %d, want %d, and it wrote: %v", r.Code, want, hash(t, c.image) != was)
	}
}

// blocked: something keeps the disk or a volume from being written. It is named,
// whatever is repaired beside it, and it is as it was; all else is repaired or named,
// too, or cannot be seen; nor can Windows on a volume that is not readable.
func (c *course) blocked(t *testing.T, before state, first document) {
	t.Helper()
	c.repair(t, true)
	_, last := c.run(t, "scan")
	for _, d := range c.damages {
		if d.Blocks() && first.has(d.Finding) && !last.has(d.Finding) {
			t.Errorf("%s is found no more, but %v", d.Finding, last.ids())
		}
	}
	for _, id := range last.ids() {
		if !first.has(id) && id != "windows-not-found" && !c.oneShows(t, id) {
			t.Errorf("after the repair there is %s", id)
		}
	}
	c.again(t, true)
	c.takeBack(t, before, first)
}

// oneShows reports whether one of the damages is of that kind or has it as a
// consequence where it is alone: the other may have hidden that.
func (c *course) oneShows(t *testing.T, id string) bool {
	t.Helper()
	return slices.ContainsFunc(c.damages, func(d damage.Damage) bool {
		if d.Finding == id {
			return true
		}
		image, g := damage.Build(t, c.guest.Name, d)
		_, doc := (&course{fault: c.fault, damaged: g, image: image}).run(t, "scan")
		return doc.has(id)
	})
}

// those are the findings of the faults that are of a kind, sorted.
func (c *course) those(kind func(damage.Damage) bool) (ids []string) {
	for _, d := range c.damages {
		if kind(d) {
			ids = append(ids, d.Finding)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// ids are the findings that are no note.
func (d document) ids() (ids []string) {
	for _, f := range d.Findings {
		if f.Severity != "info" {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

func (d document) has(id string) bool {
	return slices.ContainsFunc(d.Findings, func(f finding) bool { return f.ID == id })
}
