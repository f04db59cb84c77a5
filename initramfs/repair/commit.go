package repair

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
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

// Commit writes the changes of the plan to the disks and returns the number of
// bytes written. All disks of the plan are opened exclusively first; then the
// plan is made once more from what is on them now and has to come out the
// same; after writing, the detectors judge the disks themselves. After an error
// that is no *PartialError the disks are as before.
func (p *Plan) Commit(ctx context.Context, open OpenTarget) (int64, error) {
	if p.used {
		return 0, ErrUsed
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
			return 0, err
		}
	}
	if err := p.planAgain(ctx, targets); err != nil {
		return 0, err
	}
	return p.apply(targets, func() error { return p.judge(ctx, targets) })
}

// apply compares, writes, reads back and lets judge decide. Whatever fails,
// what was there is put back.
func (p *Plan) apply(targets []Target, judge func() error) (int64, error) {
	for i, d := range p.Disks {
		if err := compare(targets[i], d); err != nil {
			return 0, err
		}
	}
	written := make([]int, len(p.Disks)) // changes of each disk that may have reached it
	for i, d := range p.Disks {
		if err := write(targets[i], d, &written[i]); err != nil {
			return 0, p.rollBack(targets, written, err)
		}
	}
	if err := judge(); err != nil {
		return 0, p.rollBack(targets, written, err)
	}
	return p.Bytes(), nil
}

// compare checks that a disk is the one that the plan was made on: its size,
// and every sector that is about to change.
func compare(t Target, d DiskChanges) error {
	if t.Size() != d.Disk.Dev.Size() {
		return fmt.Errorf("%s: size is %d, was %d: %w", d.Disk.Path, t.Size(), d.Disk.Dev.Size(), ErrChanged)
	}
	return readBack(t, d.Disk.Path, d.Changes, before, ErrChanged)
}

func before(c overlay.Change) []byte { return c.Before }
func after(c overlay.Change) []byte  { return c.After }

// readBack compares changed places of a disk with one of their images.
func readBack(t Target, path string, changes []overlay.Change, image func(overlay.Change) []byte, otherwise error) error {
	for _, c := range changes {
		want := image(c)
		got := make([]byte, len(want))
		if n, err := t.ReadAt(got, c.Off); n < len(got) {
			return fmt.Errorf("%s: read at %#x: %w", path, c.Off, err)
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("%s at %#x: %w", path, c.Off, otherwise)
		}
	}
	return nil
}

var errReadBack = errors.New("the disk does not give back what was written")

// write writes, flushes and reads back one disk. written counts the changes
// that may have reached it.
func write(t Target, d DiskChanges, written *int) error {
	path := d.Disk.Path
	for _, c := range d.Changes {
		n, err := t.WriteAt(c.After, c.Off)
		if n > 0 || err == nil {
			*written++
		}
		if err != nil {
			return fmt.Errorf("%s: write at %#x: %w", path, c.Off, err)
		}
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("%s: flush: %w", path, err)
	}
	if err := t.DropCache(); err != nil {
		return fmt.Errorf("%s: drop caches: %w", path, err)
	}
	return readBack(t, path, d.Changes, after, errReadBack)
}

// rollBack puts back the old content of everything that may have been written.
func (p *Plan) rollBack(targets []Target, written []int, cause error) error {
	nothing := true
	for i, n := range written {
		if n == 0 {
			continue
		}
		nothing = false
		if err := putBack(targets[i], p.Disks[i].Disk.Path, p.Disks[i].Changes[:n]); err != nil {
			return &PartialError{p.Disks[i].Disk.Path, cause, err}
		}
	}
	if nothing {
		return fmt.Errorf("%w (nothing was written)", cause)
	}
	return fmt.Errorf("%w (what was there before has been put back)", cause)
}

func putBack(t Target, path string, changes []overlay.Change) error {
	for _, c := range changes {
		if _, err := t.WriteAt(c.Before, c.Off); err != nil {
			return err
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if err := t.DropCache(); err != nil {
		return err
	}
	return readBack(t, path, changes, before, errReadBack)
}
