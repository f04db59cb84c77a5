package repair

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
)

// inspectTargets looks at the patient once more, at the disks of the plan
// through the handles that nobody else can write beside. m is the machine, its
// variables as they are or as they will be.
func (p *Plan) inspectTargets(ctx context.Context, m *machine.Machine, targets []Target) (*inspect.Patient, []condition.Finding, error) {
	var sources []inspect.Source
	for _, d := range p.patient.Disks {
		s := inspect.Source{Path: d.Path, Dev: d.Dev, Unlocked: d.Unlocked}
		for i := range p.Disks {
			if p.Disks[i].Disk == d {
				s.Dev = block.WithSectorSize(targets[i], d.Dev.SectorSize())
			}
		}
		sources = append(sources, s)
	}
	now, err := inspectLike(ctx, p.patient, m, sources)
	if err != nil {
		return nil, nil, err
	}
	findings, err := condition.Detect(ctx, now)
	return now, findings, err
}

// inspectLike looks at the same disks again, with the same media.
func inspectLike(ctx context.Context, p *inspect.Patient, m *machine.Machine, sources []inspect.Source) (*inspect.Patient, error) {
	now, err := inspect.Inspect(ctx, m, sources)
	if err == nil {
		now.Media = p.Media
	}
	return now, err
}

// planAgain makes the plan again and demands that it comes out the same, byte
// for byte: between plan and commit somebody may have moved the file, mounted
// the volume, or hibernated the machine.
func (p *Plan) planAgain(ctx context.Context, targets []Target) (*inspect.Patient, error) {
	now, findings, err := p.inspectTargets(ctx, p.patient.Machine, targets)
	if err != nil {
		return nil, err
	}
	again, err := p.remake(ctx, now, findings)
	if err != nil {
		return nil, fmt.Errorf("%w: planned again, %v", ErrChanged, err)
	}
	if len(again.Disks) != len(p.Disks) || !slices.EqualFunc(again.Variables, p.Variables, sameVariable) {
		return nil, fmt.Errorf("%w: the plan would now be another", ErrChanged)
	}
	if !p.restores {
		if bad := compareFindings(p.patient, p.findings, nil, nil, findings); len(bad) > 0 {
			return nil, fmt.Errorf("%w: %s", ErrChanged, strings.Join(bad, "; "))
		}
	}
	for i, d := range p.Disks {
		if err := sameChanges(d, again.Disks[i]); err != nil {
			return nil, err
		}
	}
	return now, nil
}

func sameChanges(a, b DiskChanges) error {
	same := a.Disk.Path == b.Disk.Path && len(a.Changes) == len(b.Changes) && slices.Equal(rangesOf(a.Streams), rangesOf(b.Streams))
	for i := 0; same && i < len(a.Changes); i++ {
		x, y := a.Changes[i], b.Changes[i]
		same = x.Off == y.Off && bytes.Equal(x.Before, y.Before) && bytes.Equal(x.After, y.After)
	}
	if !same {
		return fmt.Errorf("%s: %w: the plan would now be another", a.Disk.Path, ErrChanged)
	}
	return nil
}

// judge runs the detectors on the disks as they are after writing: what was
// fixed must be gone, and nothing new may have come.
func (p *Plan) judge(ctx context.Context, targets []Target) error {
	_, now, err := p.inspectTargets(ctx, p.machineAfter(), targets)
	if err != nil {
		return err
	}
	if p.restores {
		return nil // faults that were mended are back, as was asked for
	}
	p.Remaining = now
	if bad := compareFindings(p.patient, p.findings, p.Fixes, p.brings(), now); len(bad) > 0 {
		return &VerifyError{bad}
	}
	return nil
}
