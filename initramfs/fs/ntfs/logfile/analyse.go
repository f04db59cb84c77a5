package logfile

import (
	"fmt"
	"slices"
)

// Plan is what a mount of the volume would do with the log.
type Plan struct {
	Checkpoint, From, To LSN // last checkpoint; what is looked at
	Redo                 int // records that may have to be done again
	Undo                 []LSN
	Transactions         int // that were not finished
	Operations           map[Op]int
	// Unknown are the records that we do not understand; with any of them the
	// log cannot be replayed.
	Unknown []*UnknownError

	log   *Log
	files map[place]bool // file records that anything is logged about
	attrs map[uint16]openAttr
	dirty map[pageKey]*dirtyPage
}

// place is where a structure lies in its attribute.
type place struct {
	vcn    int64
	sector int
}

// Touches reports whether the log has anything about a file record between From
// and To, done or not. If not, the file is where the volume says, whatever a
// replay does.
func (p *Plan) Touches(no int64, g Geometry) bool {
	for f := range p.files {
		if (f.vcn*g.Cluster+int64(f.sector)*stride)/int64(g.Record) == no {
			return true
		}
	}
	return false
}

// maxPages bounds the memory that the tables of a damaged log can take.
const maxPages = 1 << 18

// Empty reports that there is nothing to do but to mark the log as clean.
func (p *Plan) Empty() bool { return p.Redo == 0 && len(p.Undo) == 0 }

// Analyse follows the log from the last checkpoint to its end. It writes
// nothing and looks at nothing but the log.
func (l *Log) Analyse() (*Plan, error) { return l.AnalyseFrom(l.rst.last) }

// AnalyseFrom is Analyse with another checkpoint record, as if the log had
// been left after it was written.
func (l *Log) AnalyseFrom(n LSN) (*Plan, error) {
	p := &Plan{Checkpoint: n, Operations: map[Op]int{}, log: l, files: map[place]bool{}, attrs: map[uint16]openAttr{}, dirty: map[pageKey]*dirtyPage{}}
	rec, next, ok, err := l.At(n)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, damaged("client record", "no checkpoint at %#x", uint64(n))
	}
	c, err := parseCheckpoint(rec)
	if err != nil {
		return nil, err
	}
	active := map[uint32]*transaction{}
	if err := p.loadTables(c, active); err != nil {
		return nil, err
	}
	p.From = c.start
	if p.From == 0 {
		p.From = next
	}
	if p.To, err = p.walkFrom(p.From, func(r Record) error { return p.follow(r, active) }); err != nil {
		return nil, err
	}
	if err := p.findRedo(); err != nil {
		return nil, err
	}
	return p, p.findUndo(active)
}

// walkFrom is Walk that accepts an LSN at which nothing is (yet).
func (p *Plan) walkFrom(n LSN, fn func(Record) error) (LSN, error) {
	if _, _, ok, err := p.log.At(n); err != nil || !ok {
		return p.Checkpoint, err
	}
	return p.log.Walk(n, fn)
}

// loadTables reads the dumps that the checkpoint names.
func (p *Plan) loadTables(c checkpoint, active map[uint32]*transaction) error {
	loaders := [...]struct {
		op   Op
		size int
		load func(what string, key int, e []byte) error
	}{
		{OpenAttributeTableDump, openAttrNew, func(what string, key int, e []byte) error {
			a, err := parseOpenAttr(what, e)
			p.attrs[uint16(key)] = a
			return err
		}},
		{AttributeNamesDump, 0, nil}, // nothing here needs the names
		{DirtyPageTableDump, 0x20, func(what string, key int, e []byte) error {
			k, d, err := parseDirtyPage(what, e, c.version)
			p.dirty[k] = &d
			return err
		}},
		{TransactionTableDump, 0x28, func(what string, key int, e []byte) error {
			t := parseTransaction(e)
			active[uint32(key)] = &t
			return nil
		}},
	}
	for i, n := range c.dumps {
		ld := loaders[i]
		if n == 0 || ld.load == nil {
			continue
		}
		what := fmt.Sprintf("%v %#x", ld.op, uint64(n))
		rec, _, ok, err := p.log.At(n)
		if err != nil {
			return err
		}
		if !ok || rec.Redo != ld.op || rec.RedoLen > 0 && rec.RedoData == nil {
			return damaged(what, "the checkpoint names it, but it is not there (%v)", rec.Redo)
		}
		if err := eachEntry(what, rec.RedoData, ld.size, func(key int, e []byte) error { return ld.load(what, key, e) }); err != nil {
			return err
		}
	}
	return nil
}

// follow brings the tables up to date with one record.
func (p *Plan) follow(r Record, active map[uint32]*transaction) error {
	if r.Checkpoint {
		return nil
	}
	p.Operations[r.Redo]++
	p.note(r)
	if r.Transaction != 0 {
		t := active[r.Transaction]
		if t == nil {
			t = &transaction{state: stateActive}
			active[r.Transaction] = t
		}
		t.undoNext = r.LSN
		if r.Undo == CompensationLogRecord || r.Redo == EndTopLevelAction {
			t.undoNext = r.UndoNext
		}
	}
	switch r.Redo {
	case PrepareTransaction:
		if t := active[r.Transaction]; t != nil {
			t.state = statePrepared
		}
	case CommitTransaction:
		if t := active[r.Transaction]; t != nil {
			t.state = stateCommitted
		}
	case ForgetTransaction:
		delete(active, r.Transaction)
	case OpenNonResidentAttribute:
		a, err := parseOpenAttr(fmt.Sprintf("record %#x", uint64(r.LSN)), r.RedoData)
		if err != nil {
			return err
		}
		p.reopen(r.Target, a)
	case DeleteDirtyClusters:
		return p.freed(r)
	}
	if changesPage(r.Redo) {
		return p.touch(r)
	}
	return nil
}

// reopen notes an open attribute. Its place in the table was free, and Windows
// frees a place only when no page of the attribute is dirty any more.
func (p *Plan) reopen(key uint16, a openAttr) {
	if old, ok := p.attrs[key]; ok && old != a {
		for k := range p.dirty {
			if k.attr == key {
				delete(p.dirty, k)
			}
		}
	}
	p.attrs[key] = a
}

// touch notes that a record made a page dirty.
func (p *Plan) touch(r Record) error {
	if len(p.dirty) > maxPages {
		return damaged("table of dirty pages", "more than %d pages", maxPages)
	}
	k := pageKey{r.Target, r.VCN}
	d := p.dirty[k]
	if d == nil {
		p.dirty[k] = &dirtyPage{oldest: r.LSN, lcns: slices.Clone(r.LCNs)}
		return nil
	}
	for i, lcn := range r.LCNs {
		if i >= len(d.lcns) {
			d.lcns = append(d.lcns, lcn)
		} else if lcn != 0 {
			d.lcns[i] = lcn
		}
	}
	return nil
}

// freed takes clusters out of the dirty pages: nobody may write there any more.
func (p *Plan) freed(r Record) error {
	if len(r.RedoData)%16 != 0 {
		return &UnknownError{r.LSN, r.Redo, r.Undo, fmt.Sprintf("%d bytes of ranges", r.RedoLen)}
	}
	for b := r.RedoData; len(b) > 0; b = b[16:] {
		from, n := int64(le.Uint64(b)), int64(le.Uint64(b[8:]))
		for _, d := range p.dirty {
			for i, lcn := range d.lcns {
				if lcn >= from && lcn-from < n {
					d.lcns[i] = 0
				}
			}
		}
	}
	return nil
}

// pending reports whether the page of a record may lack the change, and which
// of the record's clusters still belong to it.
func (p *Plan) pending(r Record) bool {
	if len(r.LCNs) == 0 {
		return true // to be refused
	}
	for i := range r.LCNs {
		for back := int64(0); back <= maxPage/minPage; back++ {
			d := p.dirty[pageKey{r.Target, r.VCN + int64(i) - back}]
			if d == nil || back >= int64(len(d.lcns)) {
				continue
			}
			if r.LSN >= d.oldest && d.lcns[back] != 0 {
				return true
			}
		}
	}
	return false
}

// findRedo counts what is to be done again, from the oldest dirty page on.
func (p *Plan) findRedo() error {
	if len(p.dirty) == 0 {
		return nil
	}
	oldest := p.To
	for _, d := range p.dirty {
		oldest = min(oldest, d.oldest)
	}
	if oldest < p.From {
		p.From = oldest
	}
	_, err := p.walkFrom(p.From, func(r Record) error {
		p.note(r)
		if !r.Checkpoint && changesPage(r.Redo) && p.pending(r) {
			p.Redo++
			p.judge(r, r.Redo)
		} else if !r.Checkpoint && !known(r.Redo) {
			p.judge(r, r.Redo)
		}
		return nil
	})
	return err
}

// note remembers which file record a record is about.
func (p *Plan) note(r Record) {
	if !r.Checkpoint && (onMFT(r.Redo) || onMFT(r.Undo)) && len(p.files) < maxPages {
		p.files[place{r.VCN, r.SectorOff}] = true
	}
}

// findUndo follows the transactions that were not finished backwards.
func (p *Plan) findUndo(active map[uint32]*transaction) error {
	var chains []LSN
	for _, t := range active {
		switch t.state {
		case stateCommitted:
		case statePrepared:
			return unknown("a prepared transaction")
		default:
			p.Transactions++
			if t.undoNext != 0 {
				chains = append(chains, t.undoNext)
			}
		}
	}
	for len(chains) > 0 {
		// Always the newest, whichever transaction it belongs to.
		i := slices.Index(chains, slices.Max(chains))
		n := chains[i]
		r, _, ok, err := p.log.At(n)
		if err != nil {
			return err
		}
		if !ok || r.UndoNext >= n {
			return damaged(fmt.Sprintf("record %#x", uint64(n)), "an unfinished transaction names it, found %t, next %#x", ok, uint64(r.UndoNext))
		}
		p.note(r)
		if r.Undo != Noop && r.Undo != CompensationLogRecord {
			p.Undo = append(p.Undo, n)
			p.judge(r, r.Undo)
		}
		if chains[i] = r.UndoNext; r.UndoNext == 0 {
			chains = slices.Delete(chains, i, i+1)
		}
	}
	return nil
}

// judge notes a record that cannot be carried out.
func (p *Plan) judge(r Record, op Op) {
	if why := p.objection(r, op); why != "" && len(p.Unknown) < 100 {
		p.Unknown = append(p.Unknown, &UnknownError{r.LSN, r.Redo, r.Undo, why})
	}
}

func (p *Plan) objection(r Record, op Op) string {
	if !known(op) {
		return "operation of unknown meaning"
	}
	if !changesPage(op) {
		return ""
	}
	a, ok := p.attrs[r.Target]
	if !ok {
		return fmt.Sprintf("its target %#x is not among the open attributes", r.Target)
	}
	if onMFT(op) && (a.ref&(1<<48-1) != 0 || a.typ != 0x80) {
		return fmt.Sprintf("changes a file record, but its target is attribute %#x of file %d", a.typ, a.ref&(1<<48-1))
	}
	if onIndex(op) && a.typ != 0xa0 {
		return fmt.Sprintf("changes an index block, but its target is attribute %#x of file %d", a.typ, a.ref&(1<<48-1))
	}
	if len(r.LCNs) == 0 {
		return "names no cluster"
	}
	return ""
}
