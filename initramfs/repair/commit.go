package repair

import (
	"context"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/inspect"
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

// OpenDisk is the OpenTarget for real disks and images.
func OpenDisk(path string) (Target, error) { return block.OpenExclusive(path) }

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
}

// Commit writes the changes of the plan to the disks. All disks of the plan
// are opened exclusively first; then the plan is made once more from what is on
// them now and has to come out the same; the journal makes all the writes one;
// after that the detectors judge the disks themselves, and what they do not
// like is taken back. After an error that is neither a *PartialError nor wraps
// journal.ErrOpen the disks are as before.
//
// Without a place for a journal a repair whose every change is one sector, which
// a disk writes whole or not at all, goes without.
func (p *Plan) Commit(ctx context.Context, open OpenTarget, homes Homes) (Done, error) {
	if p.used {
		return Done{}, ErrUsed
	}
	p.used = true
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
	}
	now, err := p.planAgain(ctx, targets)
	if err != nil {
		return Done{}, err
	}
	done, err := p.journaled(targets, homes, now)
	if errors.Is(err, errNoHome) && p.singleSectors() {
		n, err := p.apply(targets, func() error { return p.judge(ctx, targets) })
		return Done{Bytes: n}, err
	}
	if err != nil {
		return Done{}, err
	}
	if err := p.judge(ctx, targets); err != nil {
		return Done{}, p.takeBack(targets, homes, now, err)
	}
	return done, nil
}

// journaled writes the changes through a journal.
func (p *Plan) journaled(targets []Target, homes Homes, now *inspect.Patient) (Done, error) {
	tx, err := p.transaction(targets, now)
	if err != nil {
		return Done{}, err
	}
	home, err := p.home(homes, tx, now)
	if err != nil {
		return Done{}, err
	}
	result, err := journal.Commit(tx, home.Home)
	switch {
	case result.Outcome == journal.Unfinished:
		return Done{}, errors.Join(err, home.leave())
	case errors.Is(err, journal.ErrNoSpace) && result.Outcome == journal.Before:
		return Done{}, errors.Join(fmt.Errorf("%w: %w", errNoHome, err), home.remove())
	case result.Outcome == journal.Before:
		return Done{}, errors.Join(err, home.remove())
	}
	// Everything is written; what is left of the journal is found at the next
	// start and harms nobody.
	return Done{result.Bytes, home.name}, errors.Join(err, home.remove())
}

// takeBack writes the old content again, as a transaction of its own.
func (p *Plan) takeBack(targets []Target, homes Homes, now *inspect.Patient, cause error) error {
	back := &Plan{patient: p.patient, data: p.data, Fixes: p.Fixes, spans: p.spans}
	for _, d := range p.Disks {
		reversed := DiskChanges{Disk: d.Disk}
		for _, c := range d.Changes {
			reversed.Changes = append(reversed.Changes, overlay.Change{Off: c.Off, Before: c.After, After: c.Before})
		}
		back.Disks = append(back.Disks, reversed)
	}
	if _, err := back.journaled(targets, homes, now); err != nil {
		return &PartialError{p.Disks[0].Disk.Path, cause, err}
	}
	return fmt.Errorf("%w (what was there before has been put back)", cause)
}

// singleSectors reports whether each step changes one sector, so that no power
// cut can leave one of them half done.
func (p *Plan) singleSectors() bool {
	if p.spans {
		return false
	}
	for _, f := range p.Fixes {
		for _, s := range f.Steps {
			if !s.SingleSector() {
				return false
			}
		}
	}
	return true
}
