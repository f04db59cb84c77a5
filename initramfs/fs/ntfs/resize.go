package ntfs

import (
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// maxZeroed is how much of a growing file is written with zeros; a longer one
// gets an initialized size, behind which everything reads as zero.
const maxZeroed = 16 << 20

// Resize changes the length of a file; what is added is zero. A file with
// further hard links is refused: its data is not of this name alone.
func (v *Volume) Resize(path string, size int64) error {
	if size < 0 {
		return fmt.Errorf("%s: size %d: %w", path, size, fs.ErrInvalidName)
	}
	return v.change(func(c *change) error {
		t, err := c.existing(path)
		if err != nil {
			return err
		}
		if t.f.isDir() {
			return fmt.Errorf("%s: %w", t.path, fs.ErrIsDir)
		}
		if t.otherNames() {
			return unsupported(t.path, "resizing of a file with further hard links, which share its data")
		}
		a := t.f.find(attrData, nil)
		if a == nil || t.f.find(attrReparsePoint, nil) != nil || a.flags&(attrFlagCompressed|attrFlagEncrypted) != 0 {
			return unsupported(t.path, "resizing of compressed or encrypted data or of a reparse point")
		}
		if err := errors.Join(c.outdateQuota(), c.resize(t.f, a, size)); err != nil {
			return fmt.Errorf("%s: %w", t.path, err)
		}
		if err := t.f.touch(true); err != nil {
			return err
		}
		return t.f.syncNames()
	})
}

func (c *change) resize(f *editFile, a *attr, size int64) error {
	f.changed(a)
	if !a.nonRes {
		if size <= int64(c.boot.RecordSize) {
			a.value = append(a.value, make([]byte, max(0, size-int64(len(a.value))))...)[:size]
			return f.relieve()
		}
		if err := c.makeNonResident(f, a); err != nil {
			return err
		}
	}
	if size <= a.size {
		c.free(a.cutRuns(VCN(c.cover(size))))
		a.size, a.init = size, min(a.init, size)
		return nil
	}
	return c.lengthen(a, size)
}

// lengthen adds clusters to a non-resident attribute and fills up with zeros.
func (c *change) lengthen(a *attr, size int64) error {
	end := a.allocated(c.clusterSize)
	if more := c.cover(size) - int64(a.next()); more > 0 {
		runs, err := c.allocate(more, a.next(), a.behind())
		if err != nil {
			return err
		}
		a.addRuns(runs)
	}
	old := a.size
	a.size = size
	if a.init < old || size-old > maxZeroed {
		return nil
	}
	a.init = size
	if k := min(end, size) - old; k > 0 {
		if err := c.zero(a, old, k); err != nil {
			return err
		}
	}
	if size > end {
		return c.stream(a, zeros{}, end, size-end)
	}
	return nil
}

// zero overwrites bytes of clusters that the file has already.
func (c *change) zero(a *attr, off, n int64) error {
	return c.eachPiece(a, off, n, func(p piece) error {
		if p.vol < 0 {
			return nil
		}
		_, err := c.pages.WriteAt(make([]byte, p.n), p.vol)
		return err
	})
}

// zeros is an endless io.Reader of zeros.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

var _ io.Reader = zeros{}
