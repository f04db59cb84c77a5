package journal

// Commit carries out a transaction. Everything that can be checked is checked
// before the first write: disks as planned, no open journal, space, bits, the
// size of the record, every sector that will be needed can be read.
//
// Result.Outcome says what the disks hold, also beside an error: Before when
// nothing was written or all was put back, Unfinished when the journal stays
// open (the error is an *OpenError then). An *OpenError beside Before or After
// means that only the journal itself could not be removed.
func Commit(tx *Transaction, home Home) (Result, error) {
	p, err := prepare(tx, home)
	if err != nil {
		return Result{Outcome: Before}, err
	}
	return p.run()
}

// run is the life of a journal; the package comment argues the order.
func (p *plan) run() (Result, error) {
	w := p.w
	if err := w.begin(); err != nil {
		return w.abort(err)
	}
	if err := w.setBits(append(append([]held(nil), w.body.marks...), w.body.reserved...), true); err != nil {
		return w.abort(err)
	}
	if err := w.flush(); err != nil {
		return w.abort(err)
	}
	if err := w.fillPayload(p.content); err != nil {
		return w.abort(err)
	}
	if err := w.transition(Committed); err != nil {
		return w.retreat(err)
	}
	return w.carryOn()
}
