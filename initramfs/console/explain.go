package console

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/console/terminal"
	"github.com/bootmend/bootmend/initramfs/explain"
)

// whatDidYouSee asks for a stop code or message.
func (m *Model) whatDidYouSee() {
	m.push(&inputPage{head: "What did you see?",
		intro: "Type what stood on the screen: a stop code in any spelling (7b, 0x0000007B, INACCESSIBLE_BOOT_DEVICE, c000021a), a message, or a part of one.",
		done: func(text string) {
			ranked := explain.Rank(text)
			if len(ranked) == 0 {
				m.say("Nothing is known that shows this. Try a code, or a few words.")
				return
			}
			judged, _ := explain.Against(ranked, m.look.Run.Findings)
			m.push(&explainPage{seen: text, judged: judged})
		}})
}

// explainPage lists what makes what a person saw; what is really there comes first.
type explainPage struct {
	view
	seen   string
	judged []explain.Judged
}

func (p *explainPage) title() string { return "What did you see? " + p.seen }

func (p *explainPage) window() *view { return &p.view }

func (p *explainPage) keys(m *Model) []binding {
	all := []binding{{terminal.Enter, "Details", func() { p.details(m) }}}
	if p.any(explain.Present) {
		all = append(all, binding{'p', "Repair", m.repair})
	}
	return all
}

func (p *explainPage) any(s explain.State) bool { return len(p.judged) > 0 && p.judged[0].State == s }

// details shows the finding, or says why there is none.
func (p *explainPage) details(m *Model) {
	j := p.judged[p.selected]
	if len(j.Findings) > 0 {
		m.push(&findingPage{finding: j.Findings[0]})
		return
	}
	t := &textPage{head: j.ID}
	t.say(terminal.Bold, j.Title)
	t.say(terminal.Plain, "Shown as: "+j.Symptom)
	if j.Why != "" {
		t.say(terminal.Plain, "Likely where: "+j.Why)
	}
	t.say(terminal.Good, "It was looked for on these disks and is not there.")
	m.push(t)
}

func (p *explainPage) lines(*Model) []row {
	r := newRows()
	if p.any(explain.Present) {
		r.text(0, terminal.Warn, "What is marked with ✗ is really there.")
	} else {
		r.text(0, terminal.Plain, "None of what makes this was found on the disks; what is marked with ? could not be told.")
	}
	r.blank()
	for i, j := range p.judged {
		r.entry(i)
		mark, style := "✓", terminal.Good
		switch j.State {
		case explain.Present:
			mark, style = "✗", terminal.Bad
		case explain.Unknown:
			mark, style = "?", terminal.Warn
		}
		state := map[explain.State]string{explain.Present: "there", explain.Unknown: "could not be told", explain.Absent: "not there"}[j.State]
		r.add(span{style, mark + " "}, span{terminal.Plain, short(fmt.Sprintf("%s (%s)", j.Title, state), textWidth-2)})
		r.entry(none)
		if j.Why != "" {
			r.add(span{terminal.Dim, "    " + short(strings.TrimSpace(j.Why), textWidth-4)})
		}
	}
	return r.list
}
