package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// progress tells what is being done, a line for each step. On a terminal the last line
// counts the seconds, so that a long step is not taken for a hanging one.
type progress struct {
	out      io.Writer
	terminal bool

	lock  sync.Mutex
	text  string
	since time.Time
	once  sync.Once
}

func newProgress() *progress {
	return &progress{out: os.Stderr, terminal: term.IsTerminal(int(os.Stderr.Fd()))}
}

// Logf begins a step.
func (p *progress) Logf(format string, args ...any) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.finish()
	p.text, p.since = fmt.Sprintf("mkrescue: "+format, args...), time.Now()
	fmt.Fprint(p.out, p.text)
	if !p.terminal {
		fmt.Fprintln(p.out)
		p.text = ""
		return
	}
	p.once.Do(func() { go p.count() })
}

// count rewrites the last line each second.
func (p *progress) count() {
	for range time.Tick(time.Second) {
		p.lock.Lock()
		if p.text != "" {
			fmt.Fprintf(p.out, "\r%s ... %d s", p.text, int(time.Since(p.since).Seconds()))
		}
		p.lock.Unlock()
	}
}

// finish ends the line of the step before.
func (p *progress) finish() {
	if p.text != "" {
		fmt.Fprintf(p.out, "\r%s: %.1f s    \n", p.text, time.Since(p.since).Seconds())
		p.text = ""
	}
}

// Done ends the last step.
func (p *progress) Done() {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.finish()
}
