package repair

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// rehearsal is the patient with an overlay on every disk.
type rehearsal struct {
	before   *inspect.Patient // as it was found
	machine  *machine.Machine // with the variables as they will be
	findings []condition.Finding
	brings   []string // conditions that may appear
	restores bool
	stamp    Stamp
	progress Progress
	overlays []*overlay.Overlay // parallel to before.Disks
	sources  []inspect.Source
	second   func(v *inspect.Volume, path string) []string // the independent reader

	// What the steps did, for the verification.
	touched    []touchedFile             // hives that were edited in place
	written    []writtenFile             // files whose whole content is known
	announced  []absolute                // sectors that steps named
	structural map[string]structural     // volumes whose file system changed, by Key
	data       []absolute                // sectors of file content among the changes
	meant      map[string][]scope.Change // what the steps are about, by Key of the volume
	below      []block.Device            // see keepBelow; parallel to before.Disks
}

// touchedFile is a file of which steps changed bytes.
type touchedFile struct {
	volume  *inspect.Volume // of before
	path    string
	patches []regf.Patch
}

// writtenFile is a file that steps wrote or removed.
type writtenFile struct {
	volume *inspect.Volume // of before
	path   string
	want   *step.FileState // nil: it must be gone
}

// structural is a volume whose file system changed.
type structural struct {
	volume *inspect.Volume // of before
	// base is the volume with which its structure is compared: as it was before,
	// with what changed below its file system, or after its log was replayed.
	base block.Device
}

func newRehearsal(p *Plan) *rehearsal {
	r := &rehearsal{before: p.patient, machine: p.patient.Machine, findings: p.findings, brings: p.brings(), restores: p.restores, stamp: p.opt.Stamp, progress: p.opt.Progress,
		second: secondReader, structural: map[string]structural{}, meant: map[string][]scope.Change{}}
	for _, d := range p.patient.Disks {
		o := overlay.New(d.Dev)
		r.overlays = append(r.overlays, o)
		r.sources = append(r.sources, inspect.Source{Path: d.Path, Dev: o, Unlocked: d.Unlocked})
	}
	return r
}

// rehearse carries the plan out on overlays, verifies it, and keeps what
// changed.
func (p *Plan) rehearse(ctx context.Context) error {
	steps := p.Steps()
	p.Notes = slices.Concat(p.activationNotes(), p.laterNotes()) // for the report
	bundle, err := p.bundle(steps)
	if err != nil {
		return err
	}
	// The bundle goes first, into clusters that are free already.
	all := append(bundle.steps, steps...)
	if p.Before, err = p.prepare(all); err != nil {
		return err
	}
	r := newRehearsal(p)
	if err := r.spill(p.Before, all); err != nil {
		return err
	}
	p.opt.Begin("carrying the repair out on a copy in memory")
	if err := r.apply(ctx, p.Before, all); errors.Is(err, ErrChanged) || ctx.Err() != nil {
		return err
	} else if refused(err) {
		return err
	} else if err != nil {
		// Scanning reads a few keys, editing checks the whole hive.
		return &VerifyError{[]string{err.Error()}}
	}
	p.opt.Begin("verifying the copy: detectors, second reader, untouched regions")
	after, err := inspectLike(ctx, p.patient, r.machine, r.sources)
	if err != nil {
		return err
	}
	if p.Proof, err = r.verify(ctx, p.Fixes, after); err != nil {
		return err
	}
	p.data, p.Undo, p.onPatient = r.data, bundle.place, len(bundle.steps) > 0
	p.Variables = variableSteps(all)
	if p.Disks, err = r.changes(); err != nil {
		return err
	}
	if bad := reservedProblems(p.Disks); len(bad) > 0 {
		return &VerifyError{bad}
	}
	p.Notes = slices.Concat(p.shadowNotes(), r.storedNotes(), p.activationNotes(), p.laterNotes(), p.keptNotes)
	return err
}

// shadowNotes says which volumes have shadow copies that the changes make
// unreliable: a copy gets what was there before from Windows, which does not run.
func (p *Plan) shadowNotes() []string {
	var all []string
	for _, d := range p.Disks {
		for _, v := range d.Disk.Volumes {
			if touches(d.Changes, v.Partition.Range) && v.ShadowCopies() {
				all = append(all, v.ID()+" has shadow copies (restore points, previous versions); those made before now become unreliable.")
			}
		}
	}
	return all
}

// apply carries out the steps: first what makes volumes writable and what
// changes disks below their file systems, then, with the volumes opened anew,
// hives and files.
func (r *rehearsal) apply(ctx context.Context, before, steps []step.Step) error {
	if err := r.applyLogs(ctx, before); err != nil {
		return err
	}
	for _, s := range steps {
		if p, ok := s.(step.Patch); ok {
			if err := r.patch(p); err != nil {
				return fmt.Errorf("%s: %w", s.Describe(), err)
			}
		}
	}
	if err := r.setVariables(steps); err != nil {
		return err
	}
	if err := r.keepBelow(); err != nil {
		return err
	}
	stage, err := inspectLike(ctx, r.before, r.machine, r.sources)
	if err != nil {
		return err
	}
	for _, group := range groupByFile(steps) {
		switch group[0].(type) {
		case step.Patch, step.SetVariable:
			continue // done
		}
		_, on := group[0].Place()
		volume := findVolume(stage, on)
		if volume == nil || volume.FS == nil {
			return fmt.Errorf("%s cannot be opened again", on.ID())
		}
		if err := r.applyGroup(on, volume, group); err != nil {
			return fmt.Errorf("%s: %w", group[0].Describe(), err)
		}
	}
	return nil
}

// applyGroup carries out all changes of one hive, or one change of a file.
func (r *rehearsal) applyGroup(before, stage *inspect.Volume, group []step.Step) error {
	if hive := step.HiveOf(group[0]); hive != "" {
		return r.editHive(before, stage, hive, group)
	}
	return r.changeFile(before, stage, group[0])
}

// distinct drops repetitions: two findings or actions may ask for the same value,
// need the same key, or bring back the same file, whatever case each writes its path in.
func distinct(steps []step.Step) []step.Step {
	var all []step.Step
	seen := map[string]bool{}
	for _, s := range steps {
		disk, volume := s.Place()
		text := disk.Path + " " + s.Describe().String() // disks can share a name
		if file, ok := s.(step.WriteFile); ok && file.Attributes == nil {
			text = fmt.Sprintf("%s: write %s, %d bytes, %s", volume.Key(), strings.ToLower(fs.JoinPath(file.Path)), file.New.Size, file.New.Sum)
		}
		if !seen[text] {
			all = append(all, s)
		}
		seen[text] = true
	}
	return all
}

// groupByFile orders the changes of hives by file, so that a hive gets one edit
// and one new sequence number. Everything else keeps its place.
func groupByFile(steps []step.Step) [][]step.Step {
	var groups [][]step.Step
	index := map[string]int{}
	for _, s := range distinct(steps) {
		hive := step.HiveOf(s)
		if hive == "" {
			groups = append(groups, []step.Step{s})
			continue
		}
		_, v := s.Place()
		file := v.Key() + hive
		i, ok := index[file]
		if !ok {
			i = len(groups)
			index[file] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], s)
	}
	return groups
}

func findVolume(p *inspect.Patient, like *inspect.Volume) *inspect.Volume {
	for _, v := range p.Volumes() {
		if v.Key() == like.Key() {
			return v
		}
	}
	return nil
}

// changes lists what the overlays hold.
func (r *rehearsal) changes() ([]DiskChanges, error) {
	var all []DiskChanges
	for i, o := range r.overlays {
		streams, err := r.streams(r.before.Disks[i], o)
		if err != nil {
			return nil, err
		}
		changes, err := o.ChangesOutside(rangesOf(streams))
		if err != nil {
			return nil, fmt.Errorf("%s: what is new does not fit into one transaction (free space in large pieces takes more): %w: %w",
				r.before.Disks[i].Path, fs.ErrUnsupported, err)
		}
		if len(changes) > 0 {
			all = append(all, DiskChanges{r.before.Disks[i], changes, streams})
		}
	}
	return all, nil
}

// overlayOf is the overlay of a disk of before.
func (r *rehearsal) overlayOf(d *inspect.Disk) *overlay.Overlay {
	for i := range r.before.Disks {
		if r.before.Disks[i] == d {
			return r.overlays[i]
		}
	}
	return nil
}
