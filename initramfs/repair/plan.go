package repair

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// Options choose what a plan takes up. IDs are those of conditions.
type Options struct {
	Only   []string // empty: all
	Except []string
}

// Plan is a repair that was carried out and verified on overlays. It is bound
// to the disks it was made on and is good for one Commit.
type Plan struct {
	Fixes    []Fix
	Refusals []Refusal
	Disks    []DiskChanges
	Proof    []string // what was verified, one sentence each
	used     bool

	// What the plan was made from; Commit makes it again from the disks that
	// it then holds alone.
	patient  *inspect.Patient
	findings []condition.Finding
	data     []absolute // sectors of file content among the changes
	spans    bool       // a change spans sectors, so that only a journal makes it whole
	remake   func(context.Context, *inspect.Patient, []condition.Finding) (*Plan, error)
}

// Fix is a finding and the steps that end it.
type Fix struct {
	Finding condition.Finding
	Steps   []condition.Step
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
}

// Bytes is the number of bytes that Commit will write.
func (p *Plan) Bytes() int64 {
	var n int64
	for _, d := range p.Disks {
		for _, c := range d.Changes {
			n += c.Range().Len
		}
	}
	return n
}

// Empty reports whether there is nothing to write.
func (p *Plan) Empty() bool { return len(p.Disks) == 0 }

// VerifyError says that the repair was not what it should be, on the overlay
// or on the disk. The disk is as it was.
type VerifyError struct{ Problems []string }

func (e *VerifyError) Error() string {
	return "verification failed: " + strings.Join(e.Problems, "; ")
}

// NewPlan makes the plan and verifies it. It writes nothing. A *VerifyError
// means that the repair must not be done.
func NewPlan(ctx context.Context, p *inspect.Patient, findings []condition.Finding, opt Options) (*Plan, error) {
	if err := opt.Check(); err != nil {
		return nil, err
	}
	plan := &Plan{patient: p, findings: findings}
	plan.remake = func(ctx context.Context, now *inspect.Patient, findings []condition.Finding) (*Plan, error) {
		return NewPlan(ctx, now, findings, opt)
	}
	for _, f := range findings {
		if f.Result != condition.Present || !f.Fixable || f.Confidence != condition.High || !opt.wants(f.ID) {
			continue
		}
		if because, blocked := blocker(f, findings); blocked {
			plan.Refusals = append(plan.Refusals, Refusal{f, because})
			continue
		}
		c, _ := condition.ByID(f.ID) // Detect took the ID from the same list
		steps, err := c.Fix(p, f)
		if err != nil {
			return nil, fmt.Errorf("steps for %s: %w", f.ID, err)
		}
		if len(steps) > 0 {
			plan.Fixes = append(plan.Fixes, Fix{f, steps})
		}
	}
	if len(plan.Fixes) == 0 {
		return plan, nil
	}
	return plan, plan.rehearse(ctx, p, findings)
}

// Check refuses IDs that no condition has.
func (o Options) Check() error {
	for _, id := range slices.Concat(o.Only, o.Except) {
		if _, ok := condition.ByID(id); !ok {
			var known []string
			for _, c := range condition.All() {
				known = append(known, c.ID)
			}
			return fmt.Errorf("there is no condition %q; there are: %s", id, strings.Join(known, " "))
		}
	}
	return nil
}

func (o Options) wants(id string) bool {
	return (len(o.Only) == 0 || slices.Contains(o.Only, id)) && !slices.Contains(o.Except, id)
}

// blocker finds what forbids changing the place of f: a blocking finding on
// the same installation, the same volume, or the whole disk. BitLocker anywhere
// on the disk counts: Windows would ask for the recovery key.
func blocker(f condition.Finding, findings []condition.Finding) (condition.Finding, bool) {
	volume := f.OnVolume()
	for _, b := range findings {
		if b.Severity != condition.Blocker {
			continue
		}
		switch {
		case b.ID == "journal-overtaken", b.ID == "volume-hibernated", // nothing at all is written beside these
			b.Windows != nil && b.Windows == f.Windows,
			b.Windows == nil && b.Volume != nil && b.Volume == volume,
			b.Disk != nil && volume != nil && b.Disk == volume.Disk,
			b.ID == "bitlocker-locked" && volume != nil && b.Volume.Disk == volume.Disk:
			return b, true
		}
	}
	return condition.Finding{}, false
}
