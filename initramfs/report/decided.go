package report

import (
	"fmt"
	"io"
	"slices"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/repair"
)

// WriteDecided writes for a person all that was decided about one condition: for
// each Windows and disk whether it is there and why, what its repair would do, and
// what forbids that. The run has it in Alone, and a plan with Only set to it.
func WriteDecided(w io.Writer, c condition.Condition, run *Run) error {
	p := &printer{w: w}
	p.wrap("", fmt.Sprintf("%s: %s", c.ID, c.Title))
	if run.Patient != nil {
		p.places(c, run)
		p.absent(run)
	}
	if run.Plan != nil {
		p.plan(run)
		for _, f := range run.Plan.Later {
			p.wrap("LATER ", run.Plan.LaterNote(f))
		}
	}
	p.f("\n")
	p.verdict(c, run)
	return p.err
}

// places prints the findings of the condition.
func (p *printer) places(c condition.Condition, run *Run) {
	for _, f := range run.Alone {
		p.f("\n")
		p.wrap(word(f.Result)+" ", fmt.Sprintf("%s (%s, confidence %s)", placeOf(f), f.Severity, f.Confidence))
		p.wrap("  ", f.Summary)
		if f.Symptom != "" {
			p.wrap("  seen as: ", f.Symptom)
		}
		for _, e := range f.Evidence {
			p.wrap("  because: ", e.String())
		}
		if f.Advice != "" {
			p.wrap("  what to do: ", f.Advice)
		}
		p.wrap("  decided: ", decision(c, run, f))
	}
}

// word heads a finding.
func word(r condition.Result) string {
	if r == condition.Present {
		return "PRESENT"
	}
	return "UNKNOWN"
}

// decision says in one sentence what bootmend does about a finding.
func decision(c condition.Condition, run *Run, f condition.Finding) string {
	switch {
	case !run.found(f):
		return "not listed by scan and not repaired by itself, because another finding accounts for it"
	case f.Result == condition.Unknown:
		return "nothing, because it could not be told"
	case c.Fix == nil:
		return "nothing, because it takes a person or another tool"
	case !f.Fixable:
		return "nothing, because something is missing for the repair"
	case run.refused(f):
		return "not repaired, because another finding forbids it (see REFUSED)"
	case f.Confidence != condition.High:
		return fmt.Sprintf("repaired only when a person asks for it: bootmend repair %s", f.Only())
	}
	return "repaired, in automatic mode, too"
}

// found reports whether the finding is among those that scan lists.
func (r *Run) found(f condition.Finding) bool {
	return slices.ContainsFunc(r.Findings, func(x condition.Finding) bool { return x.Key() == f.Key() })
}

// placeOf names where a finding is.
func placeOf(f condition.Finding) string {
	switch {
	case f.Windows != nil && f.Subject != "":
		return fmt.Sprintf("%s, %s, %s", f.Windows.ID, f.Windows.Label(), f.Subject)
	case f.Windows != nil:
		return fmt.Sprintf("%s, %s", f.Windows.ID, f.Windows.Label())
	case f.Volume != nil:
		return f.Volume.ID()
	case f.Disk != nil:
		return f.Disk.Path
	}
	return "this machine"
}

// absent prints each Windows and disk that has no such finding.
func (p *printer) absent(run *Run) {
	p.f("\n")
	for _, w := range run.Patient.Windows {
		if !slices.ContainsFunc(run.Alone, func(f condition.Finding) bool { return f.Windows == w }) {
			p.wrap("absent  ", fmt.Sprintf("%s, %s", w.ID, w.Label()))
		}
	}
	for _, d := range run.Patient.Disks {
		on := func(f condition.Finding) bool {
			return f.Disk == d || f.OnVolume() != nil && f.OnVolume().Disk == d
		}
		if !d.Rescue && !slices.ContainsFunc(run.Alone, on) {
			p.wrap("absent  ", d.Path)
		}
	}
}

// verdict is the last line.
func (p *printer) verdict(c condition.Condition, run *Run) {
	verify, failed := run.Err.(*repair.VerifyError)
	switch {
	case failed:
		p.wrap("RESULT ", "would not be written: "+verify.Error())
	case run.Err != nil:
		p.wrap("RESULT ", run.Err.Error())
	case len(run.Alone) == 0:
		p.wrap("RESULT ", c.ID+" is absent, nothing was written")
	case run.Plan != nil && len(run.Plan.Fixes) > 0:
		p.wrap("RESULT ", "can be repaired and was verified in memory, nothing was written")
	default:
		p.wrap("RESULT ", "is not repaired, nothing was written")
	}
}

// DecidedDoc is WriteDecided as one JSON object: the document of the plan, and the
// condition's findings with what was decided about each.
type DecidedDoc struct {
	*Document
	Explain ExplainDoc `json:"explain"`
}

// ExplainDoc is what was decided about a condition.
type ExplainDoc struct {
	ID     string     `json:"id"`
	Title  string     `json:"title"`
	Places []PlaceDoc `json:"places"` // none: it is absent
}

// PlaceDoc is one place where the condition is there or could not be told.
type PlaceDoc struct {
	FindingDoc
	Decided string `json:"decided"`
}

// WriteDecidedJSON is WriteDecided for programs.
func WriteDecidedJSON(w io.Writer, c condition.Condition, run *Run, code int) error {
	d := DecidedDoc{NewDocument(run), ExplainDoc{c.ID, c.Title, []PlaceDoc{}}}
	d.Document.ExitCode = code
	for _, f := range run.Alone {
		d.Explain.Places = append(d.Explain.Places, PlaceDoc{findingDoc(f, run.StepsFor(f)), decision(c, run, f)})
	}
	return encode(w, d)
}
