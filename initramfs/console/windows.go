package console

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/console/terminal"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// windowsPage lists the Windows.
type windowsPage struct{ view }

func (p *windowsPage) title() string { return "Windows on these disks" }

func (p *windowsPage) window() *view { return &p.view }

func (p *windowsPage) keys(m *Model) []binding {
	all := m.look.Run.Patient.Windows
	if len(all) == 0 {
		return nil
	}
	return []binding{{terminal.Enter, "Boot chain", func() { m.push(newChainPage(all[p.selected], m.look.Run.Chains[all[p.selected].ID])) }}}
}

func (p *windowsPage) lines(m *Model) []row {
	r := newRows()
	all := m.look.Run.Patient.Windows
	if len(all) == 0 {
		r.text(0, terminal.Bad, "No Windows was found. Findings says what was seen instead.")
		return r.list
	}
	for i, w := range all {
		r.entry(i)
		arch := string(w.Arch)
		if arch == "" {
			arch = "architecture not known"
		}
		r.wrap([]span{{terminal.Bold, w.ID + "  "}}, terminal.Plain, w.Label()+", "+arch)
		style, sum := sumUp(m.look.Run.Chains[w.ID])
		r.add(span{style, "    " + sum})
		r.add(span{terminal.Dim, "    " + short(letterWords(m.look.Letters[w.ID]), textWidth-4)})
		r.entry(none)
		r.blank()
	}
	return r.list
}

// sumUp says in a line what the chain comes to.
func sumUp(chain []bootchain.Stage) (terminal.Style, string) {
	unknown := 0
	for _, s := range chain {
		switch s.State {
		case bootchain.Broken:
			return terminal.Bad, "✗ broken at: " + s.Name
		case bootchain.Unknown:
			unknown++
		}
	}
	if unknown > 0 {
		return terminal.Warn, fmt.Sprintf("? nothing broken was found, %d of %s not known", unknown, count(len(chain), "link"))
	}
	return terminal.Good, "✓ every link of the boot chain holds"
}

// letterWords are the drive letters in one line.
func letterWords(all []Letter) string {
	if len(all) == 0 {
		return "has drive letters that are not known"
	}
	var words []string
	for _, l := range all {
		where := l.Where
		if !l.Found {
			where = "not here"
		}
		words = append(words, fmt.Sprintf("%c: %s", l.Letter, where))
	}
	return "calls " + strings.Join(words, ", ")
}

// chainPage draws the boot chain of one Windows, link by link.
type chainPage struct {
	view
	windows *inspect.Installation
}

// newChainPage has the first broken link selected.
func newChainPage(w *inspect.Installation, chain []bootchain.Stage) *chainPage {
	p := &chainPage{windows: w}
	p.selected = max(0, slices.IndexFunc(chain, func(s bootchain.Stage) bool { return s.State == bootchain.Broken }))
	return p
}

func (p *chainPage) title() string { return p.windows.ID + ": what happens when it is started" }

func (p *chainPage) window() *view { return &p.view }

func (p *chainPage) keys(m *Model) []binding {
	chain := m.look.Run.Chains[p.windows.ID]
	if len(chain) == 0 {
		return nil
	}
	all := []binding{
		{terminal.Enter, "Details", func() { m.push(linkDetails(chain[p.selected])) }},
		{'f', "Findings", func() { m.push(&findingsPage{}) }},
	}
	if slices.ContainsFunc(m.look.Run.Findings, func(f condition.Finding) bool { return f.Fixable && f.Windows == p.windows }) {
		all = append(all, binding{'p', "Repair", func() { m.repairOnly(p.windows) }})
	}
	return all
}

// linkDetails shows one link with where it was looked at.
func linkDetails(s bootchain.Stage) *textPage {
	p := &textPage{head: capital(s.Name)}
	mark, style := markOf(s.State)
	r := newRows()
	r.add(span{style, "[" + mark + "] "}, span{terminal.Bold, map[bootchain.State]string{bootchain.OK: "It holds.", bootchain.Broken: "It is broken.", bootchain.Unknown: "It could not be told."}[s.State]})
	r.blank()
	r.labelled("Seen", 12, s.What)
	if s.Where != "" {
		r.labelled("Where", 12, s.Where)
	}
	if s.Symptom != "" {
		r.labelled("The person", 12, "sees: "+s.Symptom)
	}
	p.text = r.list
	return p
}

// nameWidth is that of the longest name of a link, and a blank.
const nameWidth = 20

// lines draws the chain with room between its links where there is some.
func (p *chainPage) lines(m *Model) []row {
	if airy := p.draw(m, true); len(airy) <= bodyRows {
		return airy
	}
	return p.draw(m, false)
}

func (p *chainPage) draw(m *Model, airy bool) []row {
	r := newRows()
	w := p.windows
	r.wrap(nil, terminal.Bold, w.Label())
	r.text(0, terminal.Dim, "%s", "It "+letterWords(m.look.Letters[w.ID]))
	r.blank()
	chain := m.look.Run.Chains[w.ID]
	behind := false
	for i, s := range chain {
		last := i == len(chain)-1
		r.entry(i)
		p.link(r, s, last, behind)
		r.entry(none)
		if airy && !last {
			r.add(span{terminal.Dim, " │"})
		}
		behind = behind || s.State == bootchain.Broken
	}
	r.blank()
	r.add(span{terminal.Good, "✓"}, span{terminal.Dim, " holds   "}, span{terminal.Bad, "✗"}, span{terminal.Dim, " broken   "},
		span{terminal.Warn, "?"}, span{terminal.Dim, " could not be told"})
	return r.list
}

// link draws one link; what follows a broken one is not reached.
func (p *chainPage) link(r *rows, s bootchain.Stage, last, behind bool) {
	mark, style := markOf(s.State)
	text := terminal.Plain
	if behind {
		text = terminal.Dim
	}
	rope := "│"
	if last {
		rope = " "
	}
	lines := broken(s.What, textWidth-4-nameWidth)
	if s.State == bootchain.OK { // Enter shows the rest
		lines = []string{short(strings.Join(lines, " "), textWidth-4-nameWidth)}
	}
	for i, line := range lines {
		if i == 0 {
			r.add(span{style, "[" + mark + "] "}, span{text, fmt.Sprintf("%-*s", nameWidth, s.Name)}, span{text, line})
			continue
		}
		r.add(span{terminal.Dim, " " + rope + "  " + strings.Repeat(" ", nameWidth)}, span{text, line})
	}
	if s.Symptom != "" && s.State == bootchain.Broken {
		under := []span{{terminal.Dim, " " + rope + "  "}, {terminal.Bad, "the person sees: "}}
		for i, line := range broken(s.Symptom, textWidth-4-17) {
			if i > 0 {
				under = []span{{terminal.Dim, " " + rope + "  " + strings.Repeat(" ", 17)}}
			}
			r.add(append(append([]span(nil), under...), span{terminal.Bold, line})...)
		}
	}
}

func markOf(s bootchain.State) (string, terminal.Style) {
	switch s {
	case bootchain.OK:
		return "✓", terminal.Good
	case bootchain.Broken:
		return "✗", terminal.Bad
	}
	return "?", terminal.Warn
}
