package explain

import (
	"cmp"
	"slices"

	"github.com/bootmend/bootmend/initramfs/condition"
)

// State says whether a condition is there.
type State string

// What a scan can say.
const (
	Present State = "present"
	Unknown State = "unknown"
	Absent  State = "absent"
)

// Judged is a ranked condition and what a scan found of it.
type Judged struct {
	Ranked
	State    State
	Findings []condition.Finding // none where it is absent
}

// Against holds what was ranked against the findings of a scan: what is there
// comes first, then what could not be told, each in the order of rank. others are
// the findings that have nothing to do with what was seen.
func Against(ranked []Ranked, findings []condition.Finding) (judged []Judged, others []condition.Finding) {
	for _, r := range ranked {
		j := Judged{Ranked: r, State: Absent}
		for _, f := range findings {
			if f.ID != r.ID {
				continue
			}
			j.Findings = append(j.Findings, f)
			if f.Result == condition.Present {
				j.State = Present
			} else if j.State == Absent {
				j.State = Unknown
			}
		}
		judged = append(judged, j)
	}
	order := []State{Present, Unknown, Absent}
	slices.SortStableFunc(judged, func(a, b Judged) int {
		return cmp.Compare(slices.Index(order, a.State), slices.Index(order, b.State))
	})
	for _, f := range findings {
		if !slices.ContainsFunc(ranked, func(r Ranked) bool { return r.ID == f.ID }) {
			others = append(others, f)
		}
	}
	return judged, others
}
