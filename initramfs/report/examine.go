package report

import (
	"context"

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
	// Explain, where it is not nil, is the condition that Run.Alone is wanted of.
	Explain *condition.Condition
	// Actions, where it is not nil, says what a person asks for; nothing else
	// is planned then.
	Actions func(ctx context.Context, p *inspect.Patient) ([]repair.Action, error)
}

// Examine is Order.Examine for what findings demand.
func Examine(ctx context.Context, command string, m *machine.Machine, sources []inspect.Source, opt repair.Options) (*Run, error) {
	return Order{Command: command, Machine: m, Sources: sources, Options: opt}.Examine(ctx)
}

// Examine runs a command as far as nothing is written: it looks at the disks,
// walks the boot chains, detects, and unless the command is "scan" makes and
// verifies the plan. What the plan stumbles over is Run.Err.
func (o Order) Examine(ctx context.Context) (*Run, error) {
	o.Options.Begin("looking at the disks")
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
		o.Options.Begin("walking the boot chain of " + w.Label())
		r.Chains[w.ID] = bootchain.Walk(r.Patient, w)
	}
	o.Options.Begin("looking for what can be wrong")
	if r.Findings, err = condition.Detect(ctx, r.Patient); err != nil {
		return nil, err
	}
	if o.Explain != nil {
		r.Alone = o.Explain.Alone(ctx, r.Patient)
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
