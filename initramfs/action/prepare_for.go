package action

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inject"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
)

const (
	allVirtual = "all-virtual" // every virtual machine that there is a profile of
	here       = "here"        // the machine that the disk is in, or --machine
)

// Windows is to start on another machine, to which the disk is moved later:
// everything between its disk controller and the boot volume is put in place before
// the first start there. all-virtual prepares for every virtual machine at once,
// as "MODULES=most" does for Linux.
//
// Where: package inject; drivers come from Windows itself, from other Windows on
// the disks, from --drivers and attached media. The machine that the disk is in now
// goes on working: nothing is taken away. The rest of the chain is judged by the
// same detectors as on that machine (prepare_chain.go): the scsiport.sys of Windows 2000
// is replaced for BusLogic adapters, what else would be found there is said.
// Refused: no driver can be had for the controller that the boot disk will hang on;
// the sentence says what to provide. For all-virtual that is so when none at all can
// be had, otherwise the notes list the machines that are left out.
var prepareFor = Action{
	Name: "prepare-for", Argument: "PROFILE", Hardware: true,
	Title: "Make Windows start on another machine before the disk is moved there (a profile, pci:VVVV:DDDD, " + allVirtual + " or " + here + ")",
	Plan: func(ctx context.Context, d *Desk, w *inspect.Installation, profile string) (Outcome, error) {
		o := Outcome{Title: fmt.Sprintf("make %s start on %s", w.Label(), profile), Brings: strangeDrivers()}
		machines, err := profiles(profile)
		if profile == here {
			machines, err = present(w)
		}
		if err != nil {
			return o, err
		}
		if err := system(w); err != nil {
			return o, err
		}
		p := preparation{d: d, w: w, o: &o, needed: len(machines) == 1}
		return o, p.prepare(ctx, machines)
	},
}

// present is the machine that the disk of a Windows is in, with the controller that
// it hangs on.
func present(w *inspect.Installation) ([]*machine.Machine, error) {
	c := w.Volume.Disk.Controller
	if c == nil {
		return nil, refuse("which controller the disk of %s hangs on is not known: say which machine it is for", w.Label())
	}
	return []*machine.Machine{{Profile: here, Controllers: []machine.Controller{*c}}}, nil
}

// profiles are the machines that an argument names.
func profiles(name string) ([]*machine.Machine, error) {
	if name != allVirtual {
		m, err := machine.Profile(name)
		if err != nil {
			return nil, fmt.Errorf("%v, %s or %s: %w", err, allVirtual, here, ErrUsage)
		}
		return []*machine.Machine{m}, nil
	}
	var all []*machine.Machine
	for _, m := range machine.Virtual() {
		all = append(all, &m)
	}
	return all, nil
}

// preparation is what is done for one Windows.
type preparation struct {
	d *Desk
	w *inspect.Installation
	o *Outcome
	// needed: there is one machine, and its first controller has to work.
	needed bool
}

func (p *preparation) prepare(ctx context.Context, machines []*machine.Machine) error {
	var controllers []machine.Controller
	names := map[string][]string{} // of machines, by controller
	first := map[string]bool{}     // the controllers that boot disks hang on
	for _, m := range machines {
		first[m.Controllers[0].ID()] = true
		for _, c := range m.Controllers {
			if len(names[c.ID()]) == 0 {
				controllers = append(controllers, c)
			}
			names[c.ID()] = append(names[c.ID()], m.Profile)
		}
	}
	steps, notes, err := inject.Prepare(p.d.Patient, p.w, controllers)
	if len(notes) == 0 && err != nil {
		return refuse("%v", err)
	}
	lacking := lacking(notes)
	for _, n := range notes {
		if !first[n.Controller.ID()] && (n.Need != nil || !n.Doubt) {
			continue // nobody asked to start from that one
		}
		if s := p.sentence(n, names[n.Controller.ID()]); !slices.Contains(p.o.Notes, s) {
			p.o.Notes = append(p.o.Notes, s)
		}
	}
	switch why, is := lacking[machines[0].Controllers[0].ID()]; {
	case p.needed && is:
		return refuse("%s", strings.TrimSuffix(why, "."))
	case none(lacking, first):
		return refuse("%s can be prepared for no machine: %v", p.w.Label(), err)
	case err != nil && len(lacking) == 0:
		return err
	}
	p.o.Steps = append(p.o.Steps, steps...)
	return p.restOfChain(ctx, machines)
}

// none reports whether Windows starts from none of the controllers.
func none(lacking map[string]string, controllers map[string]bool) bool {
	for id := range controllers {
		if _, is := lacking[id]; !is {
			return false
		}
	}
	return true
}

// lacking are the controllers that Windows will not start from, with the reason: those
// of which nothing is said but what is missing, or that nothing can be done.
func lacking(notes []inject.Note) map[string]string {
	all, served := map[string]string{}, map[string]bool{}
	for _, n := range notes {
		if n.Need == nil && !n.Doubt {
			served[n.Controller.ID()] = true
		}
	}
	for _, n := range notes {
		if id := n.Controller.ID(); !served[id] {
			all[id] = n.Sentence
		}
	}
	return all
}

// sentence is a note, with the machines that it is about where there are several.
func (p *preparation) sentence(n inject.Note, machines []string) string {
	s := strings.TrimSuffix(n.Sentence, ".") + "."
	if p.needed {
		return s
	}
	return strings.Join(machines, ", ") + ": " + s
}
