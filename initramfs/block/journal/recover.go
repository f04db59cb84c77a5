package journal

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Verdict is what an open journal calls for.
type Verdict uint8

// The verdicts.
const (
	// Discard: nothing was begun, or all was finished; only the record goes.
	Discard Verdict = iota + 1
	// RollBack: nothing was applied; what was taken is given back.
	RollBack
	// Replay: some of it may be applied; the rest follows.
	Replay
	// Revert: a disk refused; what was applied is put back.
	Revert
	// CloseOnly: all of it is applied; what was taken is given back.
	CloseOnly
	// Overtaken: somebody else used the disk; nothing is touched.
	Overtaken
)

func (v Verdict) String() string {
	return [...]string{"?", "discard", "roll back", "replay", "revert", "close", "overtaken"}[min(v, Overtaken)]
}

// Journal is an open journal with its disks. Open only reads.
type Journal struct {
	Record  *Record
	Verdict Verdict
	Places  []Place // Overtaken: why

	w        *work
	attached []int // index of the attached disk by disk of the journal
}

// Find looks for open journals on disks. What is wrong with one does not hide
// the others: the errors are joined.
func Find(disks []Attached) ([]Home, error) {
	var homes []Home
	var errs []error
	for i, d := range disks {
		r, err := Locate(d.Dev)
		switch {
		case err == nil:
			homes = append(homes, Home{Disk: i, Copies: r.Copies})
		case !errors.Is(err, ErrNone):
			errs = append(errs, fmt.Errorf("%s: %w", d.Name, err))
		}
	}
	return homes, errors.Join(errs...)
}

// Open judges the journal at home. It reads only. The error wraps ErrNone,
// ErrMissing, ErrAmbiguous, ErrVersion or ErrDamaged.
func Open(disks []Attached, home Home) (*Journal, error) {
	w := &work{home: home.File}
	if home.Disk != OnFile {
		if home.Disk < 0 || home.Disk >= len(disks) {
			return nil, invalid("home on disk %d of %d", home.Disk, len(disks))
		}
		w.home = disks[home.Disk].Dev
	}
	rec, err := Locate(w.home)
	if err != nil {
		return nil, err
	}
	w.head, w.body = rec.head, rec.body
	j := &Journal{Record: rec, w: w}
	if rec.Remains {
		j.Verdict, w.body.home = Discard, home.Disk
		if home.Disk != OnFile {
			w.devs, w.names = []Target{w.home}, []string{disks[home.Disk].Name}
			w.body.home, j.attached = 0, []int{home.Disk}
		}
		return j, nil
	}
	if (home.Disk == OnFile) != (w.body.home == OnFile) {
		return nil, fmt.Errorf("record for home %d found on %d: %w", w.body.home, home.Disk, ErrDamaged)
	}
	payload := w.loadPayload()
	if err := j.match(disks, home, payload == nil); err != nil {
		return nil, err
	}
	return j, j.decide(payload)
}

// loadPayload reads the manifest in the states that need it.
func (w *work) loadPayload() error {
	if w.head.state == Committed || w.head.state == Reverting {
		return w.loadManifest()
	}
	return nil
}

// match finds the disks of the journal among the attached ones.
func (j *Journal) match(disks []Attached, home Home, payload bool) error {
	w, used := j.w, map[int]bool{}
	n := len(w.body.disks)
	w.devs, w.names, j.attached = make([]Target, n), make([]string, n), make([]int, n)
	if w.body.home != OnFile {
		used[home.Disk] = true
	}
	for i, want := range w.body.disks {
		w.names[i] = want.name
		var fit []int
		for k, d := range disks {
			mine := i == w.body.home
			if mine != (w.body.home != OnFile && k == home.Disk) || used[k] && !mine {
				continue
			}
			known := d.Model == want.model && d.Serial == want.serial
			if (known || home.Moved) && d.Dev.Size() == want.size && d.Dev.SectorSize() == want.sector {
				fit = append(fit, k)
			}
		}
		k, err := j.pick(i, fit, disks, payload, home.Moved)
		if err != nil {
			return err
		}
		used[k] = true
		w.devs[i], w.names[i], j.attached[i] = disks[k].Dev, disks[k].Name, k
	}
	return nil
}

// pick chooses between disks of one model, serial and size: images have
// neither of the first. The partition table decides, then the name.
func (j *Journal) pick(i int, fit []int, disks []Attached, payload, moved bool) (int, error) {
	want := j.w.body.disks[i]
	missing := fmt.Errorf("%s, model %q, serial %q, %d bytes: %w", want.name, want.model, want.serial, want.size, ErrMissing)
	if len(fit) == 0 {
		return 0, missing
	}
	if len(fit) == 1 && !moved {
		return fit[0], nil
	}
	var same []int
	for _, k := range fit {
		j.w.devs[i] = disks[k].Dev
		if payload && j.w.isIdentical(i) {
			same = append(same, k)
		}
	}
	if len(same) == 1 {
		return same[0], nil
	}
	for _, k := range same {
		if disks[k].Name == want.name {
			return k, nil
		}
	}
	if moved && len(same) == 0 {
		return 0, missing
	}
	return 0, fmt.Errorf("%s, %d bytes, could be any of %d attached disks: %w", want.name, want.size, max(len(same), len(fit)), ErrAmbiguous)
}

// isIdentical compares the identity of one disk with the record.
func (w *work) isIdentical(disk int) bool {
	for _, x := range w.body.witnesses {
		if x.disk != disk || !x.identity {
			continue
		}
		sum, err := w.witnessSum(x)
		if err != nil || sum != x.after && (w.head.state != Prepared || sum != x.before) {
			return false
		}
	}
	return true
}

// decide is the judgement of the package comment.
func (j *Journal) decide(payload error) error {
	w := j.w
	switch w.head.state {
	case Prepared:
		j.Verdict = RollBack
		return nil
	case Closing:
		j.Verdict = CloseOnly
		return nil
	}
	var seen judgement
	if payload == nil {
		seen, payload = w.judge()
	}
	if payload != nil {
		if errors.Is(payload, ErrVersion) {
			return payload
		}
		// The space was taken by somebody, or the disk lost it.
		j.Verdict = Overtaken
		at := block.Range{}
		if len(w.body.extents) > 0 {
			at = w.body.extents[0]
		}
		j.Places = []Place{{"journal", at, payload.Error()}}
		return nil
	}
	committed := w.head.state == Committed
	switch {
	case committed && seen.allAfter && (len(seen.witnesses) > 0 || !seen.flagged):
		j.Verdict = CloseOnly
	case len(seen.witnesses)+len(seen.foreign) > 0:
		j.Verdict, j.Places = Overtaken, slices.Concat(seen.witnesses, seen.foreign)
	case committed:
		j.Verdict = Replay
	default:
		j.Verdict = Revert
	}
	return nil
}

// Finish does what the verdict calls for. It may be cut anywhere and done
// again. For Overtaken it writes nothing and returns an *OvertakenError.
func (j *Journal) Finish() (Result, error) {
	w := j.w
	switch j.Verdict {
	case Discard:
		if err := w.wipe(); err != nil {
			return Result{Outcome: Unfinished}, &OpenError{w.head.state, err}
		}
		o := Before
		if w.head.state == Closing {
			o = After
		}
		return Result{Outcome: o}, nil
	case RollBack:
		return w.rollBack()
	case Replay:
		return w.carryOn()
	case Revert:
		return w.goBack(nil)
	case CloseOnly:
		return w.close()
	}
	return Result{Outcome: Unfinished}, &OvertakenError{Places: j.Places}
}

// Abandon gives an overtaken journal up: it stays as it is but for the record,
// and the bits that are certainly the journal's. The disk may hold one half of
// the transaction.
func (j *Journal) Abandon() (Result, error) {
	if j.Verdict != Overtaken {
		return Result{}, invalid("only an overtaken journal is abandoned; this one wants to %v", j.Verdict)
	}
	r, err := j.w.close()
	r.Outcome = Unfinished
	return r, err
}

// Recover opens and finishes the journal at home. With nothing to recover the
// error wraps ErrNone.
func Recover(disks []Attached, home Home) (Result, error) {
	j, err := Open(disks, home)
	if err != nil {
		return Result{Outcome: Unfinished}, err
	}
	return j.Finish()
}
