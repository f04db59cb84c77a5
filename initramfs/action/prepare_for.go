package action

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inject"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/rollup"
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
// goes on working: nothing is taken away.
// For a machine with BusLogic adapter the scsiport.sys of Windows 2000 is looked at
// as well (package rollup).
// Refused: no driver can be had for the controller that the boot disk will hang on;
// the sentence says what to provide. For all-virtual that is so when none at all can
// be had, otherwise the notes list the machines that are left out.
var prepareFor = Action{
	Name: "prepare-for", Argument: "PROFILE",
	Title: "Make Windows start on another machine before the disk is moved there (a profile, pci:VVVV:DDDD, " + allVirtual + " or " + here + ")",
	Plan: func(_ context.Context, d *Desk, w *inspect.Installation, profile string) (Outcome, error) {
		o := Outcome{Title: fmt.Sprintf("make %s start on %s", w.Label(), profile)}
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
		return o, p.prepare(machines)
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
	names := []string{name}
	if name == allVirtual {
		names = machine.ProfileNames()
	}
	var all []*machine.Machine
	for _, n := range names {
		m, err := machine.Profile(n)
		if err != nil {
			return nil, fmt.Errorf("%v, %s or %s: %w", err, allVirtual, here, ErrUsage)
		}
		all = append(all, m)
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

func (p *preparation) prepare(machines []*machine.Machine) error {
	var controllers []machine.Controller
	names := map[string][]string{} // of machines, by controller
	for _, m := range machines {
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
		if s := p.sentence(n, names[n.Controller.ID()]); !slices.Contains(p.o.Notes, s) {
			p.o.Notes = append(p.o.Notes, s)
		}
	}
	switch why, is := lacking[machines[0].Controllers[0].ID()]; {
	case p.needed && is:
		return refuse("%s", strings.TrimSuffix(why, "."))
	case len(lacking) == len(controllers):
		return refuse("%s can be prepared for no machine: %v", p.w.Label(), err)
	case err != nil && len(lacking) == 0:
		return err
	}
	p.o.Steps = append(p.o.Steps, steps...)
	p.firmware(machines)
	return p.scsiport(controllers)
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

// firmware warns where the disk is made for another firmware than a machine has.
func (p *preparation) firmware(machines []*machine.Machine) {
	table := p.w.Volume.Disk.Table
	if table == nil || table.Scheme == part.None {
		return
	}
	made := machine.BIOS
	if table.Scheme == part.GPT {
		made = machine.UEFI
	}
	for _, m := range machines {
		if m.Firmware != machine.UnknownFirmware && m.Firmware != made {
			p.o.note("%s starts by %s, and the disk is made for %s: it will not start there, whatever drivers Windows has.", m.Profile, m.Firmware, made)
		}
	}
}

// scsiport replaces the scsiport.sys of Windows 2000 that fails with BusLogic
// adapters.
func (p *preparation) scsiport(controllers []machine.Controller) error {
	if !slices.ContainsFunc(controllers, rollup.Affects) {
		return nil
	}
	fault, err := rollup.Scsiport(p.w)
	if fault == nil || err != nil {
		return err
	}
	steps, from, err := fault.Steps(p.d.Patient)
	if none := new(rollup.NoFileError); errors.As(err, &none) {
		if p.needed {
			return refuse("%v", none)
		}
		p.o.note("%v.", none)
		return nil
	}
	if err != nil {
		return err
	}
	p.o.Steps = append(p.o.Steps, steps...)
	p.o.note("Update Rollup 1 left a scsiport.sys that stops Windows 2000 with BusLogic adapters (STOP 0x0000001E); it is replaced by %s.", from)
	return nil
}
