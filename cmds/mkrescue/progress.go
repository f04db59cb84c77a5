package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"time"

	"golang.org/x/term"
)

// progress tells what is being done, a line for each step. On a terminal the last line
// shows how far the step is, where the builder knows, and for how long it takes by now, so
// that a long step is not taken for a hanging one.
type progress struct {
	out io.Writer
	// width is how many columns the terminal has at the moment; nil: there is no terminal.
	width func() int

	lock  sync.Mutex
	text  string
	since time.Time
	part  float64 // of the step that is done, of 1; negative where nobody knows
	drawn string
	once  sync.Once
}

func newProgress() *progress {
	p := &progress{out: os.Stderr}
	// A terminal that cannot delete a line (Emacs) is none.
	if fd := int(os.Stderr.Fd()); term.IsTerminal(fd) && os.Getenv("TERM") != "dumb" {
		p.width = func() int { return columns(fd) }
	}
	return p
}

// columns is the width of the terminal. COLUMNS makes it smaller, not larger: what does not
// fit would wrap.
func columns(fd int) int {
	n, _, err := term.GetSize(fd)
	if err != nil || n <= 0 { // a serial line does not know
		n = 80
	}
	if c, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && c > 0 {
		n = min(n, c)
	}
	return n
}

// Logf begins a step.
func (p *progress) Logf(format string, args ...any) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.finish()
	p.text, p.since, p.part = prefix+fmt.Sprintf(format, args...), time.Now(), -1
	if p.width == nil {
		fmt.Fprintln(p.out, p.text)
		p.text = ""
		return
	}
	p.draw()
	p.once.Do(func() { go p.redraw() })
}

// Progress says how far the step is. A bar does not go backwards, although a download that
// begins anew does.
func (p *progress) Progress(done, total int64) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if total > 0 {
		p.part = max(p.part, min(max(float64(done)/float64(total), 0), 1))
	}
}

// redraw draws the last line ten times a second, until the program is asked to end: what
// is written then is not for overwriting.
func (p *progress) redraw() {
	asked := make(chan os.Signal, 1)
	notifyEnd(asked)
	defer signal.Stop(asked)
	tick := time.NewTicker(time.Second / 10)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			p.lock.Lock()
			p.draw()
			p.lock.Unlock()
		case <-asked:
			return
		}
	}
}

// Sequences of ECMA-48 for the line. The cursor is left at its begin: when a terminal that
// becomes narrower breaks the line, that is still where the whole of it begins.
const lineStart, eraseBelow = "\r", "\x1b[J"

// draw draws the last line where it is another than before.
func (p *progress) draw() {
	if p.text == "" {
		return
	}
	s := statusLine(p.text, p.part, time.Since(p.since), p.width())
	if s != p.drawn {
		fmt.Fprint(p.out, lineStart+s+eraseBelow+lineStart)
		p.drawn = s
	}
}

// finish ends the line of the step before; it is whole now, however long. A space goes
// first: what is erased from the top left corner on, tmux keeps above it.
func (p *progress) finish() {
	if p.text != "" {
		fmt.Fprintf(p.out, lineStart+" "+eraseBelow+lineStart+"%s: %.1f s\n", p.text, time.Since(p.since).Seconds())
		p.text, p.drawn = "", ""
	}
}

// Done ends the last step.
func (p *progress) Done() {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.finish()
}
