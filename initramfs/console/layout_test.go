package console

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/console/terminal"
)

// shownKeys reads the keys off the bar at the bottom of a frame.
func shownKeys(t *testing.T, f *terminal.Frame) []terminal.Key {
	t.Helper()
	var all []terminal.Key
	name := ""
	for col := range terminal.Width {
		if c := f[keyRow][col]; c.Style == terminal.KeyName {
			name += string(c.Rune)
			continue
		}
		if name != "" {
			k, ok := keyNamed(name)
			if r := []rune(name); len(r) == 1 {
				k, ok = lower(terminal.Key(r[0])), true
			}
			if !ok {
				t.Fatalf("the bar shows a key %q that there is not", name)
			}
			all = append(all, k)
		}
		name = ""
	}
	return all
}

// fits checks that nothing of a page is lost at the edges of the screen.
func fits(t *testing.T, m *Model, how string) {
	t.Helper()
	for _, r := range m.top().lines(m) {
		width := 0
		for _, s := range r.spans {
			width += len([]rune(s.text))
		}
		if width > textWidth {
			t.Errorf("%s: a line of %d columns: %q", how, width, r.spans)
		}
	}
	f := m.Frame()
	bar := strings.Split(f.Text(), "\n")[keyRow]
	for _, b := range m.bindings() {
		if b.label != "" && !strings.Contains(bar, b.key.Name()+" "+b.label) {
			t.Errorf("%s: %s %s is not in the bar %q", how, b.key.Name(), b.label, bar)
		}
	}
	if lines := strings.Split(strings.TrimSuffix(f.Text(), "\n"), "\n"); len(lines) != terminal.Height {
		t.Errorf("%s: %d lines", how, len(lines))
	}
	if m.notice != "" && len([]rune(m.notice)) > terminal.Width-12 {
		t.Errorf("%s: the message %q is cut off", how, m.notice)
	}
	for row := range f {
		for col, c := range f[row] {
			if c.Rune != 0 && terminal.Single(c.Rune) != c.Rune {
				t.Errorf("%s: row %d column %d: %q", how, row, col, c.Rune)
			}
		}
	}
	if v := m.top().window(); v.selected >= max(1, entries(m.top().lines(m))) {
		t.Errorf("%s: entry %d of %d is selected", how, v.selected, entries(m.top().lines(m)))
	}
}

// TestEveryPageFits: random walks over generated patients, by the keys that are
// shown.
func TestEveryPageFits(t *testing.T) {
	const patients, steps = 150, 60
	titles := map[string]int{}
	for seed := range uint64(patients) {
		rng := rand.New(rand.NewPCG(seed, 9))
		m := ready(generated(seed), Options{Image: seed%2 == 0, Where: []string{"this machine", path, ""}[seed%3]})
		for range rng.IntN(9) { // begin at any entry of the menu
			m.Key(terminal.Down)
		}
		if seed%5 == 0 {
			hit(m, "Home Down Down Down Down Down Enter 7b Enter")
		}
		for step := range steps {
			how := fmt.Sprintf("seed %d, step %d, page %T %q", seed, step, m.top(), m.top().title())
			fits(t, m, how)
			titles[fmt.Sprintf("%T", m.top())]++
			keys := append(shownKeys(t, m.Frame()), terminal.Down, terminal.Down, terminal.End, terminal.Enter, '7')
			m.Key(keys[rng.IntN(len(keys))])
			if m.job != nil {
				fits(t, m, how+", at work")
				titles[fmt.Sprintf("%T", m.top())]++
			}
			settle(m)
			if _, ended := m.Ended(); ended {
				break
			}
			if t.Failed() {
				return
			}
		}
	}
	t.Logf("%d patients, pages: %v", patients, titles)
	for _, page := range []string{"startPage", "disksPage", "windowsPage", "chainPage", "findingsPage", "findingPage", "choosePage", "planPage", "confirmPage",
		"progressPage", "resultPage", "actionsPage", "listPage", "inputPage", "explainPage", "bundlesPage", "textPage"} {
		if titles["*console."+page] == 0 {
			t.Errorf("no %s was looked at", page)
		}
	}
}

// TestEveryShownKeyWorks derives the keys from the bar of every page that can be
// reached: each one changes something.
func TestEveryShownKeyWorks(t *testing.T) {
	pressed := map[string]bool{}
	for _, o := range []Options{{}, {Image: true}} {
		for _, engine := range []func() *fake{broke, sound} {
			walkAll(t, engine, o, pressed)
		}
	}
	t.Logf("%d keys of pages", len(pressed))
	if len(pressed) < 60 {
		t.Errorf("only %d keys of pages were pressed", len(pressed))
	}
}

// walkAll presses every shown key of every page, breadth first.
func walkAll(t *testing.T, engine func() *fake, o Options, pressed map[string]bool) {
	at := func(keys []terminal.Key) *Model {
		m := ready(engine(), o)
		for _, k := range keys {
			m.Key(k)
			settle(m)
		}
		return m
	}
	seen := map[string]bool{}
	queue := [][]terminal.Key{nil}
	for len(queue) > 0 && !t.Failed() {
		keys := queue[0]
		queue = queue[1:]
		m := at(keys)
		if _, ended := m.Ended(); ended || len(keys) > 9 {
			continue
		}
		bar := strings.Split(text(m), "\n")[keyRow]
		state := fmt.Sprintf("%T %s %d %s", m.top(), m.top().title(), m.top().window().selected, bar)
		if seen[state] {
			continue
		}
		seen[state] = true
		for _, k := range shownKeys(t, m.Frame()) {
			before := slices.Clone(keys)
			switch k { // there must be something above
			case terminal.Up:
				before = append(before, terminal.Down)
			case terminal.PageUp:
				before = append(before, terminal.PageDown)
			}
			m := at(before)
			if k == terminal.Down && m.top().window().selected == entries(m.top().lines(m))-1 {
				continue // the last entry
			}
			was := text(m)
			m.Key(k)
			_, ended := m.Ended()
			if text(m) == was && !ended && m.job == nil {
				t.Errorf("%v: %s does nothing:\n%s", keys, k.Name(), was)
			}
			pressed[fmt.Sprintf("%T %s %s", m.top(), bar, k.Name())] = true
			queue = append(queue, append(before, k))
		}
	}
}
