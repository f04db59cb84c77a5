package journal

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/block"
)

// work is a transaction on its way, in the process that began it or in one
// that recovers it.
type work struct {
	home  Target // holds record and payload
	names []string
	devs  []Target // the disks, in the order of the record
	head  header
	body  body
	man   manifest
	// images gives the block of a target before and after; from the plan until
	// the payload is written, from the payload then.
	images func(t *target) (after, before []byte, err error)
	saved  map[savedKey][]byte // what the journal's extents held
	bytes  int64
}

type savedKey struct {
	disk int
	off  int64
}

// read fills p or fails.
func (w *work) read(disk int, p []byte, off int64) error {
	return readFull(w.devs[disk], w.names[disk], p, off)
}

func readFull(dev block.Device, name string, p []byte, off int64) error {
	n, err := dev.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%s: read of %#x bytes at %#x: %w", name, len(p), off, err)
}

func (w *work) write(disk int, p []byte, off int64) error {
	if _, err := w.devs[disk].WriteAt(p, off); err != nil {
		return fmt.Errorf("%s: write of %#x bytes at %#x: %w", w.names[disk], len(p), off, err)
	}
	return nil
}

// flush makes everything on all disks and the home stable.
func (w *work) flush() error {
	for i, d := range w.devs {
		if err := d.Flush(); err != nil {
			return fmt.Errorf("%s: flush: %w", w.names[i], err)
		}
	}
	if w.body.home != OnFile {
		return nil
	}
	return w.flushHome()
}

func (w *work) flushHome() error {
	if err := w.home.Flush(); err != nil {
		return fmt.Errorf("journal: flush: %w", err)
	}
	return nil
}

// dropCaches makes what is read next come from the disks.
func (w *work) dropCaches() error {
	for i, d := range w.devs {
		if err := d.DropCache(); err != nil {
			return fmt.Errorf("%s: drop caches: %w", w.names[i], err)
		}
	}
	if err := w.home.DropCache(); err != nil {
		return fmt.Errorf("journal: drop caches: %w", err)
	}
	return nil
}

// begin writes the first record, a copy at a time and the header first: what a
// cut leaves has a header that says that nothing was begun.
func (w *work) begin() error {
	raw, err := w.body.encode()
	if err != nil {
		return err
	}
	w.head.bodyLen, w.head.bodySum = uint32(len(raw)), sha256.Sum256(raw)
	return w.eachCopy(func() error {
		p, ss := encodeRecord(w.head, raw), w.home.SectorSize()
		if err := w.writeHome(p[:ss], w.head.self); err != nil || ss == BlockSize {
			return err
		}
		return w.writeHome(p[ss:], w.head.self+int64(ss))
	})
}

// writeHome writes and flushes.
func (w *work) writeHome(p []byte, off int64) error {
	if _, err := w.home.WriteAt(p, off); err != nil {
		return fmt.Errorf("journal: write at %#x: %w", off, err)
	}
	return w.flushHome()
}
