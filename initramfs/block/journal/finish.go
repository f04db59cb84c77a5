package journal

// release gives back what the journal took and removes the record. bits are
// the marks to free, streams says whether the ranges of streams are free, too.
//
// Marks are freed and extents restored only while every witness is as
// recorded: else the space may be somebody's by now. Extents are restored only
// while all marks are held, and marks are freed after that is stable: so free
// marks mean that nothing of the journal is left in the extents.
func (w *work) release(bits []held, streams bool) (leaked bool, err error) {
	if len(w.changedWitnesses()) > 0 {
		_, none, err := w.bitsState(bits)
		return err != nil || !none, w.wipe()
	}
	all, _, err := w.bitsState(bits)
	if err != nil {
		return true, err
	}
	if all {
		if err := w.eachTaken(w.restore, streams); err != nil {
			return true, err
		}
		if err := w.flush(); err != nil {
			return true, err
		}
	}
	if err := w.setBits(bits, false); err != nil {
		return true, err
	}
	if err := w.flush(); err != nil {
		return true, err
	}
	return false, w.wipe()
}

// rollBack ends a transaction of which no target was changed, or all were
// changed back.
func (w *work) rollBack() (Result, error) {
	if err := w.settle(Prepared); err != nil {
		return w.result(Before, false, err)
	}
	leaked, err := w.release(append(append([]held(nil), w.body.marks...), w.body.reserved...), true)
	return w.result(Before, leaked, err)
}

// close ends a transaction that was carried out.
func (w *work) close() (Result, error) {
	if err := w.settle(Closing); err != nil {
		return w.result(After, false, err)
	}
	leaked, err := w.release(w.body.marks, false)
	return w.result(After, leaked, err)
}

func (w *work) result(o Outcome, leaked bool, err error) (Result, error) {
	r := Result{Outcome: o, Leaked: leaked, Bytes: w.bytes}
	if err != nil {
		return r, &OpenError{w.head.state, err}
	}
	return r, nil
}

// carryOn applies and closes; where a disk refuses, it goes back.
func (w *work) carryOn() (Result, error) {
	if err := w.apply(After); err != nil {
		return w.goBack(err)
	}
	return w.close()
}

// goBack undoes what apply did. cause is returned when that worked.
func (w *work) goBack(cause error) (Result, error) {
	if w.head.state != Reverting {
		if err := w.transition(Reverting); err != nil {
			return w.result(Unfinished, false, joined(cause, err))
		}
	}
	if err := w.apply(Before); err != nil {
		return w.result(Unfinished, false, joined(cause, err))
	}
	return w.retreat(cause)
}

// retreat: all targets are as before, but the record may say something else.
func (w *work) retreat(cause error) (Result, error) {
	if err := w.settle(Prepared); err != nil {
		return w.result(Unfinished, false, joined(cause, err))
	}
	return w.abort(cause)
}

// abort rolls back after an error before the commit.
func (w *work) abort(cause error) (Result, error) {
	r, err := w.rollBack()
	if err != nil {
		return r, joined(cause, err)
	}
	r.Bytes = 0
	return r, cause
}
