package repair

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Plan is a repair that was carried out and verified on overlays. It is bound
// to the disks it was made on and is good for one Commit.
type Plan struct {
	Fixes    []Fix
	Actions  []Action
	Refusals []Refusal
	// Later are findings whose turn comes with the next repair; LaterNote says
	// why.
	Later []condition.Finding
	// Before are the steps that have to come first so that the others are
	// possible: the log of a volume is replayed.
	Before []step.Step
	Disks  []DiskChanges
	// Variables of the firmware that are set after the disks were written.
	Variables []step.SetVariable
	Proof     []string // what was verified, one sentence each
	Undo      Undo     // where what was there before is kept
	Notes     []string // what the person should know beforehand, one sentence each
	Left      []string // NewUndoPlan with partial: what was changed since and stays
	// Remaining is what the detectors found on the disks after Commit wrote them.
	Remaining []condition.Finding
	used      bool

	// What the plan was made from; Commit makes it again from the disks that
	// it then holds alone.
	patient  *inspect.Patient
	findings []condition.Finding
	opt      Options
	data     []absolute // sectors of file content among the changes
	// restores: an undo; faults that were mended come back, and the bundle on
	// the host that it restores from is removed after it.
	restores  bool
	onPatient bool // the undo bundle is among the changes
	keptNotes []string
	remake    func(context.Context, *inspect.Patient, []condition.Finding) (*Plan, error)
}

// Fix is a finding and the steps that end it.
type Fix struct {
	Finding condition.Finding
	Steps   []step.Step
}

// Action is a change that a person asks for and no finding demands. Without
// steps, what is asked for is so already.
type Action struct {
	Title string // "put \dir\file"
	Steps []step.Step

	// Of actions that are asked for by name (package action):
	Name, Argument string                // "safe-mode", "on"
	Windows        *inspect.Installation // nil where none in particular is concerned
	Notes          []string              // what the person should know beforehand, one sentence each
	// Brings are IDs of conditions that report what was asked for, and that
	// may therefore appear: who turns safe mode on is told that it is on.
	Brings []string
	// Hardware: it is about hardware that Windows was not set up on.
	Hardware bool
}

// Refusal is a finding that could be fixed, but not now.
type Refusal struct {
	Finding condition.Finding
	Because condition.Finding
}

// DiskChanges is what one disk gets.
type DiskChanges struct {
	Disk    *inspect.Disk
	Changes []overlay.Change
	Streams []Stream // large content, not among the changes
}

// Bytes is the number of bytes that Commit will write.
func (p *Plan) Bytes() int64 {
	var n int64
	for _, d := range p.Disks {
		for _, c := range d.Changes {
			n += c.Range().Len
		}
		for _, s := range d.Streams {
			n += s.Len
		}
	}
	return n
}

// Empty reports whether there is nothing to write.
func (p *Plan) Empty() bool { return len(p.Disks)+len(p.Variables) == 0 }

// Steps are those of all fixes and actions, in order; what several of them need is
// there once.
func (p *Plan) Steps() []step.Step {
	var all []step.Step
	for _, f := range p.Fixes {
		all = append(all, f.Steps...)
	}
	for _, a := range p.Actions {
		all = append(all, a.Steps...)
	}
	return distinct(all)
}

// VerifyError says that the repair was not what it should be, on the overlay
// or on the disk. The disk is as it was.
type VerifyError struct{ Problems []string }

func (e *VerifyError) Error() string {
	return "verification failed: " + strings.Join(e.Problems, "; ")
}

// RefusedError says what forbids an action.
type RefusedError struct{ Because condition.Finding }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("refused because of %s: %s %s", e.Because.Name(), e.Because.Summary, e.Because.Advice)
}

// NewPlan makes the plan that ends the findings and verifies it. It writes
// nothing. A *VerifyError means that the repair must not be done.
func NewPlan(ctx context.Context, p *inspect.Patient, findings []condition.Finding, opt Options) (*Plan, error) {
	if err := opt.Check(); err != nil {
		return nil, err
	}
	plan, err := newPlan(p, findings, opt)
	if err != nil {
		return nil, err
	}
	plan.remake = func(ctx context.Context, now *inspect.Patient, findings []condition.Finding) (*Plan, error) {
		return NewPlan(ctx, now, findings, plan.opt)
	}
	for _, f := range hidingFirst(findings) {
		if f.Result != condition.Present || !f.Fixable || f.Confidence != condition.High && !f.IsNamed(opt.Only) || !opt.wants(f) {
			continue
		}
		c, _ := condition.ByID(f.ID) // Detect took the ID from the same list
		steps, err := c.Fix(p, f)
		if err != nil {
			return nil, fmt.Errorf("steps for %s: %w", f.Name(), err)
		}
		if because, blocked := plan.blockedFor(f, steps); blocked {
			plan.Refusals = append(plan.Refusals, Refusal{f, because})
			continue
		}
		if plan.hidden(f) || plan.rewrites(steps) {
			plan.Later = append(plan.Later, f)
			continue
		}
		if len(steps) > 0 {
			plan.Fixes = append(plan.Fixes, Fix{f, steps})
		}
	}
	if len(plan.Fixes) == 0 {
		return plan, nil
	}
	return plan, plan.rehearse(ctx)
}

// hidingFirst puts what hides others before them: what the plan mends forbids nothing.
func hidingFirst(findings []condition.Finding) []condition.Finding {
	return slices.SortedStableFunc(slices.Values(findings), func(a, b condition.Finding) int {
		switch {
		case a.Hides == b.Hides:
			return 0
		case a.Hides:
			return -1
		}
		return 1
	})
}

// NewActionPlan makes the same kind of plan from what a person asks for. What a
// finding forbids is a *RefusedError.
func NewActionPlan(ctx context.Context, p *inspect.Patient, findings []condition.Finding, actions []Action, opt Options) (*Plan, error) {
	plan, err := newPlan(p, findings, opt)
	if err != nil {
		return nil, err
	}
	plan.remake = func(ctx context.Context, now *inspect.Patient, findings []condition.Finding) (*Plan, error) {
		moved, err := actionsOn(now, actions)
		if err != nil {
			return nil, err
		}
		return NewActionPlan(ctx, now, findings, moved, plan.opt)
	}
	for _, a := range actions {
		if because, blocked := plan.blocked(a.Steps); blocked {
			return nil, &RefusedError{because}
		}
	}
	plan.Actions = actions
	if len(plan.Steps()) == 0 {
		return plan, nil
	}
	return plan, plan.rehearse(ctx)
}

// brings are the conditions that the actions may bring about.
func (p *Plan) brings() []string {
	var all []string
	for _, a := range p.Actions {
		all = append(all, a.Brings...)
	}
	return all
}

func newPlan(p *inspect.Patient, findings []condition.Finding, opt Options) (*Plan, error) {
	opt, err := opt.stamped()
	return &Plan{patient: p, findings: findings, opt: opt}, err
}

// actionsOn are the same actions on the patient as it is now.
func actionsOn(now *inspect.Patient, actions []Action) ([]Action, error) {
	all := make([]Action, len(actions))
	for i, a := range actions {
		all[i] = a
		all[i].Steps = nil
		for _, s := range a.Steps {
			moved, err := moveTo(now, s)
			if err != nil {
				return nil, err
			}
			all[i].Steps = append(all[i].Steps, moved)
		}
	}
	return all, nil
}

// moveTo is the step on the disks and volumes of another inspection.
func moveTo(now *inspect.Patient, s step.Step) (step.Step, error) {
	disk, volume := s.Place()
	if volume != nil {
		there := findVolume(now, volume)
		if there == nil {
			return nil, fmt.Errorf("%s: %w", volume.ID(), ErrChanged)
		}
		return step.On(s, there.Disk, there), nil
	}
	for _, d := range now.Disks {
		if d.Path == disk.Path {
			return step.On(s, d, nil), nil
		}
	}
	return nil, fmt.Errorf("%s: %w", disk.Path, ErrChanged)
}

// Hear lets others than Options say hear the commit.
func (p *Plan) Hear(doing func(what string), bytes Progress) {
	p.opt.Doing, p.opt.Progress = doing, bytes
}
