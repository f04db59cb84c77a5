package journal

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block/overlay"
)

// View gives an attached disk (by its index) as it will be once the journal is
// finished, without writing: for commands that only look, and for disks that
// cannot be written. A disk that the journal does not touch, or one whose
// journal is overtaken, is shown as it is.
func (j *Journal) View(attached int, disks []Attached) (*overlay.Overlay, error) {
	o := overlay.New(disks[attached].Dev)
	if j.Verdict == Overtaken || j.Verdict == Discard {
		return o, nil
	}
	for i, k := range j.attached {
		if k == attached {
			return o, j.w.show(i, o, j.Verdict)
		}
	}
	return o, nil
}

// show writes the outcome of a verdict for one disk to an overlay.
func (w *work) show(disk int, o *overlay.Overlay, v Verdict) error {
	// An emptied log alone can fill an overlay, and other targets come with it.
	o.Allow(min(int64(len(w.man.targets))*BlockSize+maxSaved, 2*overlay.MaxBytes))
	if v == Replay || v == Revert {
		for i := range w.man.targets {
			t := &w.man.targets[i]
			if t.disk != disk {
				continue
			}
			after, before, err := w.images(t)
			if err != nil {
				return err
			}
			image := after
			if v == Revert {
				image = before
			}
			if _, err := o.WriteAt(image, t.off); err != nil {
				return err
			}
		}
	}
	if len(w.changedWitnesses()) > 0 {
		return nil // nothing will be released either
	}
	idle := [][]held{w.body.marks, w.man.flags}
	if v == RollBack || v == Revert {
		idle = append(idle, w.body.reserved)
	}
	for _, list := range idle {
		for _, h := range list {
			if h.disk != disk {
				continue
			}
			err := w.eachSector(disk, h.Range(), func(p []byte, off int64) error {
				if err := readFull(o, w.names[disk], p, off); err != nil {
					return err
				}
				h.put(p, off, false)
				_, err := o.WriteAt(p, off)
				return err
			})
			if err != nil {
				return fmt.Errorf("view of %s: %w", w.names[disk], err)
			}
		}
	}
	return nil
}
