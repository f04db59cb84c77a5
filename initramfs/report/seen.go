package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/explain"
)

// SeenDoc is the answer to "what did you see?" as one JSON object. Result of a
// condition is "" where no disk was looked at.
type SeenDoc struct {
	Version    int       `json:"version"`
	Text       string    `json:"text"`
	Recognised string    `json:"recognised,omitempty"`
	Conditions []WhyDoc  `json:"conditions"`
	Others     []string  `json:"other_findings"`
	Document   *Document `json:"scan,omitempty"`
}

// WhyDoc is a condition that may have made what was seen.
type WhyDoc struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	When    string `json:"when,omitempty"`
	Symptom string `json:"symptom"`
	Result  string `json:"result,omitempty"` // present, unknown, absent
}

// WriteSeenJSON is WriteSeen for programs.
func WriteSeenJSON(w io.Writer, text string, ranked []explain.Ranked, run *Run) error {
	d := SeenDoc{Version: Version, Text: text, Conditions: []WhyDoc{}, Others: []string{}}
	if len(ranked) > 0 {
		d.Recognised = ranked[0].Symptom
	}
	judged, others := judge(ranked, run)
	for _, j := range judged {
		d.Conditions = append(d.Conditions, WhyDoc{j.ID, j.Title, j.Why, j.Symptom, string(j.State)})
	}
	for _, f := range others {
		d.Others = append(d.Others, f.ID)
	}
	if run != nil {
		d.Document = NewDocument(run)
	}
	return encode(w, d)
}

// encode writes a document as people can read it, too.
func encode(w io.Writer, d any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(d)
}

// judge is explain.Against; without a run nothing is said of what is there.
func judge(ranked []explain.Ranked, run *Run) ([]explain.Judged, []condition.Finding) {
	if run != nil {
		return explain.Against(ranked, run.Findings)
	}
	var all []explain.Judged
	for _, r := range ranked {
		all = append(all, explain.Judged{Ranked: r})
	}
	return all, nil
}

// WriteSeen writes what may have made what a person saw, most likely first. With
// a run, the conditions that are really there come first; nil where no disk was
// looked at.
func WriteSeen(w io.Writer, text string, ranked []explain.Ranked, run *Run) error {
	p := &printer{w: w}
	if len(ranked) == 0 {
		p.wrap("", fmt.Sprintf("%q is not known. Type the stop code (0x0000007B) or the message as it stands on the screen; bootmend scan looks for everything in any case.", text))
	} else {
		p.wrap("You saw: ", ranked[0].Symptom)
	}
	judged, others := judge(ranked, run)
	if run == nil {
		p.guesses(judged)
		return p.err
	}
	var absent []string
	for _, j := range judged {
		if j.State == explain.Absent {
			absent = append(absent, j.ID)
			continue
		}
		for _, f := range j.Findings {
			p.here(f)
		}
	}
	if len(absent) > 0 {
		p.f("\n")
		p.wrap("Looked for and not there: ", strings.Join(absent, ", "))
	}
	if len(others) > 0 {
		p.f("\nFound besides, and not known to show this:\n")
		for _, f := range others {
			p.wrap("  ", fmt.Sprintf("%s (%s, %s): %s", f.Name(), f.Result, f.Severity, f.Summary))
		}
	}
	p.f("\n")
	p.wrap("RESULT ", seenVerdict(ranked, judged, others))
	return p.err
}

// guesses prints the conditions without having looked for them.
func (p *printer) guesses(judged []explain.Judged) {
	if len(judged) > 0 {
		p.f("What makes that, most likely first:\n")
	}
	for i, j := range judged {
		text := j.Title
		if j.Why != "" {
			text += "; " + j.Why
		}
		p.f("%3d  %s\n", i+1, j.ID)
		p.wrap("     ", text+".")
	}
}

// here prints a finding that may have made what was seen.
func (p *printer) here(f condition.Finding) {
	p.f("\n")
	p.wrap(word(f.Result)+" ", fmt.Sprintf("%s on %s", f.ID, placeOf(f)))
	p.wrap("  ", f.Summary)
	switch {
	case f.Advice != "":
		p.wrap("  what to do: ", f.Advice)
	case f.Fixable:
		p.wrap("  what to do: ", "bootmend repair mends it")
	}
}

func seenVerdict(ranked []explain.Ranked, judged []explain.Judged, others []condition.Finding) string {
	switch {
	case len(judged) > 0 && judged[0].State == explain.Present:
		return fmt.Sprintf("%s is there and shows this. bootmend scan --explain %s tells all about it", judged[0].ID, judged[0].ID)
	case len(judged) > 0 && judged[0].State == explain.Unknown:
		return "of what is known to show this, something could not be told, and nothing is there for certain"
	case len(others) > 0:
		return "nothing of what is known to show this is there, but something else is wrong"
	case len(ranked) > 0:
		return "nothing of what is known to show this is there, and nothing else is wrong on these disks"
	}
	return "nothing is wrong on these disks"
}
