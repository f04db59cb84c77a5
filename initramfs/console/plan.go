package console

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/console/terminal"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/bootmend/bootmend/initramfs/session"
	"github.com/bootmend/bootmend/initramfs/step"
)

// planPage shows a plan: in plain words, and on demand to the key and the byte.
type planPage struct {
	view
	run    *report.Run
	bytes  bool
	commit func() // writes; in the goroutine of the job
	wish   session.Wish
}

func (p *planPage) title() string {
	if p.bytes {
		return "The plan, to the key and byte"
	}
	return "The plan"
}

func (p *planPage) window() *view { return &p.view }

func (p *planPage) keys(m *Model) []binding {
	var all []binding
	if p.writes() {
		all = append(all, binding{terminal.Enter, "Write", func() { p.confirm(m) }})
	}
	other := "Keys and bytes"
	if p.bytes {
		other = "Plain words"
	}
	return append(all, binding{'b', other, func() { p.bytes, p.top = !p.bytes, 0 }})
}

// writes reports whether the plan comes to anything. An undo all of which was taken
// back before still removes the bundle.
func (p *planPage) writes() bool {
	plan := p.run.Plan
	return plan != nil && (!plan.Empty() || p.run.Command == "undo" && len(plan.Left) == 0)
}

func (p *planPage) confirm(m *Model) {
	plan := p.run.Plan
	text := fmt.Sprintf("%s will be written to %s. The repair was carried out and verified on a copy in memory.", size(plan.Bytes()), strings.Join(targets(plan), " and "))
	switch u := plan.Undo; {
	case p.run.Command == "undo":
		text = fmt.Sprintf("%s will be written to %s: what was there before the repair. The fault that the repair ended comes back.", size(plan.Bytes()), strings.Join(targets(plan), " and "))
	case u.ID != "":
		text += " What is there now is kept " + u.Where + "; it can be taken back."
	}
	if len(plan.Undo.Final) > 0 {
		text += " Not all of it can be taken back; the plan says what cannot."
	}
	m.push(&confirmPage{head: "Write to the disk?", text: text, verb: "Write", yes: func() { p.write(m) }})
}

func targets(plan *repair.Plan) []string {
	var all []string
	for _, d := range plan.Disks {
		all = append(all, d.Disk.Path)
	}
	if len(plan.Variables) > 0 {
		all = append(all, "the variables of the firmware")
	}
	return all
}

func (p *planPage) write(m *Model) {
	title := "Repairing"
	switch {
	case p.run.Command == "undo":
		title = "Taking the repair back"
	case p.run.Asked:
		title = "Doing what was asked for"
	}
	start(m, job{title: title, commits: true},
		func(_ context.Context, h Hearer) (*report.Run, error) {
			p.run.Plan.Hear(h.Doing, h.Bytes)
			p.commit()
			return p.run, nil
		},
		func(r *report.Run, err error) {
			m.home()
			if r == nil {
				r = p.run
			}
			if err != nil {
				r.Err = err
			}
			m.push(&resultPage{run: r, took: m.now.Sub(m.begun), wish: p.wish})
			m.lookAgain()
		})
}

func (p *planPage) lines(*Model) []row {
	r := newRows()
	plan := p.run.Plan
	if !p.writes() {
		p.nothing(r)
	}
	for _, f := range plan.Fixes {
		r.wrap(nil, terminal.Bold, findingTitle(f.Finding))
		r.text(2, terminal.Plain, "%s", f.Finding.Summary)
		p.steps(r, f.Steps)
		r.blank()
	}
	for _, a := range plan.Actions {
		r.wrap(nil, terminal.Bold, "To "+a.Title)
		for _, n := range a.Notes {
			r.text(2, terminal.Warn, "%s", n)
		}
		if len(a.Steps) == 0 && a.Name != "" {
			r.text(2, terminal.Plain, "It is so already; nothing is to be done.")
		}
		p.steps(r, a.Steps)
		r.blank()
	}
	if len(plan.Before) > 0 {
		r.head("Before that")
		p.steps(r, plan.Before)
		r.blank()
	}
	p.beside(r)
	return r.list
}

// nothing says why there is nothing to write.
func (p *planPage) nothing(r *rows) {
	switch plan := p.run.Plan; {
	case len(plan.Refusals) > 0:
		r.text(0, terminal.Warn, "Nothing can be written now; what stands in the way is below.")
	case len(plan.Left) > 0:
		r.text(0, terminal.Warn, "Nothing is left to take back but what was changed since.")
	default:
		r.text(0, terminal.Good, "There is nothing to do: everything is so already.")
	}
	r.blank()
}

// steps shows steps in plain words, or one by one.
func (p *planPage) steps(r *rows, steps []step.Step) {
	if p.bytes {
		for _, s := range steps {
			d := s.Describe()
			r.wrap([]span{{terminal.Dim, "  • "}}, terminal.Plain, d.Text)
			r.text(4, terminal.Dim, "in %s", strings.TrimSpace(d.Volume+" "+d.File))
		}
		return
	}
	for _, s := range plainly(steps) {
		r.wrap([]span{{terminal.Dim, "  • "}}, terminal.Plain, s)
	}
}

// plainly tells what steps come to: what for, how many of what kind and where.
func plainly(steps []step.Step) []string {
	type group struct{ why, where string }
	var order []group
	kinds := map[group][]string{}
	for _, s := range steps {
		d := s.Describe()
		g := group{d.Why, strings.TrimSpace(d.Volume + " " + d.File)}
		if !slices.Contains(order, g) {
			order = append(order, g)
		}
		kinds[g] = append(kinds[g], d.Action)
	}
	var all []string
	for _, g := range order {
		s := capital(tally(kinds[g])) + " in " + g.where
		if g.why != "" {
			s += ", so that " + g.why
		}
		all = append(all, s+".")
	}
	return all
}

// tally counts actions: "2 registry values are set, 1 key is made".
func tally(actions []string) string {
	var order, words []string
	n := map[string]int{}
	for _, a := range actions {
		if n[a]++; n[a] == 1 {
			order = append(order, a)
		}
	}
	for _, a := range order {
		words = append(words, counted(a, n[a]))
	}
	return strings.Join(words, ", ")
}

func counted(action string, n int) string {
	forms := map[string][2]string{
		"set-registry-value":  {"registry value is set", "registry values are set"},
		"make-registry-key":   {"registry key is made", "registry keys are made"},
		"remove-registry-key": {"registry key is removed", "registry keys are removed"},
		"write-file":          {"file is written", "files are written"},
		"remove":              {"file is removed", "files are removed"},
		"make-directory":      {"folder is made", "folders are made"},
		"rename":              {"file is renamed", "files are renamed"},
		"set-attributes":      {"file gets other attributes", "files get other attributes"},
		"write-sectors":       {"structure of the disk is written", "structures of the disk are written"},
		"set-efi-variable":    {"variable of the firmware is set", "variables of the firmware are set"},
		"replay-log":          {"NTFS log is carried out and emptied", "NTFS logs are carried out and emptied"},
		"discard-log":         {"NTFS log is emptied without carrying it out", "NTFS logs are emptied without carrying them out"},
	}
	form, ok := forms[action]
	if !ok {
		form = [2]string{"change (" + action + ")", "changes (" + action + ")"}
	}
	if n == 1 {
		return "1 " + form[0]
	}
	return fmt.Sprintf("%d %s", n, form[1])
}

// beside shows what goes with the plan.
func (p *planPage) beside(r *rows) {
	plan := p.run.Plan
	const label = 9
	for _, n := range plan.Notes {
		r.wrap([]span{{terminal.Warn, "Note     "}}, terminal.Plain, n)
	}
	for _, l := range plan.Left {
		r.labelled("Left", label, "changed since the repair and left as it is: "+l)
	}
	for _, x := range plan.Refusals {
		r.wrap([]span{{terminal.Bad, "Refused  "}}, terminal.Plain, fmt.Sprintf("%s is not repaired because of %s: %s %s",
			findingTitle(x.Finding), findingTitle(x.Because), x.Because.Summary, x.Because.Advice))
	}
	for _, f := range plan.Later {
		r.labelled("Later", label, findingTitle(f)+": its turn comes with the next repair")
	}
	if plan.Undo.ID != "" && plan.Undo.Where != "" {
		r.labelled("Undo", label, "what is there now is kept "+plan.Undo.Where)
	}
	for _, f := range plan.Undo.Final {
		r.wrap([]span{{terminal.Warn, "Final    "}}, terminal.Plain, "cannot be taken back: "+f)
	}
	if !plan.Empty() {
		r.labelled("Size", label, fmt.Sprintf("%s on %s", size(plan.Bytes()), strings.Join(targets(plan), " and ")))
	}
	for _, proof := range plan.Proof {
		r.wrap([]span{{terminal.Good, "Proof    "}}, terminal.Plain, proof)
	}
	if !p.bytes {
		return
	}
	for _, d := range plan.Disks {
		for _, c := range d.Changes {
			r.labelled("Write", label, fmt.Sprintf("%s bytes %#x to %#x (%d)", d.Disk.Path, c.Off, c.Range().End()-1, c.Range().Len))
		}
		for _, s := range d.Streams {
			r.labelled("Write", label, fmt.Sprintf("%s bytes %#x to %#x (%d), large content", d.Disk.Path, s.Off, s.End()-1, s.Len))
		}
	}
}
