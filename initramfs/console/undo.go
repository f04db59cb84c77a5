package console

import (
	"context"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/console/terminal"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
)

// listBundles looks for what can be taken back.
func (m *Model) listBundles() {
	start(m, job{title: "Looking for what can be taken back"},
		func(ctx context.Context, _ Hearer) ([]*repair.Bundle, error) { return m.engine.Bundles(ctx) },
		func(all []*repair.Bundle, err error) {
			switch {
			case stopped(err):
				m.say("Stopped.")
			case err != nil:
				m.push(problem("The disks could not be looked at", err))
			default:
				m.push(&bundlesPage{all: all})
			}
		})
}

// bundlesPage lists repairs that can be taken back.
type bundlesPage struct {
	view
	all []*repair.Bundle
}

func (p *bundlesPage) title() string { return "Take a repair back" }

func (p *bundlesPage) window() *view { return &p.view }

func (p *bundlesPage) keys(m *Model) []binding {
	if len(p.all) == 0 {
		return nil
	}
	return []binding{{terminal.Enter, "Plan", func() { p.plan(m, false) }}}
}

// maxWhy are the reasons that are shown of a bundle.
const maxWhy = 3

func (p *bundlesPage) lines(*Model) []row {
	r := newRows()
	if len(p.all) == 0 {
		r.text(0, terminal.Plain, "There is nothing to take back: no undo bundle was found on these disks.")
		return r.list
	}
	for i, b := range p.all {
		r.entry(i)
		if b.Err != nil {
			r.add(span{terminal.Bold, b.Name})
			r.text(4, terminal.Bad, "cannot be used: %v", b.Err)
			continue
		}
		m := b.Manifest
		r.add(span{terminal.Bold, b.Name}, span{terminal.Plain, fmt.Sprintf("  %s, %s", m.Time.Format("2006-01-02 15:04:05 UTC"), count(len(m.Items), "change"))})
		r.entry(none)
		r.add(span{terminal.Dim, "    " + short(b.Where, textWidth-4)})
		for j, why := range m.Why {
			if j == maxWhy {
				r.add(span{terminal.Dim, fmt.Sprintf("    and %d more", len(m.Why)-j)})
				break
			}
			r.add(span{terminal.Plain, "    " + short(why, textWidth-4)})
		}
	}
	return r.list
}

func (p *bundlesPage) plan(m *Model, partial bool) {
	b := p.all[p.selected]
	if b.Err != nil {
		m.push(problem("This bundle cannot be used", b.Err))
		return
	}
	start(m, job{title: "Planning; nothing is written"},
		func(ctx context.Context, h Hearer) (*report.Run, error) {
			return m.engine.PlanUndo(ctx, h, b, partial)
		},
		func(r *report.Run, err error) {
			if err == nil {
				err = r.Err
			}
			switch {
			case stopped(err):
				m.say("Stopped; nothing was written.")
			case errors.As(err, new(*repair.ChangedSinceError)) && !partial:
				t := problem("Changed since the repair", err)
				t.say(terminal.Plain, "Enter plans to take back the rest and to leave these as they are.")
				t.ok = func() { m.back(); p.plan(m, true) }
				m.push(t)
			case err != nil:
				m.push(problem("This cannot be taken back", err))
			default:
				m.push(&planPage{run: r, commit: func() { m.engine.TakeBack(r, b) }})
			}
		})
}
