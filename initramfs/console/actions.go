package console

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/action"
	"github.com/bootmend/bootmend/initramfs/console/terminal"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/session"
)

// actionsPage lists what can be asked for.
type actionsPage struct{ view }

func (p *actionsPage) title() string { return "Actions: what no fault demands" }

func (p *actionsPage) window() *view { return &p.view }

func (p *actionsPage) keys(m *Model) []binding {
	return []binding{{terminal.Enter, "Take it", func() { m.ask(action.All()[p.selected]) }}}
}

func (p *actionsPage) lines(*Model) []row {
	r := newRows()
	for i, a := range action.All() {
		r.entry(i)
		for _, line := range broken(a.Title, textWidth-4) {
			r.add(span{terminal.Plain, "  " + line})
		}
	}
	return r.list
}

// ask asks for which Windows an action is meant, then for its argument.
func (m *Model) ask(a action.Action) {
	all := m.look.Run.Patient.Windows
	if len(all) == 0 {
		m.say("No Windows was found on these disks.")
		return
	}
	if len(all) == 1 {
		m.askArgument(a, all[0].ID, all)
		return
	}
	p := &listPage{head: a.Name, intro: "Which Windows is meant?"}
	for _, w := range all {
		p.list = append(p.list, choice{w.ID + "  " + w.Label(), func() { m.askArgument(a, w.ID, []*inspect.Installation{w}) }})
	}
	if !a.One {
		p.list = append(p.list, choice{"each of them", func() { m.askArgument(a, "", all) }})
	}
	m.push(p)
}

// askArgument lets the person choose what the action takes, or type it.
func (m *Model) askArgument(a action.Action, windows string, meant []*inspect.Installation) {
	do := func(argument string) {
		r, err := action.Parse(withArgument(a.Name, argument))
		if err != nil {
			m.push(problem("Not understood", err))
			return
		}
		m.plan(session.Wish{Command: "repair", Requests: []action.Request{r}, Windows: windows})
	}
	typed := func() {
		m.push(&inputPage{head: a.Name, intro: fmt.Sprintf("%s.\n%s", a.Title, takes(a)), done: do})
	}
	p := &listPage{head: a.Name, intro: a.Title + "."}
	switch {
	case a.Argument == "":
		do("")
		return
	case a.Argument == "FILE":
		m.askFile(a, do, typed)
		return
	case a.Argument == "PROFILE":
		for _, name := range append([]string{"all-virtual", "here"}, machine.ProfileNames()...) {
			p.list = append(p.list, choice{name, func() { do(name) }})
		}
	case strings.HasPrefix(a.Argument, "NAME"):
		for _, name := range servicesOf(m.look, meant) {
			p.list = append(p.list, choice{name, func() { do(name) }})
		}
	default:
		for _, word := range strings.Split(a.Argument, "|") {
			if word != strings.ToUpper(word) {
				p.list = append(p.list, choice{word, func() { do(word) }})
			}
		}
	}
	if strings.ToLower(a.Argument) != a.Argument || len(p.list) == 0 {
		p.list = append(p.list, choice{"something else, to be typed ...", typed})
	}
	m.push(p)
}

// takes says what is to be typed.
func takes(a action.Action) string {
	switch a.Argument {
	case "FILE":
		return "Type the path of the file."
	case "PROFILE":
		return "Type a machine profile, or a controller as pci:VVVV:DDDD."
	case "NAME":
		return "Type the name of a driver or service."
	case "NAME[,START]":
		return "Type the name of a driver or service; how it is to start may follow behind a comma."
	}
	return "Type " + a.Argument + "."
}

func withArgument(name, argument string) string {
	if argument == "" {
		return name
	}
	return name + "=" + argument
}

// servicesOf are the names that all those Windows have, sorted.
func servicesOf(l *Look, meant []*inspect.Installation) []string {
	var all []string
	for _, w := range meant {
		all = append(all, l.Services[w.ID]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// askFile lists files on attached media.
func (m *Model) askFile(a action.Action, do func(string), typed func()) {
	start(m, job{title: "Looking for .reg files on attached media"},
		func(ctx context.Context, _ Hearer) ([]string, error) { return m.engine.RegFiles(ctx) },
		func(files []string, err error) {
			switch {
			case stopped(err):
				m.say("Stopped.")
				return
			case err != nil:
				m.push(problem("The media could not be looked at", err))
				return
			}
			p := &listPage{head: a.Name, intro: a.Title + ". Files found on floppies, CDs and USB sticks:"}
			for _, f := range files {
				p.list = append(p.list, choice{strings.Replace(f, onMedium, " ", 1), func() { do(f) }})
			}
			if len(files) == 0 {
				p.intro = a.Title + ". No .reg file was found on a floppy, CD or USB stick; attach one and come here again, or type a path."
			}
			p.list = append(p.list, choice{"a file of this system, to be typed ...", typed})
			m.push(p)
		})
}
