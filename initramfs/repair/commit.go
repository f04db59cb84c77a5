package repair

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/block/protection"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Target is a disk opened for writing.
type Target interface {
	block.Device
	// DropCache makes the next reads come from the disk.
	DropCache() error
	Close() error
}

// OpenTarget opens a disk exclusively for writing; block.OpenExclusive in
// earnest, something that fails on purpose in tests.
type OpenTarget func(path string) (Target, error)

// OpenDisk is the OpenTarget for real disks and images. The write protection that the
// rescue image gives its disks is lifted until the target is closed.
func OpenDisk(path string) (Target, error) { return protection.Here().Open(path) }

// ErrChanged: a disk is not what the plan was made on. Nothing was written.
var ErrChanged = errors.New("the disk changed since it was scanned")

// ErrDeclined: the person was asked and said no. Nothing was written.
var ErrDeclined = errors.New("not confirmed; nothing was written")

// ErrUsed: a plan is committed once.
var ErrUsed = errors.New("this plan was carried out already")

// PartialError says that writing failed and that putting back the old content
// failed too.
type PartialError struct {
	Path  string
	Write error
	Back  error
}

func (e *PartialError) Error() string {
	return fmt.Sprintf("%s: writing failed (%v), and so did putting back what was there (%v). Do not start Windows from it: save the disk (ddrescue), then run bootmend again",
		e.Path, e.Write, e.Back)
}

func (e *PartialError) Unwrap() error { return e.Write }

// Done says what a Commit did.
type Done struct {
	Bytes   int64  // written to the disks, without the journal
	Journal string // where the journal was, "" when the repair went without
	// Variables of the firmware that were set. What it did not take is
	// VariablesErr: the disks are repaired all the same.
	Variables    int
	VariablesErr error
}

// Commit writes the changes of the plan to the disks. All disks of the plan
// are opened exclusively first; then the plan is made once more from what is on
// them now and has to come out the same; the journal makes all the writes one;
// after that the detectors judge the disks themselves, and what they do not
// like is taken back. The end of ctx counts until the first write. Variables of the firmware come last; see variables.go. After an error that is neither a *PartialError nor wraps
// journal.ErrOpen the disks are as before.
//
// Without a place for a journal a repair whose every change is one sector, which
// a disk writes whole or not at all, goes without; another one only if
// Options.Uncovered says so.
func (p *Plan) Commit(ctx context.Context, open OpenTarget) (Done, error) {
	if p.used {
		return Done{}, ErrUsed
	}
	p.used = true
	if p.Empty() {
		return Done{}, nil // nothing to write
	}
	targets := make([]Target, len(p.Disks))
	defer func() {
		for _, t := range targets {
			if t != nil {
				t.Close()
			}
		}
	}()
	for i, d := range p.Disks {
		var err error
		if targets[i], err = open(d.Disk.Path); err != nil {
			targets[i] = nil // an interface that holds a nil pointer is not nil
			return Done{}, err
		}
		u, err := WithUnlocked(targets[i], d.Disk.Unlocked)
		if err != nil {
			return Done{}, err
		}
		targets[i] = u
	}
	p.opt.Begin("planning once more from what is on the disk now")
	now, err := p.planAgain(ctx, targets)
	if err = errors.Join(err, ctx.Err()); err != nil {
		return Done{}, err
	}
	// What is begun now is finished: who interrupts it wants no half repair.
	ctx = context.WithoutCancel(ctx)
	if !p.restores {
		if err := p.Undo.host.write(); err != nil {
			return Done{}, err
		}
	}
	back := 0
	if p.restores {
		// What is taken back goes from the firmware first: the bundle that says how
		// goes with the disks.
		if back, err = p.setAll(); err != nil {
			return Done{Variables: back}, err
		}
	}
	done, err := p.write(ctx, targets, now)
	done.Variables = back
	if err == nil && !p.restores && len(p.Variables) > 0 {
		p.firmware(ctx, targets, &done)
	}
	if (err == nil) == p.restores && !stillOpen(err) {
		// The bundle of a repair that did not happen, or of one that was taken
		// back.
		err = errors.Join(err, p.Undo.host.remove())
	}
	return done, err
}

// stillOpen: what the disks will hold is not decided; the bundle stays.
func stillOpen(err error) bool {
	return errors.Is(err, journal.ErrOpen) || errors.As(err, new(*PartialError))
}

// write writes the changes, by a journal where there is a place for one.
func (p *Plan) write(ctx context.Context, targets []Target, now *inspect.Patient) (Done, error) {
	if len(p.Disks) == 0 { // variables only
		return Done{}, nil
	}
	p.opt.Begin(fmt.Sprintf("writing %d bytes", p.Bytes()))
	done, err := p.journaled(targets, now)
	if errors.Is(err, ErrNoHome) && (p.opt.Uncovered || p.singleSectors()) {
		n, err := p.apply(targets, func() error { return p.judge(ctx, targets) })
		return Done{Bytes: n}, err
	}
	if err != nil {
		return Done{}, err
	}
	p.opt.Begin("reading back what was written, and judging it")
	if err := p.judge(ctx, targets); err != nil {
		p.opt.Begin("putting back what was there before")
		return Done{}, p.takeBack(targets, now, err)
	}
	return done, nil
}

// journaled writes the changes through a journal.
func (p *Plan) journaled(targets []Target, now *inspect.Patient) (Done, error) {
	tx, err := p.transaction(targets, now)
	if err != nil {
		return Done{}, err
	}
	home, err := p.home(p.opt.Homes, tx, now)
	if err != nil {
		return Done{}, err
	}
	result, err := journal.Commit(tx, home.Home)
	switch {
	case result.Outcome == journal.Unfinished:
		return Done{}, errors.Join(err, home.leave())
	case errors.Is(err, journal.ErrNoSpace) && result.Outcome == journal.Before:
		return Done{}, errors.Join(fmt.Errorf("%w: %w", ErrNoHome, err), home.remove())
	case result.Outcome == journal.Before:
		return Done{}, errors.Join(err, home.remove())
	}
	// Everything is written; what is left of the journal is found at the next
	// start and harms nobody.
	gone := home.remove()
	switch {
	case err != nil: // the journal is open still
		return Done{Bytes: p.Bytes(), Journal: home.name}, errors.Join(err, gone)
	case gone != nil:
		return Done{Bytes: p.Bytes(), Journal: fmt.Sprintf("%s (which could not be removed: %v)", home.name, gone)}, nil
	}
	return Done{Bytes: p.Bytes(), Journal: home.name}, nil
}

// takeBack writes the old content again, as a transaction of its own.
func (p *Plan) takeBack(targets []Target, now *inspect.Patient, cause error) error {
	back := &Plan{patient: p.patient, data: p.data, opt: p.opt}
	if _, err := rand.Read(back.opt.Stamp.ID[:]); err != nil { // a transaction of its own
		return &PartialError{p.Disks[0].Disk.Path, cause, err}
	}
	for _, d := range p.Disks {
		reversed := DiskChanges{Disk: d.Disk}
		for _, c := range d.Changes {
			reversed.Changes = append(reversed.Changes, overlay.Change{Off: c.Off, Before: c.After, After: c.Before})
		}
		back.Disks = append(back.Disks, reversed)
	}
	if _, err := back.journaled(targets, now); err != nil {
		return &PartialError{p.Disks[0].Disk.Path, cause, err}
	}
	return fmt.Errorf("%w (what was there before has been put back)", cause)
}

// singleSectors reports whether each step changes one sector, so that no power
// cut can leave one of them half done, and nothing else is to be written.
func (p *Plan) singleSectors() bool {
	steps := p.Steps()
	if len(p.Before) > 0 || p.onPatient || len(steps) == 0 {
		return false
	}
	return !slices.ContainsFunc(steps, func(s step.Step) bool { return !step.OneSector(s) })
}
