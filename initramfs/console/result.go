package console

import (
	"time"

	"github.com/bootmend/bootmend/initramfs/console/terminal"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/bootmend/bootmend/initramfs/session"
)

// resultPage says how it ended and what to do next.
type resultPage struct {
	view
	run  *report.Run
	took time.Duration
	wish session.Wish
}

func (p *resultPage) title() string { return "Result" }

func (p *resultPage) window() *view { return &p.view }

func (p *resultPage) keys(m *Model) []binding {
	again := func() { m.looked(m.repair) }
	if p.run.Committed && p.run.Command == "repair" && p.run.ExitCode() == report.ExitRepairable {
		return []binding{{terminal.Enter, "Repair the rest", again}}
	}
	if m.opt.Image && p.run.Committed && p.run.Command != "undo" {
		return []binding{{terminal.Enter, "To the start", m.home}, {'x', "Restart", func() { m.end(Reboot) }}}
	}
	return append([]binding{{terminal.Enter, "To the start", m.home}}, m.without(p.run.Err, p.wish)...)
}

func (p *resultPage) lines(m *Model) []row {
	r, run := newRows(), p.run
	code := run.ExitCode()
	switch {
	case run.Err != nil && code == report.ExitInterrupted:
		r.text(0, terminal.Bad, "It was not carried to its end.")
		r.text(0, terminal.Plain, "%v.", run.Err)
		r.blank()
		p.next(r, "Do not start Windows from this disk. Start bootmend again; it finishes what was begun. Where the disk itself fails, copy it first (ddrescue).")
	case run.Err != nil:
		r.text(0, terminal.Bad, "Nothing was changed; the disk is as it was.")
		r.text(0, terminal.Plain, "%v.", run.Err)
		r.blank()
		p.next(r, "Findings and the boot chain say more. Where somebody else has the disk, end that first.")
	case run.Command == "undo":
		p.takenBack(r)
	default:
		p.written(r, code, m.opt.Image)
	}
	return r.list
}

func (p *resultPage) next(r *rows, text string) { r.labelled("Next", 9, text) }

func (p *resultPage) takenBack(r *rows) {
	switch left := p.run.Plan.Left; {
	case !p.run.Committed:
		r.text(0, terminal.Good, "All of it was taken back before; nothing was written.")
	case len(left) > 0:
		r.text(0, terminal.Warn, "Partly taken back and verified, %s written.", size(p.run.Done.Bytes))
		for _, l := range left {
			r.labelled("Left", 9, l)
		}
		r.text(0, terminal.Plain, "What was changed since is left as it is, and the bundle is kept.")
	default:
		r.text(0, terminal.Good, "Taken back and verified, %s written. What the repair changed is as it was before.", size(p.run.Done.Bytes))
	}
	r.blank()
	p.next(r, "The fault that the repair ended is back. Repair mends it again.")
}

func (p *resultPage) written(r *rows, code int, image bool) {
	run := p.run
	switch {
	case run.Asked:
		r.text(0, terminal.Good, "Done and verified.")
	case code == report.ExitOK:
		r.text(0, terminal.Good, "Repaired and verified.")
	case code == report.ExitRepairable:
		r.text(0, terminal.Warn, "Repaired and verified; more can be repaired now that it can be seen.")
	default:
		r.text(0, terminal.Warn, "Partly repaired and verified; what remains needs a person.")
	}
	r.blank()
	for _, f := range run.Plan.Fixes {
		r.wrap([]span{{terminal.Good, "Mended   "}}, terminal.Plain, findingTitle(f.Finding))
	}
	for _, a := range run.Plan.Actions {
		r.wrap([]span{{terminal.Good, "Done     "}}, terminal.Plain, "to "+a.Title)
	}
	r.blank()
	if run.Plan.Undo.ID == "" {
		r.labelled("Undo", 9, "it cannot be taken back")
	} else {
		r.labelled("Undo", 9, "bootmend undo "+run.Plan.Undo.ID)
		r.labelled("", 9, "or Take a repair back, in the menu")
	}
	switch {
	case code == report.ExitRepairable && !run.Asked:
		p.next(r, "Repair the rest.")
	case code == report.ExitPerson:
		p.next(r, "Findings says what is left and what you can do about it.")
	case image:
		p.next(r, "Take the rescue medium out and restart the machine.")
	default:
		p.next(r, "Start Windows from the disk.")
	}
	r.blank()
	written := size(run.Done.Bytes)
	if run.Done.Journal != "" {
		written += ", through a journal " + run.Done.Journal
	}
	r.labelled("Written", 9, written)
	if p.took >= time.Second {
		r.labelled("Took", 9, seconds(p.took))
	}
	for _, proof := range run.Plan.Proof {
		r.wrap([]span{{terminal.Good, "Proof    "}}, terminal.Plain, proof)
	}
}
