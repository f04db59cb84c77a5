package pairs

import (
	"slices"
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

type finding struct{ ID, Severity, Summary string }

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
	for _, f := range doc.Findings {
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
// writes; then it takes everything back.
func repaired(t *testing.T, f fault) {
	image, g := damage.Build(t, f.guest.Name, f.damages...)
	c := &course{fault: f, damaged: g, image: image}
	before := stateOf(t, image, g)
	_, first := c.run(t, "scan")
	if !slices.ContainsFunc(f.damages, func(d damage.Damage) bool { return first.has(d.Finding) }) {
		t.Fatalf("none of the faults is found, but %v", first.ids())
	}
	for round := 1; ; round++ {
		r, _ := c.run(t, "repair", "--yes")
		if r.Code == command.ExitOK {
			break
		}
		if r.Code != command.ExitRepairable || round == 3 {
			t.Fatalf("repair %d: %v", round, r)
		}
	}
	if _, doc := c.run(t, "scan"); len(doc.ids()) > 0 {
		t.Errorf("after the repair: %v", doc.ids())
	}
	for _, d := range f.damages {
		if !slices.Contains(c.seen, d.Finding) {
			undone(t, c, d)
		}
	}
	judged(t, image, f.guest)
	after := hash(t, image)
	if r, _ := c.run(t, "repair", "--yes"); r.Code != command.ExitOK || hash(t, image) != after {
		t.Errorf("the next repair: exit %d, and it wrote: %v", r.Code, hash(t, image) != after)
	}
	c.takeBack(t, before, first)
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
