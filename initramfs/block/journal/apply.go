package journal

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
)

// apply brings all targets to one side: dirty flags, class after class (in
// reverse order on the way back), proof, dirty flags. Sectors that are there
// already are not written.
func (w *work) apply(goal Outcome) error {
	if len(w.man.flags) > 0 {
		if err := w.setBits(w.man.flags, true); err != nil {
			return err
		}
		if err := w.flush(); err != nil {
			return err
		}
	}
	order := []Class{Data, Metadata, Boot}
	if goal == Before {
		order = []Class{Boot, Metadata, Data}
	}
	for _, c := range order {
		wrote := false
		for i := range w.man.targets {
			n, err := w.applyTarget(&w.man.targets[i], goal, c)
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

// applyTarget writes the sectors of one class in one block, neighbours
// together, and returns how many bytes.
func (w *work) applyTarget(t *target, goal Outcome, c Class) (int64, error) {
	if !t.has(c) {
		return 0, nil
	}
	states, after, before, err := w.look(t)
	if err != nil {
		return 0, err
	}
	image, there := after, isAfter
	if goal == Before {
		image, there = before, isBefore
	}
	image = append([]byte(nil), image...)
	putAll(w.body.marks, image, t.disk, t.off, true)
	putAll(w.man.flags, image, t.disk, t.off, true)
	putAll(w.body.reserved, image, t.disk, t.off, true)
	ss, wrote := w.devs[t.disk].SectorSize(), int64(0)
	for k := 0; k < len(states); k++ {
		if !t.due(k, c) || states[k]&there != 0 {
			continue
		}
		from := k * ss
		for k+1 < len(states) && t.due(k+1, c) && states[k+1]&there == 0 {
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

func (t target) has(c Class) bool {
	for _, x := range t.class {
		if x == c {
			return true
		}
	}
	return false
}

// due: sector k is written with class c. Sectors that do not change go with
// the first class of their block; they are written only if they cannot be read.
func (t target) due(k int, c Class) bool {
	if t.class[k] != 0 {
		return t.class[k] == c
	}
	first := Boot
	for _, x := range t.class {
		if x != 0 {
			first = min(first, x)
		}
	}
	return first == c
}

// proveApplied reads all targets back, past the caches.
func (w *work) proveApplied(goal Outcome) error {
	if err := w.dropCaches(); err != nil {
		return err
	}
	want := isAfter
	if goal == Before {
		want = isBefore
	}
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
