package report

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// written are the repairs of this call that were written, the newest last.
func (r *Run) written() []*Run {
	var all []*Run
	for _, e := range append(slices.Clone(r.Earlier), r) {
		if e.Committed {
			all = append(all, e)
		}
	}
	return all
}

// wroteBefore reports whether an earlier repair of the same call was written: then
// nobody may be told that nothing was, or that the disk is as it was.
func (r *Run) wroteBefore() bool {
	return slices.ContainsFunc(r.Earlier, func(e *Run) bool { return e.Committed })
}

// bytesInAll counts what all repairs of this call wrote.
func (r *Run) bytesInAll() int64 {
	n := int64(0)
	for _, e := range append(slices.Clone(r.Earlier), r) {
		n += e.Done.Bytes
	}
	return n
}

// inAll tells of all repairs of the call: how many, what they wrote, and how they
// are taken back, the last first.
func (r *Run) inAll() string {
	var undo []string
	whole := true
	all := r.written()
	for _, e := range slices.Backward(all) {
		if e.Plan == nil || e.Plan.Undo.ID == "" {
			whole = false
			continue
		}
		undo = append(undo, "bootmend undo "+e.Plan.Undo.ID)
	}
	s := fmt.Sprintf("%d bytes written in %d repairs", r.bytesInAll(), len(all))
	if len(all) == 1 {
		s = fmt.Sprintf("%d bytes written by the repair before", r.bytesInAll())
	}
	switch {
	case len(undo) == 0:
		return s + "; it cannot be taken back"
	case !whole:
		return s + "; " + strings.Join(undo, ", then ") + " takes a part of it back"
	}
	return s + "; " + strings.Join(undo, ", then ") + " takes it back"
}

// resultInAll is the RESULT where an earlier repair of the same call was written.
func (p *printer) resultInAll(run *Run, code int) {
	switch {
	case run.Err != nil && code == ExitInterrupted:
		p.wrap("RESULT ", run.reason()+"; before that, "+run.inAll())
	case run.Err != nil:
		p.wrap("RESULT ", run.reason()+"; the disk is as the repair before left it: "+run.inAll())
	case code == ExitOK:
		p.wrap("RESULT ", "repaired and verified, "+run.inAll())
	case code == ExitRepairable:
		p.wrap("RESULT ", "repaired and verified, "+run.inAll()+"; more can be repaired: run bootmend repair again")
	default:
		p.wrap("RESULT ", "partly repaired and verified, "+run.inAll()+"; the findings above that remain need a person")
	}
}

// reason is the error that ended the run, in words for a person.
func (r *Run) reason() string {
	switch {
	case !errors.Is(r.Err, context.Canceled):
		return r.Err.Error()
	case r.wroteBefore():
		return "interrupted before anything more was written"
	}
	return "interrupted before anything was written"
}
