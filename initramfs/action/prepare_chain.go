package action

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/step"
)

// byInject are conditions about what package inject does.
func byInject() []string {
	return []string{"storage-driver-missing", "storage-driver-disabled", "critical-device-missing", "driver-database-missing", "start-override"}
}

// beforehand are conditions whose fix does no harm on the machine that the disk is in
// now.
func beforehand() []string { return []string{"scsiport-2000-rollup"} }

// restOfChain looks at the patient as if it was in each machine, and does what its
// detectors would find there and nowhere else.
func (p *preparation) restOfChain(ctx context.Context, machines []*machine.Machine) error {
	findings, err := condition.Detect(ctx, p.d.Patient)
	if err != nil {
		return err
	}
	now := map[string]bool{}
	for _, f := range findings {
		now[f.Key()] = true
	}
	found := map[string][]string{} // machines, by what is said
	var order []string
	for _, m := range machines {
		there, err := p.movedTo(ctx, m)
		if err != nil {
			return err
		}
		findings, err := condition.Detect(ctx, there)
		if err != nil {
			return err
		}
		for _, f := range findings {
			if now[f.Key()] || slices.Contains(byInject(), f.ID) || f.Severity == condition.Info || f.Result != condition.Present || !p.concerns(f) {
				continue
			}
			text, err := p.take(there, f)
			if err != nil {
				return err
			}
			if len(found[text]) == 0 {
				order = append(order, text)
			}
			found[text] = append(found[text], m.Profile)
		}
	}
	for _, text := range order {
		p.o.note("%s: %s", strings.Join(found[text], ", "), text)
	}
	return nil
}

// movedTo is the patient in another machine.
func (p *preparation) movedTo(ctx context.Context, m *machine.Machine) (*inspect.Patient, error) {
	var sources []inspect.Source
	for _, d := range p.d.Patient.Disks {
		sources = append(sources, inspect.Source{Path: d.Path, Dev: d.Dev, Unlocked: d.Unlocked})
	}
	there, err := inspect.Inspect(ctx, m, sources)
	if err == nil {
		there.Media = p.d.Patient.Media
	}
	return there, err
}

// concerns reports whether a finding of the patient elsewhere is about this Windows or
// the disk that it starts from.
func (p *preparation) concerns(f condition.Finding) bool {
	switch v := f.OnVolume(); {
	case f.Windows != nil:
		return f.Windows.Volume.Key() == p.w.Volume.Key() && f.Windows.Root == p.w.Root
	case v != nil:
		return v.Disk.Path == p.w.Volume.Disk.Path
	case f.Disk != nil:
		return f.Disk.Path == p.w.Volume.Disk.Path
	}
	return true
}

// take does what can be done about a finding before the move, and says so; for the rest
// it says what there will be.
func (p *preparation) take(there *inspect.Patient, f condition.Finding) (string, error) {
	c, known := condition.ByID(f.ID)
	if !known || !slices.Contains(beforehand(), f.ID) {
		text := "there will be " + f.ID + ": " + f.Summary
		if f.Fixable {
			return text + " bootmend repair mends it there.", nil
		}
		return strings.TrimSpace(text + " " + f.Advice), nil
	}
	if !f.Fixable {
		text := strings.TrimSpace(f.Summary + " " + f.Advice)
		if p.needed {
			return "", refuse("%s", strings.TrimSuffix(text, "."))
		}
		return text, nil
	}
	steps, err := c.Fix(there, f)
	if err != nil {
		return "", fmt.Errorf("steps for %s: %w", f.ID, err)
	}
	for _, s := range steps {
		own, err := p.d.own(s)
		if err != nil {
			return "", err
		}
		if !slices.ContainsFunc(p.o.Steps, func(have step.Step) bool { return have.Describe() == own.Describe() }) {
			p.o.Steps = append(p.o.Steps, own)
		}
	}
	return f.Summary + " That is mended now.", nil
}

// own is a step made for another inspection of the same disks, on those of this one.
func (d *Desk) own(s step.Step) (step.Step, error) {
	disk, volume := s.Place()
	for _, o := range d.Patient.Disks {
		if volume == nil && o.Path == disk.Path {
			return step.On(s, o, nil), nil
		}
	}
	if volume != nil {
		for _, o := range d.Patient.Volumes() {
			if o.Key() == volume.Key() {
				return step.On(s, o.Disk, o), nil
			}
		}
	}
	return nil, fmt.Errorf("%s: it is not there any more", s.Describe())
}
