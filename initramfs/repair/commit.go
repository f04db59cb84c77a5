package repair

import (
	"bytes"
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
// failed too. The disk must not be used before bootmend has run again.
type PartialError struct {
	Path  string
	Write error
	Back  error
}

func (e *PartialError) Error() string {
	return fmt.Sprintf("%s: writing failed (%v), and so did putting back what was there (%v)", e.Path, e.Write, e.Back)
}

func (e *PartialError) Unwrap() error { return e.Write }

// Commit writes the changes of the plan to the disks and returns the number of
// bytes written. All disks are opened and compared before the first write.
// After an error that is no *PartialError the disks are as before.
func (p *Plan) Commit(open OpenTarget) (int64, error) {
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
		t, err := open(d.Disk.Path)
		if err != nil {
			return 0, err
		}
		targets[i] = t
		if err := compare(t, d); err != nil {
			return 0, err
		}
	}
	for i := range p.Disks {
		if err := write(targets[i], p.Disks[i]); err != nil {
			return 0, p.rollBack(targets, i, err)
		}
	}
	return p.Bytes(), nil
}

// compare checks that a disk is the one that the plan was made on: its size,
// and every sector that is about to change.
func compare(t Target, d DiskChanges) error {
	if t.Size() != d.Disk.Dev.Size() {
		return fmt.Errorf("%s: size is %d, was %d: %w", d.Disk.Path, t.Size(), d.Disk.Dev.Size(), ErrChanged)
	}
	return readBack(t, d, func(c overlay.Change) []byte { return c.Before }, ErrChanged)
}

// readBack compares all changed places of the disk with one of the images.
func readBack(t Target, d DiskChanges, image func(overlay.Change) []byte, otherwise error) error {
	for _, c := range d.Changes {
		want := image(c)
		got := make([]byte, len(want))
		if n, err := t.ReadAt(got, c.Off); n < len(got) {
			return fmt.Errorf("%s: read at %#x: %w", d.Disk.Path, c.Off, err)
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("%s at %#x: %w", d.Disk.Path, c.Off, otherwise)
		}
	}
	return nil
}

var errReadBack = errors.New("the disk does not give back what was written")

// write writes, flushes and reads back one disk.
func write(t Target, d DiskChanges) error {
	for _, c := range d.Changes {
		if _, err := t.WriteAt(c.After, c.Off); err != nil {
			return fmt.Errorf("%s: write at %#x: %w", d.Disk.Path, c.Off, err)
		}
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("%s: flush: %w", d.Disk.Path, err)
	}
	if err := t.DropCache(); err != nil {
		return fmt.Errorf("%s: drop caches: %w", d.Disk.Path, err)
	}
	return readBack(t, d, func(c overlay.Change) []byte { return c.After }, errReadBack)
}

// rollBack puts back the old content of all disks up to and including the one
// on which writing failed.
func (p *Plan) rollBack(targets []Target, last int, cause error) error {
	for i := last; i >= 0; i-- {
		d, t := p.Disks[i], targets[i]
		for _, c := range d.Changes {
			if _, err := t.WriteAt(c.Before, c.Off); err != nil {
				return &PartialError{d.Disk.Path, cause, err}
			}
		}
		if err := t.Flush(); err != nil {
			return &PartialError{d.Disk.Path, cause, err}
		}
		if err := readBack(t, d, func(c overlay.Change) []byte { return c.Before }, errReadBack); err != nil {
			return &PartialError{d.Disk.Path, cause, err}
		}
	}
	return fmt.Errorf("%w (what was there before has been put back)", cause)
}
