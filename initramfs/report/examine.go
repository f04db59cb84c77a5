package report

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/repair"
)

// Order is what a command is to do.
type Order struct {
	Command string           // "scan", "plan" or "repair"
	Machine *machine.Machine // nil: unknown
	Sources []inspect.Source
	Media   []source.Tree // where driver packages may come from
	Options repair.Options
	// Actions, where it is not nil, says what a person asks for; nothing else
	// is planned then.
	Actions func(ctx context.Context, p *inspect.Patient) ([]repair.Action, error)
	// Say, where it is not nil, hears in a sentence what is being done.
	Say func(what string)
}

func (o Order) say(format string, args ...any) {
	if o.Say != nil {
		o.Say(fmt.Sprintf(format, args...))
	}
}

// Examine is Order.Examine for what findings demand.
func Examine(ctx context.Context, command string, m *machine.Machine, sources []inspect.Source, opt repair.Options) (*Run, error) {
	return Order{Command: command, Machine: m, Sources: sources, Options: opt}.Examine(ctx)
}

// Examine runs a command as far as nothing is written: it looks at the disks,
// walks the boot chains, detects, and unless the command is "scan" makes and
// verifies the plan. What the plan stumbles over is Run.Err.
func (o Order) Examine(ctx context.Context) (*Run, error) {
	o.say("Looking at %d disks and drives; nothing is written.", len(o.Sources))
	view, journals, done, err := repair.ViewJournals(o.Machine, o.Sources, o.Options.Homes.StateDir)
	if err != nil {
		return nil, err
	}
	defer done()
	r := &Run{Command: o.Command, Asked: o.Actions != nil, Chains: map[string][]bootchain.Stage{}}
	if r.Patient, err = inspect.Inspect(ctx, o.Machine, view); err != nil {
		return nil, err
	}
	r.Patient.Journals, r.Patient.Media = journals, o.Media
	r.LastRepair = lastRepair(repair.FindBundles(r.Patient, o.Options.Homes.StateDir))
	for _, w := range r.Patient.Windows {
		o.say("Following the boot chain of %s.", w.Label())
		r.Chains[w.ID] = bootchain.Walk(r.Patient, w)
	}
	o.say("Looking for %d things that keep Windows from starting.", len(condition.All()))
	if r.Findings, err = condition.Detect(ctx, r.Patient); err != nil {
		return nil, err
	}
	if o.Command != "scan" && (len(r.Findings) > 0 || r.Asked) {
		o.say("Carrying the repair out in memory, and checking the result there.")
	}
	switch {
	case o.Command == "scan":
	case o.Actions == nil:
		r.Plan, r.Err = repair.NewPlan(ctx, r.Patient, r.Findings, o.Options)
	default:
		var actions []repair.Action
		if actions, r.Err = o.Actions(ctx, r.Patient); r.Err == nil {
			r.Plan, r.Err = repair.NewActionPlan(ctx, r.Patient, r.Findings, actions, o.Options)
		}
	}
	return r, nil
}

// lastRepair is the newest bundle that can be read.
func lastRepair(bundles []*repair.Bundle) *LastRepair {
	for _, b := range bundles {
		if b.Err == nil {
			return &LastRepair{UndoID: b.Name, Where: b.Where, Time: b.Manifest.Time}
		}
	}
	return nil
}
