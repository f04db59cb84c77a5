package report

import "github.com/bootmend/bootmend/initramfs/repair"

// ActionDoc is something that a person asked for by name, for one Windows.
type ActionDoc struct {
	Name     string    `json:"name"`
	Argument string    `json:"argument,omitempty"`
	Windows  string    `json:"windows,omitempty"`
	Title    string    `json:"title"`
	State    string    `json:"state"` // "planned", "done", "nothing-to-do" or "not-done"
	Notes    []string  `json:"notes,omitempty"`
	Steps    []StepDoc `json:"steps"`
}

// The states of an action.
const (
	actionPlanned = "planned"
	actionDone    = "done"
	actionNothing = "nothing-to-do" // it is so already
	actionNotDone = "not-done"      // an error ended the run before
)

func actionDocs(run *Run) []ActionDoc {
	var all []ActionDoc
	if run.Plan == nil {
		return nil
	}
	for _, a := range run.Plan.Actions {
		if a.Name == "" {
			continue
		}
		d := ActionDoc{Name: a.Name, Argument: a.Argument, Title: a.Title, State: run.stateOf(a), Notes: a.Notes, Steps: []StepDoc{}}
		if a.Windows != nil {
			d.Windows = a.Windows.ID
		}
		for _, s := range a.Steps {
			d.Steps = append(d.Steps, stepDoc(s))
		}
		all = append(all, d)
	}
	return all
}

func (r *Run) stateOf(a repair.Action) string {
	switch {
	case len(a.Steps) == 0:
		return actionNothing
	case r.Committed:
		return actionDone
	case r.Err != nil:
		return actionNotDone
	}
	return actionPlanned
}
