package journal

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
)

// reserve asks for room for the payload and takes whole blocks of it.
func (p *plan) reserve(home Home) error {
	w := p.w
	manifest := int64(len(w.man.encode()))
	if manifest > maxManifest {
		return fmt.Errorf("manifest of %d bytes: %w", manifest, ErrNoSpace)
	}
	size := w.man.place(manifest)
	if home.Space == nil {
		return invalid("nobody offers space for the payload")
	}
	got, err := home.Space.Reserve(size)
	if err != nil {
		return fmt.Errorf("%d bytes of payload: %w", size, err)
	}
	if n := Usable(got.Extents); n < size {
		return fmt.Errorf("%d bytes of payload, %d offered: %w", size, n, ErrNoSpace)
	}
	for _, e := range got.Extents {
		if e.Len <= 0 || !(block.Range{Len: w.home.Size()}).Contains(e) {
			return invalid("extent %v", e)
		}
		if e = trim(e); e.Len > size {
			e.Len = size // whole blocks, as every payload
		}
		if e.Len == 0 {
			continue
		}
		size -= e.Len
		w.body.extents = append(w.body.extents, e)
		if home.Disk != OnFile {
			p.take(home.Disk, e, "payload")
		}
	}
	if home.Disk == OnFile && len(got.Marks) > 0 {
		return invalid("marks for a journal file")
	}
	for _, m := range got.Marks {
		w.body.marks = append(w.body.marks, held{home.Disk, m})
	}
	return nil
}

// checkBits: what the journal will hold is idle now. Marks of the payload and
// dirty flags are idle after the changes as well, those of streams are held.
func (p *plan) checkBits() error {
	for _, c := range []struct {
		what      string
		list      []held
		heldAfter bool
	}{
		{"mark of the payload", p.w.body.marks, false},
		{"mark of a stream", p.w.body.reserved, true},
		{"dirty flag", p.w.man.flags, false},
	} {
		for _, h := range c.list {
			if err := p.checkBit(h, c.heldAfter); err != nil {
				return fmt.Errorf("%s: %s: %w", p.w.names[h.disk], c.what, err)
			}
		}
	}
	return nil
}

// markSectors notes the sectors of all marks with their hashes.
func (p *plan) markSectors() error {
	w := p.w
	for _, h := range append(append([]held(nil), w.body.marks...), w.body.reserved...) {
		err := w.eachSector(h.disk, h.Range(), func(buf []byte, off int64) error {
			for _, x := range w.body.sectors {
				if x.disk == h.disk && x.off == off {
					return nil
				}
			}
			x := markSector{disk: h.disk, off: off, before: sumShort(buf)}
			p.layPlan(buf, h.disk, off)
			x.after = sumShort(buf)
			w.body.sectors = append(w.body.sectors, x)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) checkBit(h held, heldAfter bool) error {
	if err := h.check(p.w.devs[h.disk].Size()); err != nil {
		return err
	}
	return p.w.eachSector(h.disk, h.Range(), func(buf []byte, off int64) error {
		if _, none := h.state(buf, off); !none {
			return fmt.Errorf("bits %d+%d at %#x are in use: %w", h.First, h.Count, h.Off, ErrChanged)
		}
		p.layPlan(buf, h.disk, off)
		all, none := h.state(buf, off)
		if heldAfter && !all || !heldAfter && !none {
			return invalid("bits %d+%d at %#x: after the changes all held is %v, none held is %v", h.First, h.Count, h.Off, all, none)
		}
		return nil
	})
}

// PayloadSize is how much payload a transaction needs: for checking space, and
// for making a journal file, before anything else.
func PayloadSize(tx *Transaction) int64 {
	p := &plan{tx: tx, w: &work{}}
	m := &p.w.man
	for i, d := range tx.Disks {
		for _, c := range sorted(d.Changes) {
			p.addTargets(i, c, d.Dev.Size(), int64(d.Dev.SectorSize()))
		}
		m.streams = append(m.streams, make([][32]byte, len(d.Streams))...)
		for _, v := range d.Volumes {
			m.flags = append(m.flags, make([]held, len(v.Dirty))...)
		}
	}
	return m.place(int64(len(m.encode())))
}
