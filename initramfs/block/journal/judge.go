package journal

import (
	"bytes"
	"crypto/sha256"

	"github.com/bootmend/bootmend/initramfs/block"
)

// sectorState is what a sector of a target holds.
type sectorState uint8

const (
	isBefore sectorState = 1 << iota
	isAfter
	isBetween // of an allocation class: on its way, see Class.both
	isTorn    // cannot be read: no other system's doing, and writing may heal it
	isForeign
)

// look reads the block of a target and says of each sector what it holds, with
// the bits that the journal holds left aside.
func (w *work) look(t *target) (states []sectorState, after, before []byte, err error) {
	after, before, err = w.images(t)
	if err != nil {
		return nil, nil, nil, err
	}
	ss := w.devs[t.disk].SectorSize()
	for i, class := range t.class {
		from, to := i*ss, min((i+1)*ss, t.n)
		cur, off := make([]byte, to-from), t.off+int64(from)
		if w.read(t.disk, cur, off) != nil {
			states = append(states, isTorn)
			continue
		}
		putAll(w.body.marks, cur, t.disk, off, false)
		putAll(w.man.flags, cur, t.disk, off, false)
		s := sectorState(0)
		if class != 0 && bytes.Equal(cur, after[from:to]) {
			s |= isAfter
		}
		if class.allocates() && bytes.Equal(cur, class.both(after[from:to], before[from:to])) {
			s |= isBetween
		}
		putAll(w.body.reserved, cur, t.disk, off, false)
		if bytes.Equal(cur, before[from:to]) {
			s |= isBefore
			if class == 0 {
				s |= isAfter
			}
		}
		if s == 0 {
			s = isForeign
		}
		states = append(states, s)
	}
	return states, after, before, nil
}

// judgement is what the disks hold, all targets together.
type judgement struct {
	allAfter  bool // every changed sector, and every stream
	allBefore bool
	foreign   []Place // sectors and streams that are neither
	witnesses []Place // witnesses that changed
	flagged   bool    // a dirty flag is held
}

func (j *judgement) add(list *[]Place, p Place) {
	if len(*list) < maxPlaces {
		*list = append(*list, p)
	}
}

// judge reads all targets, streams and witnesses. An error is one of the
// payload, which then cannot be trusted.
func (w *work) judge() (judgement, error) {
	j := judgement{allAfter: true, allBefore: true}
	for i := range w.man.targets {
		t := &w.man.targets[i]
		states, _, _, err := w.look(t)
		if err != nil {
			return j, err
		}
		ss := int64(w.devs[t.disk].SectorSize())
		for k, s := range states {
			if t.class[k] != 0 {
				j.allAfter = j.allAfter && s&isAfter != 0
			}
			j.allBefore = j.allBefore && s&isBefore != 0
			if s == isForeign {
				at := block.Range{Off: t.off + int64(k)*ss, Len: ss}
				j.add(&j.foreign, Place{w.names[t.disk], at, "neither what was there nor what was to be written"})
			}
		}
	}
	for i, s := range w.body.streams {
		if err := w.checkStream(i); err != nil {
			j.allAfter = false
			j.add(&j.foreign, Place{w.names[s.disk], s.Range, "new content is not there any more"})
		}
	}
	j.witnesses = w.changedWitnesses()
	_, none, err := w.bitsState(w.man.flags)
	j.flagged = err != nil || !none
	return j, nil
}

// changedWitnesses lists the witnesses that are in no recorded state. What
// counts depends on the state of the journal: nothing of the transaction yet
// (Prepared), some or all of it (Committed, Reverting), all of it (Closing).
func (w *work) changedWitnesses() []Place {
	var changed []Place
	for _, x := range w.body.witnesses {
		sum, err := w.witnessSum(x)
		want := x.after
		if w.head.state == Prepared {
			want = x.before
		}
		what := "somebody else used this volume"
		if x.identity {
			what = "partition table or boot sectors are not those of the journal"
		}
		if err != nil {
			what = "witness cannot be read: " + err.Error()
		}
		if (err != nil || sum != want) && len(changed) < maxPlaces {
			at := block.Range{}
			if len(x.ranges) > 0 {
				at = x.ranges[0]
			}
			changed = append(changed, Place{w.names[x.disk], at, what})
		}
	}
	for _, x := range w.body.sectors {
		if what := w.checkMarks(x); what != "" && len(changed) < maxPlaces {
			at := block.Range{Off: x.off, Len: int64(w.devs[x.disk].SectorSize())}
			changed = append(changed, Place{w.names[x.disk], at, what})
		}
	}
	return changed
}

// checkMarks says what is wrong with a sector of marks, "" for nothing. One
// write takes or frees all bits in it; so some of them held and some not is
// somebody else's doing, and so is any other change that is not planned.
func (w *work) checkMarks(x markSector) string {
	p := make([]byte, min(int64(w.devs[x.disk].SectorSize()), w.devs[x.disk].Size()-x.off))
	if err := w.read(x.disk, p, x.off); err != nil {
		return err.Error()
	}
	bits, want := w.body.marks, x.after
	if w.head.state != Closing {
		bits, want = append(append([]held(nil), bits...), w.body.reserved...), x.before
	}
	all, none := true, true
	for _, h := range bits {
		if h.disk == x.disk {
			a, n := h.state(p, x.off)
			all, none = all && a, none && n
		}
	}
	applying := w.head.state == Committed || w.head.state == Reverting
	if !all && (applying || !none) {
		return "space that the journal had reserved is somebody's"
	}
	putAll(bits, p, x.disk, x.off, false)
	if sumShort(p) != want && !(applying && x.before != x.after) { // else it is a target
		return "somebody else took or freed space"
	}
	return ""
}

func (w *work) witnessSum(x witness) ([32]byte, error) {
	h := sha256.New()
	for _, r := range x.ranges {
		p := make([]byte, r.Len)
		if err := w.read(x.disk, p, r.Off); err != nil {
			return [32]byte{}, err
		}
		putAll(w.body.marks, p, x.disk, r.Off, false)
		switch w.head.state {
		case Prepared:
			putAll(w.body.reserved, p, x.disk, r.Off, false)
		case Committed, Reverting:
			if err := w.lay(p, x.disk, r.Off); err != nil {
				return [32]byte{}, err
			}
			putAll(w.man.flags, p, x.disk, r.Off, false)
		}
		h.Write(p)
	}
	return [32]byte(h.Sum(nil)), nil
}

// lay puts the after-images of changed sectors over p, the bytes at off. So a
// range that the transaction changes itself has one value however far applying
// got; whether its sectors are ours is judged on its own.
func (w *work) lay(p []byte, disk int, off int64) error {
	for i := range w.man.targets {
		t := &w.man.targets[i]
		if t.disk != disk || t.off >= off+int64(len(p)) || t.Range().End() <= off {
			continue
		}
		after, _, err := w.images(t)
		if err != nil {
			return err
		}
		layTarget(p, off, t, after, w.devs[disk].SectorSize())
	}
	return nil
}

func layTarget(p []byte, off int64, t *target, image []byte, ss int) {
	for k, class := range t.class {
		from, to := int64(k*ss), int64(min((k+1)*ss, t.n))
		if class == 0 {
			continue
		}
		lo, hi := max(t.off+from, off), min(t.off+to, off+int64(len(p)))
		if lo < hi {
			copy(p[lo-off:hi-off], image[lo-t.off:hi-t.off])
		}
	}
}
