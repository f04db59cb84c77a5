package console

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
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
	return []binding{{terminal.Enter, "Boot chain", func() { m.push(&chainPage{windows: all[p.selected]}) }}}
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
		r.add(span{terminal.Bold, w.ID + "  "}, span{terminal.Plain, short(w.Label()+", "+arch, textWidth-4)})
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
		return "its drive letters are not known"
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

func (p *chainPage) title() string {
	return p.windows.ID + ": what happens when this Windows is started"
}

func (p *chainPage) window() *view { return &p.view }

func (p *chainPage) keys(m *Model) []binding {
	return []binding{{terminal.Enter, "Findings", func() { m.push(&findingsPage{}) }}}
}

// nameWidth is that of the longest name of a link, and a blank.
const nameWidth = 20

func (p *chainPage) lines(m *Model) []row {
	r := newRows()
	w := p.windows
	r.wrap(nil, terminal.Bold, w.Label())
	for _, l := range m.look.Letters[w.ID] {
		where := l.Where
		if !l.Found {
			where += " (not on these disks)"
		}
		r.labelled(fmt.Sprintf("  its %c:", l.Letter), 9, where)
	}
	r.blank()
	chain := m.look.Run.Chains[w.ID]
	broken := false
	for i, s := range chain {
		p.link(r, s, i == len(chain)-1, broken)
		broken = broken || s.State == bootchain.Broken
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
	if !last {
		r.add(span{terminal.Dim, " │"})
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
