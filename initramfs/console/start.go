package console

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/console/terminal"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// startPage is the first: the machine, its disks, what is wrong, and what can be
// done about it.
type startPage struct{ view }

// entry of the menu.
type choice struct {
	text string
	do   func()
}

func (p *startPage) title() string { return "Why does Windows not start?" }

func (p *startPage) window() *view { return &p.view }

func (p *startPage) keys(m *Model) []binding {
	menu := p.menu(m)
	all := []binding{{terminal.Enter, "Go on", func() { menu[p.selected].do() }}}
	if m.job == nil {
		all = append(all, binding{'r', "Look again", m.lookAgain})
	}
	if !m.opt.Image {
		all = append(all, binding{'q', "Quit", func() { m.end(Quit) }})
	}
	return all
}

// menu is what can be done.
func (p *startPage) menu(m *Model) []choice {
	looked := func(do func()) func() { return func() { m.looked(do) } }
	all := []choice{
		{"Repair", looked(m.repair)},
		{"Windows and their boot chains", looked(func() { m.push(&windowsPage{}) })},
		{"Findings and their evidence", looked(func() { m.push(&findingsPage{}) })},
		{"Machine and disks", looked(func() { m.push(&disksPage{}) })},
		{"Actions: safe mode, another machine, .reg file ...", looked(func() { m.push(&actionsPage{}) })},
		{"What did you see? A stop code or a message", looked(m.whatDidYouSee)},
		{"Take a repair back", looked(m.listBundles)},
	}
	if m.opt.Image {
		all = append(all,
			choice{"Automatic repair, without questions", m.automatic},
			choice{"Shell", func() { m.end(Shell) }},
			choice{"Restart the machine", func() { m.end(Reboot) }},
			choice{"Power off", func() { m.end(PowerOff) }})
	} else {
		all = append(all, choice{"Quit", func() { m.end(Quit) }})
	}
	return all
}

// automatic asks: what is begun there asks no more.
func (m *Model) automatic() {
	m.push(&confirmPage{head: "Automatic repair?", verb: "Repair", yes: func() { m.end(Automatic) },
		text: "Everything that can be repaired with certainty and taken back is planned, verified and written, without another question. Repair, the first entry of the menu, shows the plan before."})
}

// maxDisks are shown on the first page; there is one for all of them.
const maxDisks = 4

func (p *startPage) lines(m *Model) []row {
	r := newRows()
	for _, n := range m.opt.Notes {
		r.text(0, terminal.Warn, "%s", n)
	}
	switch {
	case m.looking:
		r.head("Looking at the disks ...")
		what := ""
		if m.job != nil && len(m.job.phases) > 0 {
			what = m.job.phases[len(m.job.phases)-1].what
		}
		r.add(span{terminal.Dim, "  " + short(what, textWidth-2)})
	case m.lookErr != nil:
		r.head("The disks could not be looked at.")
		r.text(2, terminal.Bad, "%v", m.lookErr)
	default:
		p.found(m, r)
	}
	r.blank()
	for i, c := range p.menu(m) {
		r.entry(i)
		r.add(span{terminal.Plain, "  " + c.text})
	}
	return r.list
}

// found says what there is and what is wrong.
func (p *startPage) found(m *Model, r *rows) {
	patient := m.look.Run.Patient
	r.add(span{terminal.Dim, "Machine  "}, span{terminal.Plain, machineWords(patient)})
	for i, d := range patient.Disks {
		if i == maxDisks && len(patient.Disks) > maxDisks+1 {
			r.add(span{terminal.Dim, fmt.Sprintf("         and %s more", count(len(patient.Disks)-i, "disk"))})
			break
		}
		r.add(span{terminal.Dim, "Disk     "}, span{terminal.Plain, short(diskWords(d, d.Name()), textWidth-9)})
	}
	switch n := len(patient.Windows); {
	case n == 0:
		r.add(span{terminal.Dim, "Windows  "}, span{terminal.Bad, "none was found"})
	case n == 1:
		r.labelled("Windows", 9, patient.Windows[0].Label())
	default:
		r.add(span{terminal.Dim, "Windows  "}, span{terminal.Plain, fmt.Sprintf("%d of them", n)})
	}
	r.blank()
	if m.look.Interrupted {
		r.text(0, terminal.Bad, "A repair was interrupted here. Repair finishes it first.")
	}
	style, verdict := verdictOf(m.look.Run.Findings)
	r.text(0, style, "%s", verdict)
}

// verdictOf sums up the findings.
func verdictOf(all []condition.Finding) (terminal.Style, string) {
	mend, person, unknown := 0, 0, 0
	for _, f := range all {
		switch {
		case f.Severity == condition.Info:
		case f.Result == condition.Unknown:
			unknown++
		case f.Fixable:
			mend++
		default:
			person++
		}
	}
	switch {
	case mend+person+unknown == 0:
		return terminal.Good, "Nothing wrong was found. If Windows does not start all the same, its boot chain shows what was looked at."
	case person+unknown == 0:
		return terminal.Warn, capital(count(mend, "fault")) + " found that bootmend can repair."
	case mend == 0 && person == 0:
		return terminal.Warn, capital(count(unknown, "question")) + " could not be answered; Findings says why."
	}
	s := capital(count(mend, "fault")) + " found that bootmend can repair"
	switch {
	case mend == 0:
		s = capital(count(person, "finding")) + " for a person to deal with"
	case person > 0:
		s += fmt.Sprintf(", %d that need a person", person)
	}
	if unknown > 0 {
		s += fmt.Sprintf(", %d that could not be told", unknown)
	}
	return terminal.Warn, s + "."
}

func capital(s string) string {
	r := []rune(s)
	if len(r) > 0 && r[0] >= 'a' && r[0] <= 'z' {
		r[0] += 'A' - 'a'
	}
	return string(r)
}

func machineWords(p *inspect.Patient) string {
	if p.Machine == nil {
		return "not known (an image does not say where it will run)"
	}
	s := ""
	if p.Machine.Profile != "" {
		s = p.Machine.Profile + ", "
	}
	switch p.Machine.Firmware {
	case "":
		s += "firmware not known"
	default:
		s += "firmware " + string(p.Machine.Firmware)
	}
	if n := len(p.Machine.Controllers); n > 0 {
		s += ", " + count(n, "disk controller")
	}
	return s
}

// diskWords describes a disk that is called so.
func diskWords(d *inspect.Disk, name string) string {
	if d.Rescue {
		return name + ": the medium that bootmend was started from, left alone"
	}
	s := fmt.Sprintf("%s  %s", name, size(d.Dev.Size()))
	switch {
	case d.Err != nil:
		return s + ": " + d.Err.Error()
	case d.Table != nil:
		s += fmt.Sprintf(", %s", d.Table.Scheme)
	}
	if d.Controller != nil {
		return s + ", on " + d.Controller.String()
	}
	return s + ", controller not known"
}

// disksPage shows all disks and their partitions.
type disksPage struct{ view }

func (p *disksPage) title() string { return "Machine and disks" }

func (p *disksPage) window() *view { return &p.view }

func (p *disksPage) keys(*Model) []binding { return nil }

func (p *disksPage) lines(m *Model) []row {
	r := newRows()
	patient := m.look.Run.Patient
	r.labelled("Machine", 10, machineWords(patient))
	if patient.Machine != nil {
		for _, c := range patient.Machine.Controllers {
			r.labelled("", 10, c.String())
		}
	}
	for _, d := range patient.Disks {
		r.blank()
		r.wrap(nil, terminal.Bold, diskWords(d, d.Path))
		for _, v := range d.Volumes {
			r.wrap([]span{{terminal.Dim, fmt.Sprintf("  %2d  ", v.Partition.Number)}}, terminal.Plain, volumeWords(v))
		}
	}
	return r.list
}

func volumeWords(v *inspect.Volume) string {
	s := fmt.Sprintf("%s at %s, type %s", size(v.Partition.Range.Len), size(v.Partition.Range.Off), v.Partition.TypeName())
	if v.Partition.Active {
		s += ", active"
	}
	if v.Kind != "" {
		s += ", " + string(v.Kind)
	}
	if v.State != nil && v.State.Label != "" {
		s += fmt.Sprintf(" %q", v.State.Label)
	}
	if v.Err != nil {
		s += ": " + v.Err.Error()
	}
	return s
}
