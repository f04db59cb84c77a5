package report

import (
	"context"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/repair"
)

// Examine runs a command as far as nothing is written: it looks at the disks,
// walks the boot chains, detects, and unless the command is "scan" makes and
// verifies the plan. What the plan stumbles over is Run.Err. m may be nil.
func Examine(ctx context.Context, command string, m *machine.Machine, sources []inspect.Source, opt repair.Options) (*Run, error) {
	view, journals, done, err := repair.ViewJournals(m, sources, opt.Homes.StateDir)
	if err != nil {
		return nil, err
	}
	defer done()
	r := &Run{Command: command, Chains: map[string][]bootchain.Stage{}}
	if r.Patient, err = inspect.Inspect(ctx, m, view); err != nil {
		return nil, err
	}
	r.Patient.Journals = journals
	for _, w := range r.Patient.Windows {
		r.Chains[w.ID] = bootchain.Walk(r.Patient, w)
	}
	if r.Findings, err = condition.Detect(ctx, r.Patient); err != nil {
		return nil, err
	}
	if command != "scan" {
		r.Plan, r.Err = repair.NewPlan(ctx, r.Patient, r.Findings, opt)
	}
	return r, nil
}
