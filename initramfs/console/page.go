package console

import (
	"errors"

	"github.com/bootmend/bootmend/initramfs/console/terminal"
)

// textPage shows text to be read.
type textPage struct {
	view
	head string
	text []row
	ok   func() // what Enter does; nil: back
	// more are keys beside Enter.
	more []binding
}

func (p *textPage) say(style terminal.Style, text string) {
	r := newRows()
	r.wrap(nil, style, text)
	r.blank()
	p.text = append(p.text, r.list...)
}

// problem shows an error.
func problem(head string, err error) *textPage {
	p := &textPage{head: head}
	p.say(terminal.Bad, err.Error()+".")
	var f *failure
	if errors.As(err, &f) {
		p.say(terminal.Plain, "Nothing was written by this. Please report it with the lines below.")
		p.say(terminal.Dim, f.stack)
		return p
	}
	p.say(terminal.Plain, "Nothing was written.")
	return p
}

func (p *textPage) title() string { return p.head }

func (p *textPage) window() *view { return &p.view }

func (p *textPage) keys(m *Model) []binding {
	ok := p.ok
	if ok == nil {
		ok = m.back
	}
	return append([]binding{{terminal.Enter, "Go on", ok}}, p.more...)
}

func (p *textPage) lines(*Model) []row { return p.text }

// confirmPage asks before what cannot simply be left again. Enter does nothing
// there: the key has to be meant.
type confirmPage struct {
	view
	head string
	text string
	verb string
	yes  func()
}

func (p *confirmPage) title() string { return p.head }

func (p *confirmPage) window() *view { return &p.view }

func (p *confirmPage) keys(*Model) []binding { return []binding{{'y', p.verb, p.yes}} }

func (p *confirmPage) lines(*Model) []row {
	r := newRows()
	r.blank()
	r.text(0, terminal.Plain, "%s", p.text)
	r.blank()
	r.add(span{terminal.Bold, "Y: " + p.verb + ".   Esc: no, back."})
	return r.list
}

// listPage lets the person choose one of a few.
type listPage struct {
	view
	head  string
	intro string
	list  []choice
}

func (p *listPage) title() string { return p.head }

func (p *listPage) window() *view { return &p.view }

func (p *listPage) keys(*Model) []binding {
	if len(p.list) == 0 {
		return nil
	}
	return []binding{{terminal.Enter, "Take it", func() { p.list[p.selected].do() }}}
}

func (p *listPage) lines(*Model) []row {
	r := newRows()
	if p.intro != "" {
		r.text(0, terminal.Plain, "%s", p.intro)
		r.blank()
	}
	for i, c := range p.list {
		r.entry(i)
		r.add(span{terminal.Plain, "  " + short(c.text, textWidth-4)})
	}
	return r.list
}

// inputPage takes a line of text.
type inputPage struct {
	view
	head  string
	intro string
	text  []rune
	done  func(text string)
}

func (p *inputPage) title() string { return p.head }

func (p *inputPage) window() *view { return &p.view }

// maxInput is what fits into the line.
const maxInput = textWidth - 6

func (p *inputPage) typed(key terminal.Key) bool {
	switch {
	case key == terminal.Backspace || key == terminal.Delete:
		if len(p.text) > 0 {
			p.text = p.text[:len(p.text)-1]
		}
		return true
	case key >= ' ':
		if len(p.text) < maxInput {
			p.text = append(p.text, rune(key))
		}
		return true
	}
	return false
}

func (p *inputPage) keys(m *Model) []binding {
	return []binding{{terminal.Enter, "Take it", func() {
		if len(p.text) == 0 {
			m.say("Nothing was typed yet.")
			return
		}
		p.done(string(p.text))
	}}}
}

func (p *inputPage) lines(*Model) []row {
	r := newRows()
	r.text(0, terminal.Plain, "%s", p.intro)
	r.blank()
	r.add(span{terminal.Bold, "  > "}, span{terminal.Plain, string(p.text)}, span{terminal.Selected, " "})
	return r.list
}
