package session

import (
	"context"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
)

// Undoing is a look at the disks for what can be taken back.
type Undoing struct {
	Bundles []*repair.Bundle // the newest first
	patient *inspect.Patient
	close   func()
}

// Undoable looks for undo bundles. Close it when it is done with.
func (s *Session) Undoable(ctx context.Context) (*Undoing, error) {
	view, journals, done, err := repair.ViewJournals(s.Machine, s.Sources, s.place.StateDir)
	if err != nil {
		return nil, err
	}
	u := &Undoing{close: done}
	if u.patient, err = inspect.Inspect(ctx, s.Machine, view); err != nil {
		done()
		return nil, err
	}
	u.patient.Journals = journals
	u.Bundles = repair.FindBundles(u.patient, s.place.StateDir)
	return u, nil
}

// Close lets go of journal files.
func (u *Undoing) Close() { u.close() }

// Plan plans to take a bundle back. What the plan stumbles over is Run.Err.
func (u *Undoing) Plan(ctx context.Context, b *repair.Bundle, partial bool, opt repair.Options) (*report.Run, error) {
	r := &report.Run{Command: "undo", Patient: u.patient}
	var err error
	if r.Findings, err = condition.Detect(ctx, u.patient); err != nil {
		return nil, err
	}
	r.Plan, r.Err = repair.NewUndoPlan(ctx, r.Patient, r.Findings, b, partial, opt)
	return r, nil
}

// TakeBack writes a plan of Undoing.Plan, or only drops a bundle all of which
// was taken back before.
func TakeBack(ctx context.Context, r *report.Run, b *repair.Bundle) {
	r.Findings = nil // the faults that come back are what was asked for
	switch {
	case !r.Plan.Empty():
		Commit(ctx, r)
	case len(r.Plan.Left) == 0:
		r.Err = b.Drop()
	}
}
