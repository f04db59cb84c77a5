package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// Select names a control set that is not there or not complete, or the one that
// failed.
//
// Seen as: STOP 0x00000074 BAD_SYSTEM_CONFIG_INFO, "\SYSTEM32\CONFIG\SYSTEM is
// missing or corrupt", or the same fault at every start although another control
// set is whole. All Windows.
// Cause: a control set was deleted or half restored; a choice of Last Known Good
// that was not carried through.
// Evidence: key Select. The loader starts Default, and LastKnownGood when a
// person asks for it; a set is complete when it has Control and Services with
// keys in them. Failed names the set that Windows gave up, and may stay set for
// ever: that alone is no fault; nor is LastKnownGood 0, there is none then.
// Fix: the roles of sets that are missing go to a complete set: LastKnownGood
// where there is one, else Current, else the one with the highest number; Failed
// becomes 0. Default that is the failed set is changed on request.
// Not fixed: where no set is complete (hive-missing, hive-damaged).
var controlsetSelect = Condition{
	ID:     "controlset-select",
	Title:  "The control set that Windows starts with is missing or failed",
	InHive: true,
	Detect: detectControlsetSelect,
	Fix: func(_ *inspect.Patient, f Finding) ([]step.Step, error) {
		return selectSteps(f.Windows, judgeSelect(f.Windows)), nil
	},
}

// selection is what Select should be, and why.
type selection struct {
	why    []string
	wrong  bool // Default itself is wrong
	failed bool // Default is the set that failed, which is no proof
	set    uint32
}

// completeSet reports whether the loader and the kernel find what they need.
func completeSet(w *inspect.Installation, n uint32) bool {
	for _, below := range []string{"Control", "Services"} {
		k, err := w.System.Hive.Key(fmt.Sprintf(`ControlSet%03d\%s`, n, below))
		if err != nil || k.SubkeyCount() == 0 {
			return false
		}
	}
	return true
}

func judgeSelect(w *inspect.Installation) selection {
	sel := w.System.Select
	var s selection
	for _, r := range []struct {
		name string
		n    registry.Number
	}{{"Default", sel.Default}, {"Current", sel.Current}, {"LastKnownGood", sel.LastKnownGood}} {
		if r.n.Present && completeSet(w, r.n.N) || !r.n.Present && r.name != "Default" || r.name == "LastKnownGood" && r.n.N == 0 {
			continue
		}
		why := fmt.Sprintf("%s names ControlSet%03d, which is not there or not complete", r.name, r.n.N)
		if !r.n.Present {
			why = "there is no Default"
		}
		s.why, s.wrong = append(s.why, why), s.wrong || r.name == "Default"
	}
	if len(s.why) == 0 && sel.Failed.N != 0 && sel.Failed.N == sel.Default.N && sel.LastKnownGood.Present && sel.LastKnownGood.N != sel.Default.N {
		s.failed, s.why = true, []string{fmt.Sprintf("Default is ControlSet%03d, which Failed names as the one that did not start", sel.Default.N)}
	}
	s.set = bestSet(w, s.wrong || s.failed)
	return s
}

// bestSet is the number of the set that takes over, 0 when none is complete.
func bestSet(w *inspect.Installation, replaceDefault bool) uint32 {
	sel := w.System.Select
	order := []registry.Number{sel.LastKnownGood, sel.Current}
	if !replaceDefault {
		order = []registry.Number{sel.Default}
	}
	for i := len(w.ControlSets) - 1; i >= 0; i-- {
		order = append(order, registry.Number{N: w.ControlSets[i].Number, Present: true})
	}
	for _, n := range order {
		if n.Present && completeSet(w, n.N) && !(replaceDefault && n.N == sel.Failed.N && n.N == sel.Default.N) {
			return n.N
		}
	}
	return 0
}

func detectControlsetSelect(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		if !readable(w) {
			continue
		}
		s := judgeSelect(w)
		if len(s.why) == 0 {
			continue
		}
		f := Finding{Result: Present, Severity: Warning, Confidence: High, Windows: w, Fixable: s.set != 0,
			Summary: fmt.Sprintf("Select of %s is wrong: %s.", w.Label(), strings.Join(s.why, "; "))}
		for _, why := range s.why {
			f.Evidence = append(f.Evidence, keyEvidence(w, "Select", "control sets that are complete", why))
		}
		if s.wrong {
			f.Severity, f.Hides = Fatal, true
			f.Symptom = `STOP 0x00000074 BAD_SYSTEM_CONFIG_INFO, or "\SYSTEM32\CONFIG\SYSTEM is missing or corrupt"`
		}
		if s.failed {
			f.Confidence = Low
			f.Advice = "Windows may have been told to use Last Known Good and did not get that far. repair --only controlset-select lets it start with that."
		}
		if !f.Fixable {
			f.Severity, f.Hides = Blocker, false
			f.Advice = "No control set is complete: the hive needs a copy of its own (system32\\config\\RegBack, the repair folder, a backup)."
		}
		all = append(all, f)
	}
	return all
}

// selectSteps gives the roles of missing sets to a complete one.
func selectSteps(w *inspect.Installation, s selection) []step.Step {
	sel := w.System.Select
	var steps []step.Step
	set := func(name string, n registry.Number, to uint32) {
		if n.Present && n.N == to {
			return
		}
		one := step.SetValue{Volume: w.Volume, File: w.HivePath, Key: "Select", Value: name, New: step.DWORD(to), Why: "the control set is complete"}
		if n.Present {
			one.Old = step.DWORD(n.N)
		}
		steps = append(steps, one)
	}
	if s.wrong || s.failed {
		set("Default", sel.Default, s.set)
		set("Current", sel.Current, s.set)
	} else if !completeSet(w, sel.Current.N) {
		set("Current", sel.Current, s.set)
	}
	if sel.LastKnownGood.N != 0 && !completeSet(w, sel.LastKnownGood.N) {
		set("LastKnownGood", sel.LastKnownGood, s.set)
	}
	if sel.Failed.Present && sel.Failed.N != 0 {
		set("Failed", sel.Failed, 0)
	}
	return steps
}
