package console

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/console/terminal"
)

// Frame draws the model.
func (m *Model) Frame() *terminal.Frame {
	f := &terminal.Frame{}
	p := m.top()
	all := p.lines(m)
	p.window().show(f, all)
	m.drawTitle(f, p)
	above, below := p.window().more(all)
	for col := range terminal.Width {
		f[terminal.SpareRow][col] = terminal.Cell{Rune: '─', Style: terminal.Dim}
	}
	if above {
		f.Put(terminal.SpareRow, terminal.Width-10, terminal.Dim, " ↑ more ")
	}
	m.drawMessage(f, below)
	m.drawKeys(f)
	return f
}

func (m *Model) drawTitle(f *terminal.Frame, p page) {
	f.Fill(titleRow, 0, terminal.Title)
	col := f.Put(titleRow, 1, terminal.Title, "bootmend  ")
	where := short(m.opt.Where, 24)
	right := terminal.Width - 1 - len([]rune(where))
	f.Put(titleRow, col, terminal.Title, short(p.title(), right-col-2))
	f.Put(titleRow, right, terminal.Title, where)
}

func (m *Model) drawMessage(f *terminal.Frame, below bool) {
	text, style := m.notice, terminal.Warn
	if m.seconds > 0 {
		text = fmt.Sprintf("Automatic repair starts in %2d s. Any key stops the clock.", m.seconds)
	}
	f.Put(messageRow, 1, style, short(text, terminal.Width-12))
	if below {
		f.Put(messageRow, terminal.Width-10, terminal.Dim, " ↓ more ")
	}
}

// drawKeys writes the bar of keys: those of the page, and how to move on it.
func (m *Model) drawKeys(f *terminal.Frame) {
	col := 1
	put := func(label string, keys ...terminal.Key) {
		for _, k := range keys {
			col = f.Put(keyRow, col, terminal.KeyName, k.Name())
			col = f.Put(keyRow, col, terminal.Plain, " ")
		}
		col = f.Put(keyRow, col, terminal.Plain, label+"  ")
	}
	for _, b := range m.bindings() {
		if b.label != "" {
			put(b.label, b.key)
		}
	}
	switch all := m.top().lines(m); {
	case entries(all) > 1:
		put("Choose", terminal.Up, terminal.Down)
	case entries(all) == 0 && len(all) > bodyRows:
		put("Read on", terminal.PageUp, terminal.PageDown)
	}
}
