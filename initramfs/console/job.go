package console

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/bootmend/bootmend/initramfs/console/terminal"
)

// job is work of the engine, carried out in a goroutine of its own.
type job struct {
	title   string
	commits bool // it writes: never interrupted
	quiet   bool // the page stays; else the progress is shown

	begun  time.Time
	phases []phase
	bytes  bytesDone
	cancel context.CancelFunc
	ctx    context.Context
	run    func(h Hearer) func() // gives what is to be done in the model's goroutine afterwards
	taken  bool                  // somebody carries it out
}

// phase is something that the job began.
type phase struct {
	what  string
	begun time.Time
}

// bytesDone is how far long work is.
type bytesDone struct {
	what        string
	done, total int64
}

// start makes j the job of the model. then gets what do came to.
func start[T any](m *Model, j job, do func(context.Context, Hearer) (T, error), then func(T, error)) {
	if m.job != nil {
		m.say("bootmend is still at it: %s.", strings.ToLower(m.job.title))
		return
	}
	j.begun = m.now
	j.ctx, j.cancel = context.WithCancel(context.Background())
	j.run = func(h Hearer) func() {
		value, err := guarded(j.ctx, h, do)
		return func() {
			m.finish()
			then(value, err)
		}
	}
	m.job = &j
	if !j.quiet {
		m.push(&progressPage{job: m.job})
	}
}

// guarded turns a failure of the program into an error: a person has to be told.
func guarded[T any](ctx context.Context, h Hearer, do func(context.Context, Hearer) (T, error)) (value T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &failure{fmt.Sprint(r), string(debug.Stack())}
		}
	}()
	return do(ctx, h)
}

// failure is one of bootmend itself.
type failure struct{ what, stack string }

func (f *failure) Error() string { return "bootmend itself failed: " + f.what }

// finish ends the job, and the console where it waited for that.
func (m *Model) finish() {
	m.job.cancel()
	m.begun = m.job.begun
	if p, ok := m.top().(*progressPage); ok && p.job == m.job {
		m.back()
	}
	m.job = nil
	if m.leaving {
		m.ended = true
	}
}

// cancel asks the job to end; one that writes is not asked.
func (m *Model) cancel() {
	if m.job != nil && !m.job.commits {
		m.job.cancel()
		m.say("Ending it ...")
	}
}

// Pending is the job that nobody carries out yet, if there is one: run does the
// work and returns what has to be called in the model's goroutine afterwards;
// commits says that it must not be interrupted. What h hears is for Doing and Bytes.
func (m *Model) Pending() (run func(h Hearer) func(), commits, ok bool) {
	if m.job == nil || m.job.taken {
		return nil, false, false
	}
	m.job.taken = true
	return m.job.run, m.job.commits, true
}

// Doing notes what the job began.
func (m *Model) Doing(what string) {
	if m.job == nil {
		return
	}
	m.job.bytes = bytesDone{}
	if n := len(m.job.phases); n == 0 || m.job.phases[n-1].what != what {
		m.job.phases = append(m.job.phases, phase{what, m.now})
	}
}

// Bytes notes how far the job is.
func (m *Model) Bytes(what string, done, total int64) {
	if m.job != nil {
		m.job.bytes = bytesDone{what, done, total}
	}
}

// progressPage shows a job.
type progressPage struct {
	view
	job *job
}

func (p *progressPage) title() string { return p.job.title }

func (p *progressPage) window() *view { return &p.view }

func (p *progressPage) keys(m *Model) []binding {
	if p.job.commits {
		return nil
	}
	return []binding{{terminal.Esc, "Stop", m.cancel}}
}

// shownPhases is how many of them are shown: the newest.
const shownPhases = 10

func (p *progressPage) lines(m *Model) []row {
	r, j := newRows(), p.job
	if j.commits {
		r.add(span{terminal.Warn, "The disk is being written. Do not switch the machine off."})
		r.text(0, terminal.Plain, "This runs to its end and takes no keys. Should the power fail all the same, start bootmend again: it finishes what was begun, or puts back what was there.")
		r.blank()
	}
	from := max(0, len(j.phases)-shownPhases)
	if from > 0 {
		r.add(span{terminal.Dim, fmt.Sprintf("      %s before", count(from, "step"))})
	}
	for i, ph := range j.phases[from:] {
		mark, style, end := "✓", terminal.Good, m.now
		if next := from + i + 1; next < len(j.phases) {
			end = j.phases[next].begun
		} else {
			mark, style = "…", terminal.Bold
		}
		r.wrap([]span{{style, "  " + mark + " "}}, terminal.Plain, fmt.Sprintf("%s (%s)", ph.what, seconds(end.Sub(ph.begun))))
	}
	if b := j.bytes; b.total > 0 {
		r.blank()
		r.text(4, terminal.Plain, "%s", b.what)
		r.add(span{terminal.Plain, "    " + bar(b.done, b.total, 40)}, span{terminal.Plain, fmt.Sprintf(" %s of %s", size(b.done), size(b.total))})
	}
	r.blank()
	r.add(span{terminal.Dim, "  " + seconds(m.now.Sub(j.begun)) + " so far"})
	return r.list
}

func seconds(d time.Duration) string { return fmt.Sprintf("%d s", int(max(0, d).Seconds())) }

// bar is a bar of that many columns and the percentage.
func bar(done, total int64, columns int) string {
	percent := int(max(0, min(100, done*100/max(1, total))))
	return fmt.Sprintf("[%-*s] %3d%%", columns, strings.Repeat("#", percent*columns/100), percent)
}

// stopped reports whether the person ended the job.
func stopped(err error) bool { return errors.Is(err, context.Canceled) }
