package console

import "github.com/bootmend/bootmend/initramfs/console/terminal"

// The rows of a frame: title, rule, page, message, keys.
const (
	titleRow   = 0
	bodyTop    = terminal.SpareRow + 1
	bodyRows   = messageRow - bodyTop
	messageRow = terminal.Height - 2
	keyRow     = terminal.Height - 1
)

// view is what of a page is on the screen: which entry is selected, and which
// line is the first.
type view struct {
	selected int
	top      int
}

// show draws the lines of a page; those of the selected entry are in sight, and
// the first of them is marked.
func (v *view) show(f *terminal.Frame, all []row) {
	v.follow(all)
	isFirst := func(i int) bool { return i == 0 || all[i-1].item != all[i].item }
	for i := 0; i < bodyRows && v.top+i < len(all); i++ {
		line := all[v.top+i]
		selected := line.item != none && line.item == v.selected && isFirst(v.top+i)
		col := 1
		for _, s := range line.spans {
			style := s.style
			if selected {
				style = terminal.Selected
			}
			col = f.Put(bodyTop+i, col, style, s.text)
			if col >= terminal.Width-1 { // the last column stays free
				f[bodyTop+i][terminal.Width-1] = terminal.Cell{}
				break
			}
		}
		if selected {
			f.Fill(bodyTop+i, col, terminal.Selected)
			f[bodyTop+i][0] = terminal.Cell{Rune: '>', Style: terminal.Selected}
		}
	}
}

// more says whether there are lines above and below.
func (v *view) more(all []row) (above, below bool) {
	return v.top > 0, v.top+bodyRows < len(all)
}

// follow moves the window to where the selected entry is in sight.
func (v *view) follow(all []row) {
	first, last := none, none
	for i, r := range all {
		if r.item == none || r.item != v.selected {
			continue
		}
		if first == none {
			first = i
		}
		last = i
	}
	if first != none {
		if last >= v.top+bodyRows {
			v.top = last - bodyRows + 1
		}
		if first < v.top {
			v.top = first
		}
		if v.selected == 0 && first < bodyRows {
			v.top = 0 // what introduces the first entry
		}
	}
	v.top = max(0, min(v.top, len(all)-bodyRows))
}

// entries is the number of entries among the lines.
func entries(all []row) int {
	n := 0
	for _, r := range all {
		n = max(n, r.item+1)
	}
	return n
}

// move takes the keys that every page has: among entries where there are some,
// else among lines.
func (v *view) move(key terminal.Key, all []row) {
	n, page := entries(all), bodyRows-1
	at, last := &v.top, len(all)-bodyRows
	if n > 0 {
		at, last, page = &v.selected, n-1, 8
	}
	switch key {
	case terminal.Up:
		*at--
	case terminal.Down:
		*at++
	case terminal.PageUp:
		*at -= page
	case terminal.PageDown:
		*at += page
	case terminal.Home:
		*at = 0
	case terminal.End:
		*at = last
	}
	*at = max(0, min(*at, last))
}
