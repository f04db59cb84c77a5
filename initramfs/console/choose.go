package console

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/console/terminal"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/bootmend/bootmend/initramfs/session"
)

// repair begins with what has to come first, and lets the person choose then.
func (m *Model) repair() {
	if m.look.Interrupted {
		m.push(&confirmPage{head: "A repair was interrupted", verb: "Finish it",
			text: "A repair of these disks was interrupted, by a power cut perhaps. Before anything else is planned, it has to be carried to its end, or what was there before put back; the journal on the disk says which. That writes to the disk.",
			yes:  m.recover})
		return
	}
	m.home()
	m.push(newChoosePage(m.look.Run, nil))
}

// repairOnly is repair with nothing of other Windows chosen.
func (m *Model) repairOnly(w *inspect.Installation) {
	if m.look.Interrupted {
		m.repair()
		return
	}
	m.push(newChoosePage(m.look.Run, w))
}

// recover finishes what was interrupted, and looks again.
func (m *Model) recover() {
	start(m, job{title: "Finishing the interrupted repair", commits: true},
		func(context.Context, Hearer) ([]repair.Recovered, error) { return m.engine.Recover() },
		func(done []repair.Recovered, err error) {
			m.home()
			t := &textPage{head: "The interrupted repair"}
			for _, d := range done {
				t.say(terminal.Good, d.String())
			}
			if err != nil {
				t.say(terminal.Bad, err.Error())
			}
			m.push(t)
			m.lookAgain()
		})
}

// choosePage lets the person choose among repairs, and decide what only a person
// may.
type choosePage struct {
	view
	items []item
	// notes are findings that are shown elsewhere and not offered: what they share a
	// name with must not take them along.
	notes []condition.Finding
}

// item is a finding to decide on.
type item struct {
	finding condition.Finding
	box     bool // there is something to choose
	on      bool
	// loses, for a decision, says what is lost; decide is what it is called.
	loses, decide string
	discard       func(o *repair.Options)
}

// newChoosePage offers what can be repaired, certain things chosen already, then
// decisions, then what is for a person; of each first what concerns no Windows in
// particular. Where only one Windows is meant, nothing of others is chosen.
func newChoosePage(run *report.Run, only *inspect.Installation) *choosePage {
	p := &choosePage{}
	for _, f := range run.Findings {
		if f.Severity == condition.Info {
			p.notes = append(p.notes, f)
			continue
		}
		i := newItem(f)
		i.on = i.on && (only == nil || f.Windows == nil || f.Windows == only)
		p.items = append(p.items, i)
	}
	slices.SortStableFunc(p.items, func(a, b item) int {
		return cmp.Or(cmp.Compare(a.order(), b.order()), cmp.Compare(place(run, a), place(run, b)))
	})
	return p
}

// place is the position of the Windows that the item is about, none for others.
func place(run *report.Run, i item) int {
	return slices.Index(run.Patient.Windows, i.finding.Windows)
}

func (i item) order() int {
	switch {
	case i.discard != nil:
		return 1
	case i.box:
		return 0
	}
	return 2
}

func newItem(f condition.Finding) item {
	i := item{finding: f}
	switch {
	case f.Result != condition.Present:
	case f.Fixable:
		i.box, i.on = true, f.Confidence == condition.High
	case f.ID == "hibernated":
		i.box = true
		i.decide = "Throw the memory image of the hibernated Windows away"
		i.loses = "Documents that were open in it and not saved are lost. That cannot be taken back. Where that Windows still starts, shut it down completely there instead (shutdown /s /t 0)."
		i.discard = func(o *repair.Options) { o.DiscardHibernation = true }
	case f.ID == "ntfs-log-unclean" && f.Severity == condition.Blocker:
		i.box = true
		i.decide = "Empty the log of the volume without carrying it out"
		i.loses = "The last changes before the volume was cut off are lost. That cannot be taken back. Where a Windows still starts that can see the volume, let it check the volume instead (chkdsk /f)."
		i.discard = func(o *repair.Options) { o.DiscardLog = true }
	}
	return i
}

func (p *choosePage) title() string { return "What is to be repaired?" }

func (p *choosePage) window() *view { return &p.view }

func (p *choosePage) keys(m *Model) []binding {
	if len(p.items) == 0 {
		return []binding{{'r', "Look again", func() { m.home(); m.lookAgain() }}}
	}
	var all []binding
	if slices.ContainsFunc(p.items, func(i item) bool { return i.box }) {
		all = append(all, binding{terminal.Enter, "Plan", func() { p.plan(m) }})
	}
	if p.items[p.selected].box {
		all = append(all, binding{' ', "On/off", func() { p.toggle(m) }})
	}
	if slices.ContainsFunc(p.items, isLocked) {
		all = append(all, binding{'k', "Key", m.askKey})
	}
	return append(all,
		binding{'d', "Details", func() { m.push(&findingPage{finding: p.items[p.selected].finding}) }},
		binding{'r', "Look again", func() { m.home(); m.lookAgain() }})
}

func (p *choosePage) toggle(m *Model) {
	i := &p.items[p.selected]
	if i.loses == "" || i.on {
		i.on = !i.on
		return
	}
	m.push(&confirmPage{head: i.decide, text: i.loses, verb: "Yes, choose this", yes: func() {
		m.back()
		i.on = true
	}})
}

func (p *choosePage) lines(m *Model) []row {
	r := newRows()
	if len(p.items) == 0 {
		r.text(0, terminal.Good, "Nothing wrong was found, so there is nothing to repair.")
		return r.list
	}
	last := none
	for i, it := range p.items {
		if it.order() != last {
			if last = it.order(); i > 0 {
				r.blank()
			}
			r.head("%s", [...]string{"bootmend can repair", "Only you can decide", "Needs a person, or something that is not here"}[last])
		}
		r.entry(i)
		p.item(r, it)
		r.entry(none)
		p.advice(r, it)
	}
	return r.list
}

func (p *choosePage) item(r *rows, it item) {
	box := "    "
	if it.box {
		box = "[ ] "
		if it.on {
			box = "[x] "
		}
	}
	what := it.decide
	if what == "" {
		what = findingTitle(it.finding)
	}
	if w := it.finding.Windows; w != nil {
		what = w.ID + ": " + what
	} else if v := it.finding.Volume; v != nil {
		what = v.ID() + ": " + what
	}
	r.add(span{terminal.Bold, box}, span{terminal.Bold, short(what, textWidth-4)})
}

// advice is shown where a person can do something about it.
func (p *choosePage) advice(r *rows, it item) {
	f := it.finding
	switch {
	case isLocked(it):
		r.text(4, terminal.Warn, "Press K and type its recovery key. Details says which one is wanted.")
	case isDriverMissing(f):
		r.text(4, terminal.Warn, "Attach a floppy, CD or USB stick with the driver and press R. Details says what driver is wanted.")
	case f.Confidence == condition.Low && it.box && it.discard == nil:
		r.text(4, terminal.Dim, "not certain, so it is left out unless you choose it")
	case !it.box && f.Advice != "":
		lines := broken(f.Advice, textWidth-4)
		if len(lines) > 3 {
			lines = append(lines[:2], "... (Details has all of it)")
		}
		r.text(4, terminal.Dim, "%s", strings.Join(lines, " "))
	}
}

// isDriverMissing: a driver package on a medium would make it repairable.
func isDriverMissing(f condition.Finding) bool {
	return !f.Fixable && f.Result == condition.Present &&
		(f.ID == "storage-driver-missing" || f.ID == "boot-driver-file-missing")
}

// options are what the boxes come to.
func (p *choosePage) options() (repair.Options, bool) {
	var o repair.Options
	any := false
	for _, i := range p.items {
		switch {
		case i.discard != nil && i.on:
			i.discard(&o)
		case i.discard != nil || !i.box:
		case i.on:
			any = true
			if name := i.finding.Name(); !slices.Contains(o.Only, name) {
				o.Only = append(o.Only, name)
			}
		default:
			o.Leave = append(o.Leave, i.finding.Key())
		}
	}
	for _, f := range p.notes {
		if f.Fixable && f.IsNamed(o.Only) {
			o.Leave = append(o.Leave, f.Key())
		}
	}
	for _, i := range p.items {
		// What is accepted for one volume is not accepted for another.
		if i.discard == nil || i.on {
			continue
		}
		also := o
		if i.discard(&also); also.DiscardHibernation == o.DiscardHibernation && also.DiscardLog == o.DiscardLog {
			o.Leave = append(o.Leave, i.finding.Key())
		}
	}
	return o, any
}

func (p *choosePage) plan(m *Model) {
	o, any := p.options()
	if !any {
		m.say("Nothing is chosen that could be repaired; Space chooses.")
		return
	}
	m.plan(session.Wish{Command: "repair", Options: o})
}

// plan makes a plan and shows it.
func (m *Model) plan(w session.Wish) {
	start(m, job{title: "Planning; nothing is written"},
		func(ctx context.Context, h Hearer) (*report.Run, error) { return m.engine.Plan(ctx, h, w) },
		func(r *report.Run, err error) {
			switch {
			case stopped(err):
				m.say("Stopped; nothing was written.")
			case err != nil:
				m.push(problem("No plan could be made", err))
			case r.Err != nil:
				t := problem("This cannot be done", r.Err)
				t.more = m.without(r.Err, w)
				m.push(t)
			default:
				m.push(&planPage{run: r, commit: func() { m.engine.Commit(r) }, wish: w})
			}
		})
}
