package blocktest

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
)

// ErrIO is wrapped by the errors of a Bad disk.
var ErrIO = errors.New("input/output error")

// Bad is a dying disk. The fields may be changed while it is in use, but not
// at the same time.
type Bad struct {
	block.Device
	Unreadable []block.Range // reads that touch one of these give ErrIO ...
	Unwritable []block.Range // ... and so do writes
	// HealOnWrite: a sector that is written becomes readable, as when a disk
	// replaces it by a spare one. Ranges of Unreadable are single sectors then.
	HealOnWrite bool
	FailWrite   int // the n-th write from now gives ErrIO; 0: none
	FailFlush   int // the n-th flush from now gives ErrIO; 0: none

	ReadErrors, WriteErrors, FlushErrors int // how many were given
	Writes, Flushes                      int // how many succeeded
}

// NewBad returns dev without anything bad yet.
func NewBad(dev block.Device) *Bad { return &Bad{Device: dev} }

func touches(list []block.Range, off int64, n int) int {
	for i, r := range list {
		if off < r.End() && r.Off < off+int64(n) {
			return i
		}
	}
	return -1
}

// ReadAt reads what can be read: the bytes before the first bad sector.
func (b *Bad) ReadAt(p []byte, off int64) (int, error) {
	if touches(b.Unreadable, off, len(p)) < 0 {
		return b.Device.ReadAt(p, off)
	}
	b.ReadErrors++
	ss := b.SectorSize()
	n := 0
	for n < len(p) && touches(b.Unreadable, off+int64(n), 1) < 0 {
		n += min(ss-int((off+int64(n))%int64(ss)), len(p)-n)
	}
	if n > 0 {
		if m, err := b.Device.ReadAt(p[:n], off); err != nil {
			return m, err
		}
	}
	return n, fmt.Errorf("read at %#x: %w", off+int64(n), ErrIO)
}

// WriteAt writes all or nothing.
func (b *Bad) WriteAt(p []byte, off int64) (int, error) {
	fail := false
	if b.FailWrite > 0 {
		b.FailWrite--
		fail = b.FailWrite == 0
	}
	if fail || touches(b.Unwritable, off, len(p)) >= 0 {
		b.WriteErrors++
		return 0, fmt.Errorf("write at %#x: %w", off, ErrIO)
	}
	for b.HealOnWrite {
		i := touches(b.Unreadable, off, len(p))
		if i < 0 {
			break
		}
		b.Unreadable = append(b.Unreadable[:i:i], b.Unreadable[i+1:]...)
	}
	b.Writes++
	return b.Device.WriteAt(p, off)
}

// Flush flushes.
func (b *Bad) Flush() error {
	if b.FailFlush > 0 {
		if b.FailFlush--; b.FailFlush == 0 {
			b.FlushErrors++
			return fmt.Errorf("flush: %w", ErrIO)
		}
	}
	b.Flushes++
	return b.Device.Flush()
}

// DropCache passes on where the Device can.
func (b *Bad) DropCache() error { return dropCache(b.Device) }
