package console

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/console/terminal"
)

// findingsPage lists what was found.
type findingsPage struct{ view }

func (p *findingsPage) title() string { return "Findings" }

func (p *findingsPage) window() *view { return &p.view }

func (p *findingsPage) keys(m *Model) []binding {
	all := m.look.Run.Findings
	if len(all) == 0 {
		return nil
	}
	return []binding{
		{terminal.Enter, "Evidence", func() { m.push(&findingPage{finding: all[p.selected]}) }},
		{'p', "Repair", m.repair},
	}
}

func (p *findingsPage) lines(m *Model) []row {
	r := newRows()
	all := m.look.Run.Findings
	if len(all) == 0 {
		r.text(0, terminal.Good, "Nothing wrong was found.")
		return r.list
	}
	for i, f := range all {
		r.entry(i)
		mark, style := findingMark(f)
		r.add(span{style, mark + " "}, span{terminal.Bold, short(findingTitle(f), textWidth-2)})
		r.entry(none)
		for i, line := range broken(f.Summary, textWidth-4) {
			if i == 2 { // the rest is on its own page
				r.add(span{terminal.Dim, "    ..."})
				break
			}
			r.add(span{terminal.Plain, "    " + line})
		}
	}
	return r.list
}

func findingMark(f condition.Finding) (string, terminal.Style) {
	switch {
	case f.Result == condition.Unknown:
		return "?", terminal.Warn
	case f.Severity == condition.Fatal, f.Severity == condition.Blocker:
		return "✗", terminal.Bad
	case f.Severity == condition.Warning:
		return "!", terminal.Warn
	}
	return "•", terminal.Dim
}

// conditionTitle is what the condition is called, its ID where there is no such
// condition.
func conditionTitle(id string) string {
	if c, ok := condition.ByID(id); ok {
		return c.Title
	}
	return id
}

// findingTitle is the title of the condition, and before it which of several there has
// it.
func findingTitle(f condition.Finding) string {
	if f.Subject == "" {
		return conditionTitle(f.ID)
	}
	return f.Subject + ": " + conditionTitle(f.ID)
}

// findingPage shows one finding and what it rests on.
type findingPage struct {
	view
	finding condition.Finding
}

func (p *findingPage) title() string { return p.finding.Name() }

func (p *findingPage) window() *view { return &p.view }

func (p *findingPage) keys(m *Model) []binding {
	if !p.finding.Fixable {
		return nil
	}
	return []binding{{terminal.Enter, "Repair", m.repair}}
}

func (p *findingPage) lines(*Model) []row {
	r, f := newRows(), p.finding
	const label = 12
	r.wrap(nil, terminal.Bold, findingTitle(f))
	r.blank()
	r.text(0, terminal.Plain, "%s", f.Summary)
	r.blank()
	if f.Symptom != "" {
		r.labelled("Seen as", label, f.Symptom)
	}
	r.labelled("Means", label, meaning(f))
	switch {
	case f.Windows != nil:
		r.labelled("Where", label, f.Windows.Label())
	case f.Volume != nil:
		r.labelled("Where", label, f.Volume.ID())
	case f.Disk != nil:
		r.labelled("Where", label, f.Disk.Path)
	}
	switch {
	case f.Advice != "":
		r.labelled("What to do", label, f.Advice)
	case f.Fixable:
		r.labelled("What to do", label, "Let bootmend repair it.")
	}
	r.blank()
	r.head("Evidence")
	if len(f.Evidence) == 0 {
		r.text(2, terminal.Dim, "none beside what is said above")
	}
	for _, e := range f.Evidence {
		r.wrap([]span{{terminal.Dim, "  " + "• "}}, terminal.Plain, strings.TrimSpace(e.Volume+" "+e.Path)+offset(e.Offset))
		r.wrap([]span{{terminal.Dim, "    is "}}, terminal.Plain, e.Actual)
		if e.Expected != "" {
			r.wrap([]span{{terminal.Dim, "    expected "}}, terminal.Plain, e.Expected)
		}
	}
	return r.list
}

func offset(n int64) string {
	if n < 0 {
		return ""
	}
	return fmt.Sprintf(" at byte %#x", n)
}

// meaning puts severity, result and confidence into words.
func meaning(f condition.Finding) string {
	if f.Result == condition.Unknown {
		return "it could not be told whether this is so"
	}
	s := map[condition.Severity]string{
		condition.Fatal:   "Windows does not start",
		condition.Blocker: "nothing is written here until a person has dealt with it",
		condition.Warning: "Windows starts, or it cannot be told whether it does",
		condition.Info:    "an ordinary state that explains what else is shown",
	}[f.Severity]
	if f.Confidence == condition.Low {
		s += "; this is not certain"
	}
	return s
}
