package repair

import (
	"context"
	"fmt"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/fs"
	fatcheck "github.com/bootmend/bootmend/initramfs/fs/fat/check"
	ntfscheck "github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// FileAction is a change of files on one volume that a person asks for.
type FileAction struct {
	Volume *inspect.Volume
	Title  string   // "put \dir\file, 123 bytes"
	Paths  []string // files whose content is read back by the second reader
	// Do makes the change. It is called more than once, each time on the volume
	// as it was, and must do the same each time.
	Do func(w fs.Writer) error
	// Time is the one that changed files get.
	Time time.Time
}

// RefusedError says what forbids an action.
type RefusedError struct{ Because condition.Finding }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("refused because of %s: %s %s", e.Because.ID, e.Because.Summary, e.Because.Advice)
}

// NewFilePlan carries the action out on overlays and verifies it: nothing new
// for the detectors, a sound file system by a check that shares no code with
// the writer, the files as the second reader sees them, nothing changed outside
// the volume. It writes nothing.
func NewFilePlan(ctx context.Context, p *inspect.Patient, findings []condition.Finding, a FileAction) (*Plan, error) {
	if because, blocked := blocker(condition.Finding{Volume: a.Volume}, findings); blocked {
		return nil, &RefusedError{because}
	}
	plan := &Plan{patient: p, findings: findings, spans: true}
	plan.remake = func(ctx context.Context, now *inspect.Patient, findings []condition.Finding) (*Plan, error) {
		again := a
		if again.Volume = findVolume(now, a.Volume); again.Volume == nil {
			return nil, fmt.Errorf("%s: %w", a.Volume.ID(), ErrChanged)
		}
		return NewFilePlan(ctx, now, findings, again)
	}
	r := newRehearsal(p, findings)
	stage, err := inspect.Inspect(ctx, p.Machine, r.sources)
	if err != nil {
		return nil, err
	}
	writer, err := writerOf(findVolume(stage, a.Volume), a.Time)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Volume.ID(), err)
	}
	if err := a.Do(writer); err != nil {
		return nil, fmt.Errorf("%s: %w", a.Title, err)
	}
	after, err := inspect.Inspect(ctx, p.Machine, r.sources)
	if err != nil {
		return nil, err
	}
	if plan.Proof, err = r.verifyFiles(ctx, a, after); err != nil {
		return nil, err
	}
	plan.Disks, err = r.changes()
	return plan, err
}

// writerOf is the volume as something that can be changed, with a clock that
// stands still.
func writerOf(v *inspect.Volume, now time.Time) (fs.Writer, error) {
	if v == nil || v.FS == nil {
		return nil, fs.ErrUnsupported
	}
	w, ok := v.FS.(fs.Writer)
	if !ok {
		return nil, fmt.Errorf("files on %s cannot be changed: %w", v.Kind, fs.ErrUnsupported)
	}
	if c, ok := v.FS.(interface{ SetClock(func() time.Time) }); ok {
		c.SetClock(func() time.Time { return now })
	}
	return w, nil
}

func (r *rehearsal) verifyFiles(ctx context.Context, a FileAction, after *inspect.Patient) ([]string, error) {
	var proof, problems []string
	note := func(ok string, bad []string) {
		if len(bad) == 0 {
			proof = append(proof, ok)
		}
		problems = append(problems, bad...)
	}
	bad, err := r.detectAgain(ctx, nil, after)
	if err != nil {
		return nil, err
	}
	note(fmt.Sprintf("all %d detectors ran again on the result: nothing new appeared", len(condition.All())), bad)
	volume := findVolume(after, a.Volume)
	if volume == nil || volume.FS == nil {
		return nil, &VerifyError{[]string{a.Volume.ID() + " cannot be opened after the change"}}
	}
	for _, path := range a.Paths {
		note(path+": read back equal through an independent reader of the file system", r.second(volume, path))
	}
	if bad, err = r.checkStructure(a.Volume, volume); err != nil {
		return nil, err
	}
	note(a.Volume.ID()+": the file system is sound, by a check that shares no code with the writer", bad)
	if bad, err = r.onlyInside([]absolute{{a.Volume.Disk.Path, a.Volume.Partition.Range}}); err != nil {
		return nil, err
	}
	note("every sector outside the volume is identical", bad)
	if len(problems) > 0 {
		return nil, &VerifyError{problems}
	}
	return proof, nil
}

// checkStructure compares the file system with what it was: a problem that was
// there before is not ours, a new one is.
func (r *rehearsal) checkStructure(before, after *inspect.Volume) ([]string, error) {
	b, err := block.NewSection(before.Disk.Dev, before.Partition.Range)
	if err != nil {
		return nil, err
	}
	s, err := block.NewSection(after.Disk.Dev, after.Partition.Range)
	if err != nil {
		return nil, err
	}
	var bad []string
	switch after.Kind {
	case fs.NTFS:
		report, err := ntfscheck.Touched(b, s, r.changedIn(before))
		if err != nil {
			return nil, err
		}
		for _, p := range report.Problems {
			bad = append(bad, p.String())
		}
	case fs.FAT12, fs.FAT16, fs.FAT32:
		report, err := fatcheck.Volume(s)
		if err != nil {
			return nil, err
		}
		for _, p := range report.Problems {
			bad = append(bad, p.String())
		}
	default:
		bad = []string{fmt.Sprintf("there is no check for %s", after.Kind)}
	}
	return bad, nil
}

// changedIn lists what changed of a volume, in bytes of the volume.
func (r *rehearsal) changedIn(v *inspect.Volume) []block.Range {
	var all []block.Range
	for i, d := range r.before.Disks {
		if d != v.Disk {
			continue
		}
		changes, err := r.overlays[i].Changes()
		if err != nil {
			return nil // changes reports it
		}
		for _, c := range changes {
			all = append(all, block.Range{Off: c.Off - v.Partition.Range.Off, Len: c.Range().Len})
		}
	}
	return all
}

func newRehearsal(p *inspect.Patient, findings []condition.Finding) *rehearsal {
	r := &rehearsal{before: p, findings: findings, second: secondReader}
	for _, d := range p.Disks {
		o := overlay.New(d.Dev)
		r.overlays = append(r.overlays, o)
		r.sources = append(r.sources, inspect.Source{Path: d.Path, Dev: o})
	}
	return r
}

// changes lists what the overlays hold.
func (r *rehearsal) changes() ([]DiskChanges, error) {
	var all []DiskChanges
	for i, o := range r.overlays {
		changes, err := o.Changes()
		if err != nil {
			return nil, err
		}
		if len(changes) > 0 {
			all = append(all, DiskChanges{r.before.Disks[i], changes})
		}
	}
	return all, nil
}
