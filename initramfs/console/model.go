package console

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bootmend/bootmend/initramfs/console/terminal"
)

// Outcome is why the console ended.
type Outcome int

// The outcomes.
const (
	Quit       Outcome = iota // the person left, or the last terminal was closed
	Automatic                 // the automatic repair is to run: the countdown ended, or was chosen
	Unattended                // the same, and no person chose it
	Shell
	Reboot
	PowerOff
)

// Options say what the console is for.
type Options struct {
	// Countdown is the number of seconds after which the automatic repair
	// begins, 0 for never.
	Countdown int
	// Image: this runs in the rescue image, which has a shell to offer, and
	// whose machine can be restarted.
	Image bool
	// Notes are what a person should know from the start, one sentence each.
	Notes []string
	// Where names the disks that were asked for, for the title.
	Where string
}

// page is one screen.
type page interface {
	title() string
	lines(m *Model) []row
	keys(m *Model) []binding
	window() *view
}

// typist is a page that takes characters before its keys do.
type typist interface {
	typed(key terminal.Key) bool
}

// binding is a key of a page. The bar at the bottom shows those with a label.
type binding struct {
	key   terminal.Key
	label string
	do    func()
}

// Model is the state of the console. It is not safe for use by several
// goroutines; Run gives it one.
type Model struct {
	engine Engine
	opt    Options
	pages  []page
	now    time.Time

	look    *Look // nil: not yet
	lookErr error
	looking bool
	wanted  func() // what the person wants done when the look is done

	job     *job      // what the engine is at, nil when it is idle
	begun   time.Time // when the last one began
	seconds int       // of the countdown, 0: none
	notice  string    // one line above the keys, until the next key

	ended   bool
	leaving bool // when the job that writes is done
	outcome Outcome
}

// New makes the model. It begins to look at the disks at once.
func New(e Engine, o Options, now time.Time) *Model {
	m := &Model{engine: e, opt: o, now: now, seconds: o.Countdown}
	m.pages = []page{&startPage{}}
	m.lookAgain()
	return m
}

// Ended reports whether the console is done, and why.
func (m *Model) Ended() (Outcome, bool) { return m.outcome, m.ended }

func (m *Model) top() page { return m.pages[len(m.pages)-1] }

func (m *Model) push(p page) { m.pages = append(m.pages, p) }

// back leaves the page; the first one stays.
func (m *Model) back() {
	if len(m.pages) > 1 {
		m.pages = m.pages[:len(m.pages)-1]
	}
}

// home goes back to the first page.
func (m *Model) home() { m.pages = m.pages[:1] }

// end ends the console, after a commit that is running.
func (m *Model) end(o Outcome) {
	m.outcome = o
	if m.job != nil && m.job.commits {
		m.leaving = true
		m.say("The disk is being written; bootmend ends when that is done.")
		return
	}
	m.cancel()
	m.ended = true
}

// Closed is for when the last terminal is gone, or the program is told to end.
func (m *Model) Closed() { m.end(Quit) }

func (m *Model) say(format string, args ...any) { m.notice = fmt.Sprintf(format, args...) }

// Key takes a key.
func (m *Model) Key(key terminal.Key) {
	m.notice, m.wanted = "", nil
	if m.seconds > 0 {
		m.seconds = 0
		m.say("The clock is stopped.")
	}
	if m.leaving {
		m.say("The disk is being written; bootmend ends when that is done.")
		return
	}
	p := m.top()
	if t, ok := p.(typist); ok && t.typed(key) {
		return
	}
	for _, b := range m.bindings() {
		if lower(b.key) == lower(key) {
			b.do()
			return
		}
	}
	p.window().move(key, p.lines(m))
}

func lower(k terminal.Key) terminal.Key {
	if k >= 'A' && k <= 'Z' {
		return k + 'a' - 'A'
	}
	return k
}

// bindings are the keys that count now: those of the page, and those that every
// page has.
func (m *Model) bindings() []binding {
	p := m.top()
	all := p.keys(m)
	busy := m.job != nil && !m.job.quiet
	if len(m.pages) > 1 && !busy {
		all = append(all, binding{terminal.Esc, "Back", m.back})
	}
	if m.opt.Image && !busy {
		all = append(all, binding{terminal.F10, "Shell", func() { m.end(Shell) }})
		if _, typing := p.(typist); !typing {
			all = append(all, binding{'s', "", func() { m.end(Shell) }})
		}
	}
	return append(all, binding{terminal.CtrlC, "", m.interrupt})
}

// interrupt is Ctrl-C.
func (m *Model) interrupt() {
	switch {
	case m.job != nil && m.job.commits:
		m.say("The disk is being written. That is not interrupted; please wait.")
	case m.job != nil && !m.job.quiet:
		m.cancel()
	case len(m.pages) > 1:
		m.home()
	case m.opt.Image:
		m.say("Restart, power off and the shell are in the menu.")
	default:
		m.end(Quit)
	}
}

// Tick tells the time; the countdown goes by seconds of it.
func (m *Model) Tick(now time.Time) {
	second := now.Unix() != m.now.Unix()
	m.now = now
	if m.seconds == 0 || !second {
		return
	}
	if m.seconds--; m.seconds == 0 {
		m.end(Unattended)
	}
}

// lookAgain looks at the disks in the background.
func (m *Model) lookAgain() {
	m.look, m.lookErr, m.looking = nil, nil, true
	start(m, job{title: "Looking at the disks", quiet: true},
		func(ctx context.Context, h Hearer) (*Look, error) { return m.engine.Look(ctx, h) },
		func(l *Look, err error) {
			m.looking = false
			if errors.Is(err, context.Canceled) {
				err = errors.New("not looked at; R looks again")
			}
			m.look, m.lookErr = l, err
			if do := m.wanted; do != nil {
				m.wanted, m.notice = nil, ""
				m.looked(do)
			}
		})
}

// looked does what needs to know what is on the disks, later where they are still
// being looked at.
func (m *Model) looked(do func()) {
	switch {
	case m.looking:
		m.wanted = do
		m.say("The disks are still being looked at; that comes next.")
	case m.lookErr != nil:
		m.say("The disks could not be looked at; the page says why.")
	default:
		do()
	}
}
