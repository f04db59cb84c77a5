package journal

import (
	"errors"
	"fmt"
)

// eachCopy does something with one copy of the record after the other, the one
// at the lower offset first, as every process does; head.self is that copy
// meanwhile.
func (w *work) eachCopy(do func() error) error {
	low, high := min(w.head.self, w.head.other), max(w.head.self, w.head.other)
	for _, c := range [2][2]int64{{low, high}, {high, low}} {
		w.head.self, w.head.other = c[0], c[1]
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// transition brings the record into another state: one sector of each copy,
// the second only when the first is stable.
func (w *work) transition(s State) error {
	w.head.state = s
	w.head.seq++
	return w.eachCopy(w.writeHeader)
}

func (w *work) writeHeader() error {
	ss := w.home.SectorSize()
	p := w.head.encode()
	if ss > headerSize {
		raw, err := w.body.encode()
		if err != nil {
			return err
		}
		p = encodeRecord(w.head, raw)[:ss]
	}
	return w.writeHome(p, w.head.self)
}

// settle makes sure that no copy says anything but s before what the others
// speak of is given up. It writes only where a copy says something else, and a
// copy that cannot be written is no error if it cannot mislead.
func (w *work) settle(s State) error {
	wrong := false
	w.eachCopy(func() error { // it only looks
		wrong = wrong || w.misleads(s)
		return nil
	})
	w.head.state = s
	if !wrong {
		return nil
	}
	w.head.seq++
	return w.eachCopy(func() error {
		err := w.writeHeader()
		if err == nil {
			return nil
		}
		if derr := w.home.DropCache(); derr == nil && !w.misleads(s) {
			return nil
		}
		return err
	})
}

// misleads: the copy at head.self is a record that can be read and says
// something else than s.
func (w *work) misleads(s State) bool {
	h, ok := w.copyAt(w.head.self)
	return ok && (h.state != s || h.id != w.head.id)
}

// copyAt reads a copy; ok is false unless all of it is there.
func (w *work) copyAt(off int64) (h header, ok bool) {
	p := make([]byte, BlockSize)
	if readFull(w.home, "journal", p, off) != nil {
		return header{}, false
	}
	h, _, err := decodeRecord(p, off, w.home.Size())
	return h, err == nil
}

// wipe removes the record: first a copy that is not whole, if there is one,
// and of each copy the body first. So what a cut leaves is one whole copy, or
// nothing but one header, which says that there is nothing left to do. An
// error counts only where something of the record is left.
func (w *work) wipe() error {
	low, high := min(w.head.self, w.head.other), max(w.head.self, w.head.other)
	order := [2]int64{low, high}
	if _, whole := w.copyAt(high); !whole {
		order = [2]int64{high, low}
	}
	err := w.wipeIn(order)
	if err != nil {
		err = w.wipeIn(order) // a single failure shall leave no garbage
	}
	if err == nil {
		return nil
	}
	for _, off := range order {
		if rerr := readFull(w.home, "journal", make([]byte, BlockSize), off); rerr != nil {
			return fmt.Errorf("record is not wiped: %w", errors.Join(err, rerr))
		}
	}
	if _, left := Locate(w.home); errors.Is(left, ErrNone) {
		return nil
	}
	return fmt.Errorf("record is not wiped: %w", err)
}

func (w *work) wipeIn(order [2]int64) error {
	ss := int64(w.home.SectorSize())
	var errs []error
	for _, off := range order {
		if ss < BlockSize {
			errs = append(errs, w.writeHome(zeros[:BlockSize-ss], off+ss))
		}
		errs = append(errs, w.writeHome(zeros[:ss], off))
	}
	return errors.Join(errs...)
}
