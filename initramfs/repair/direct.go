package repair

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block/overlay"
)

// apply writes without a journal: it compares, writes, reads back and lets
// judge decide. Whatever fails, what was there is put back.
func (p *Plan) apply(targets []Target, judge func() error) (int64, error) {
	for _, d := range p.Disks {
		if len(d.Streams) > 0 {
			return 0, fmt.Errorf("%s: large content cannot be written without a journal: %w", d.Disk.Path, ErrNoHome)
		}
	}
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
