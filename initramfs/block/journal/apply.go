package journal

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
)

// apply brings all targets to one side: dirty flags, phase after phase, proof, dirty
// flags. Sectors that are there already are not written.
func (w *work) apply(goal Outcome) error {
	if len(w.man.flags) > 0 {
		if err := w.setBits(w.man.flags, true); err != nil {
			return err
		}
		if err := w.flush(); err != nil {
			return err
		}
	}
	for _, ph := range phases(goal) {
		if ph.between {
			if needed, err := w.refers(goal); err != nil {
				return err
			} else if !needed {
				continue
			}
		}
		wrote := false
		for i := range w.man.targets {
			n, err := w.applyTarget(&w.man.targets[i], goal, ph)
			if err != nil {
				return err
			}
			w.bytes += n
			wrote = wrote || n > 0
		}
		if !wrote {
			continue
		}
		if err := w.flush(); err != nil {
			return err
		}
	}
	if err := w.proveApplied(goal); err != nil {
		return err
	}
	if len(w.man.flags) == 0 {
		return nil
	}
	if err := w.setBits(w.man.flags, false); err != nil {
		return err
	}
	return w.flush()
}

// refers reports whether metadata is still to be written, which may refer to what is
// not yet, or not any more, in use.
func (w *work) refers(goal Outcome) (bool, error) {
	for i := range w.man.targets {
		t := &w.man.targets[i]
		if !t.has(only(Metadata)) {
			continue
		}
		states, _, _, err := w.look(t)
		if err != nil {
			return false, err
		}
		for k, s := range states {
			if t.class[k] == Metadata && s&sideOf(goal) == 0 {
				return true, nil
			}
		}
	}
	return false, nil
}

// sideOf is what a sector is when it has come to goal.
func sideOf(goal Outcome) sectorState {
	if goal == Before {
		return isBefore
	}
	return isAfter
}

// applyTarget writes the sectors of one phase in one block, neighbours
// together, and returns how many bytes.
func (w *work) applyTarget(t *target, goal Outcome, ph phase) (int64, error) {
	if !t.has(ph) {
		return 0, nil
	}
	states, after, before, err := w.look(t)
	if err != nil {
		return 0, err
	}
	ss := w.devs[t.disk].SectorSize()
	image, there := after, sideOf(goal)
	if goal == Before {
		image = before
	}
	image = append([]byte(nil), image...)
	if ph.between {
		there = isBetween
		t.lay(image, ss, after, before)
	}
	putAll(w.body.marks, image, t.disk, t.off, true)
	putAll(w.man.flags, image, t.disk, t.off, true)
	putAll(w.body.reserved, image, t.disk, t.off, true)
	wrote := int64(0)
	for k := 0; k < len(states); k++ {
		if !t.due(k, ph) || states[k]&there != 0 {
			continue
		}
		from := k * ss
		for k+1 < len(states) && t.due(k+1, ph) && states[k+1]&there == 0 {
			k++
		}
		to := min((k+1)*ss, t.n)
		if err := w.write(t.disk, image[from:to], t.off+int64(from)); err != nil {
			return wrote, err
		}
		wrote += int64(to - from)
	}
	return wrote, nil
}

// lay puts the state in between over the sectors of allocation.
func (t target) lay(image []byte, ss int, after, before []byte) {
	for k, c := range t.class {
		if from, to := k*ss, min((k+1)*ss, t.n); c.allocates() {
			copy(image[from:to], c.both(after[from:to], before[from:to]))
		}
	}
}

func (t target) has(ph phase) bool { return slices.ContainsFunc(t.class, ph.is) }

// due: sector k is written in a phase. Sectors that do not change go with the first
// class of their block, with allocation at its end; they are written only if they
// cannot be read.
func (t target) due(k int, ph phase) bool {
	if t.class[k] != 0 {
		return ph.is(t.class[k])
	}
	first := FAT32
	for _, x := range t.class {
		if x != 0 {
			first = min(first, x)
		}
	}
	return ph.is(first) && !ph.between
}

// proveApplied reads all targets back, past the caches.
func (w *work) proveApplied(goal Outcome) error {
	if err := w.dropCaches(); err != nil {
		return err
	}
	want := sideOf(goal)
	for i := range w.man.targets {
		t := &w.man.targets[i]
		states, _, _, err := w.look(t)
		if err != nil {
			return err
		}
		for k, s := range states {
			if s&want == 0 {
				return fmt.Errorf("%s, sector %d of the block at %#x: %w", w.names[t.disk], k, t.off, errReadBack)
			}
		}
	}
	return nil
}

// maxSaved bounds what is kept in memory of what the extents held.
const maxSaved = 32 << 20

// save keeps what is in the extents and in the ranges of streams, unless it is
// all zero or too much.
func (w *work) save() error {
	w.saved = map[savedKey][]byte{}
	room := int64(maxSaved)
	return w.eachTaken(func(disk int, r block.Range) error {
		zero, err := AllZero(w.devs[disk], r)
		if err != nil || zero || r.Len > room {
			return err
		}
		p := make([]byte, r.Len)
		if err := w.read(disk, p, r.Off); err != nil {
			return err
		}
		room -= r.Len
		w.saved[savedKey{disk, r.Off}] = p
		return nil
	}, true)
}

// eachTaken visits the extents on a disk and, if asked, the ranges of streams.
func (w *work) eachTaken(do func(disk int, r block.Range) error, streams bool) error {
	if w.body.home != OnFile {
		for _, e := range w.body.extents {
			if err := do(w.body.home, e); err != nil {
				return err
			}
		}
	}
	if !streams {
		return nil
	}
	for _, s := range w.body.streams {
		if err := do(s.disk, s.Range); err != nil {
			return err
		}
	}
	return nil
}

// restore puts back what was taken: what was kept, else zeros.
func (w *work) restore(disk int, r block.Range) error {
	p := w.saved[savedKey{disk, r.Off}]
	for done := int64(0); done < r.Len; {
		n := min(int64(len(zeros)), r.Len-done)
		part := zeros[:n]
		if p != nil {
			part = p[done : done+n]
		}
		if err := w.write(disk, part, r.Off+done); err != nil {
			return err
		}
		done += n
	}
	return nil
}
