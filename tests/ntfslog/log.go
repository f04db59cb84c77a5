package ntfslog

import (
	"fmt"
	"unicode/utf16"
)

// Log is a log being written. Its methods that log changes take a transaction
// that Begin gave.
type Log struct {
	// Old writes the tables as Windows did until 8.1, instead of as Windows 10.
	Old bool
	// Stop ends the log after so many changes (0: never), with all that was begun
	// committed: ntfsrecover then writes these changes.
	Stop int

	v       *Volume
	ring    *ring
	opened  []*open // by place in the table; nil: closed again
	dirty   []page
	begun   map[uint32]uint64 // transactions that were not committed: first LSN
	next    uint32
	changes int

	oldest, checkpoint uint64
}

// The attributes that every log has open, by place. One was closed.
const (
	keyMFT = iota
	keyClosed
	keyBitmap
	keyMFTBitmap
)

// Transactions, by their place in the table; dumps have the first one.
const (
	dumper           = 0x18
	firstTransaction = 0x40
)

// New begins a log for the volume at a page of the ring, from 4 on.
func New(v *Volume, startPage int64) (*Log, error) {
	size, _, err := v.logFile()
	if err != nil {
		return nil, err
	}
	if startPage < firstPage || startPage >= size/pageSize {
		return nil, fmt.Errorf("page %d of a log of %d bytes", startPage, size)
	}
	l := &Log{v: v, ring: newRing(size, startPage), begun: map[uint32]uint64{}, next: firstTransaction}
	l.opened = []*open{
		keyMFT:       {ref: 1 << 48, kind: typeData},
		keyClosed:    nil,
		keyBitmap:    {ref: recordBitmap | recordBitmap<<48, kind: typeData},
		keyMFTBitmap: {ref: 1 << 48, kind: typeBitmap},
	}
	return l, nil
}

// logFile is the size of $LogFile and where it lies.
func (v *Volume) logFile() (int64, []run, error) {
	r, err := v.Record(recordLogFile)
	if err != nil {
		return 0, nil, err
	}
	at := r.find(typeData, "")
	runs, err := r.runs(at)
	if err != nil {
		return 0, nil, err
	}
	return int64(le.Uint64(r.b[at+0x30:])), runs, nil
}

// Begin begins a transaction.
func (l *Log) Begin() uint32 {
	id := l.next
	l.next += transactionLen
	l.begun[id] = 0
	return id
}

// Commit ends a transaction.
func (l *Log) Commit(id uint32) {
	if l.stopped() {
		return
	}
	l.forget(id)
}

func (l *Log) forget(id uint32) {
	delete(l.begun, id)
	l.ring.add(id, change{redo: forgetTransaction, undo: compensationLogRecord, target: l.key(keyMFT), acts: onMFT}.encode(), true)
}

func (l *Log) stopped() bool { return l.Stop > 0 && l.changes >= l.Stop }

// log appends a change of a transaction.
func (l *Log) log(id uint32, c change) {
	if l.stopped() {
		return
	}
	n := l.ring.add(id, c.encode(), false)
	if l.begun[id] == 0 {
		l.begun[id] = n
	}
	if c.lcn == 0 {
		return
	}
	l.changes++
	for _, p := range l.dirty {
		if p.key == c.target && p.vcn == c.vcn {
			return
		}
	}
	l.dirty = append(l.dirty, page{c.target, c.vcn, c.lcn, n})
}

// History fills so many pages with records of transactions that did nothing:
// what a log holds that was carried out long ago.
func (l *Log) History(pages int) {
	const pair = 2 * (recHeader + 0x28)
	for range pages * pageSize / pair {
		l.ring.add(dumper, change{target: l.key(keyMFT), acts: onMFT}.encode(), false)
		l.ring.add(dumper, change{redo: forgetTransaction, undo: compensationLogRecord, target: l.key(keyMFT), acts: onMFT}.encode(), true)
	}
}

// Checkpoint writes one, with the tables as they are. What is logged before it
// is listed as dirty; of the table one place is free.
func (l *Log) Checkpoint() {
	start := l.ring.add(dumper, change{target: l.key(keyMFT), acts: onMFT}.encode(), true)
	l.oldest = start
	dump := func(o op, data []byte) uint64 {
		if len(data) == 0 {
			return 0
		}
		return l.ring.add(dumper, change{redo: o, redoData: data, target: l.key(keyMFT), acts: onMFT}.encode(), false)
	}
	attrs, names := l.attributeTables()
	pages, transactions := l.pageTable(), l.transactionTable()
	c := make([]byte, 0x70)
	if !l.Old {
		le.PutUint32(c, 1)
	}
	le.PutUint64(c[0x08:], start)
	for i, d := range []struct {
		op   op
		data []byte
	}{{openAttributeTableDump, attrs}, {attributeNamesDump, names}, {dirtyPageTableDump, pages}, {transactionTableDump, transactions}} {
		le.PutUint64(c[0x10+8*i:], dump(d.op, d.data))
		le.PutUint32(c[0x30+4*i:], uint32(len(d.data)))
	}
	delete(l.ring.chain, dumper)
	l.checkpoint = l.ring.add(0, c, false)
}

// attributeTables: names are key, length, text, zero for each, then zeros.
func (l *Log) attributeTables() (attrs, names []byte) {
	entries := make([][]byte, 8)
	for i, o := range l.opened {
		if o == nil {
			continue
		}
		entries[i] = l.openEntry(l.key(i), *o)
		if o.name != "" {
			text := utf16Bytes(o.name)
			names = le.AppendUint16(le.AppendUint16(names, uint16(l.key(i))), uint16(len(text)))
			names = append(append(names, text...), 0, 0)
		}
	}
	if names != nil {
		names = append(names, 0, 0, 0, 0)
	}
	return table(l.openSize(), entries), names
}

func (l *Log) pageTable() []byte {
	if len(l.dirty) == 0 {
		return nil
	}
	entries := make([][]byte, 32)
	for i, p := range l.dirty {
		entries[i+1] = l.pageEntry(p)
		l.oldest = min(l.oldest, p.oldest)
	}
	if l.Old {
		return table(pageOld, entries)
	}
	return table(pageNew, entries)
}

func (l *Log) transactionTable() []byte {
	var entries [][]byte
	for id, first := range l.begun {
		if first == 0 {
			continue
		}
		i := int(id-dumper) / transactionLen
		for len(entries) <= i {
			entries = append(entries, nil)
		}
		entries[i] = transactionEntry(first, l.ring.chain[id])
		l.oldest = min(l.oldest, first)
	}
	if entries == nil {
		return nil
	}
	return table(transactionLen, entries)
}

// Install writes the log onto the volume.
func (l *Log) Install() error {
	if l.checkpoint == 0 {
		return fmt.Errorf("a log without a checkpoint")
	}
	if l.Stop > 0 {
		for id := uint32(firstTransaction); id < l.next; id += transactionLen {
			if l.begun[id] != 0 {
				l.forget(id)
			}
		}
	}
	size, runs, err := l.v.logFile()
	if err != nil {
		return err
	}
	pages := l.ring.image()
	pages[0] = l.ring.restart(l.oldest, l.checkpoint)
	pages[1] = pages[0]
	empty := make([]byte, pageSize)
	for i := range empty {
		empty[i] = 0xFF
	}
	for _, no := range []int64{2, 3} {
		if pages[no] == nil {
			pages[no] = empty
		}
	}
	for no, p := range pages {
		lcn, err := lcnOf(runs, no*pageSize/l.v.cluster)
		if err != nil || (no+1)*pageSize > size {
			return fmt.Errorf("page %d of the log: %v", no, err)
		}
		if _, err := l.v.f.WriteAt(p, l.v.base+lcn*l.v.cluster+no*pageSize%l.v.cluster); err != nil {
			return err
		}
	}
	return l.v.f.Sync()
}

func utf16Bytes(s string) (b []byte) {
	for _, c := range utf16.Encode([]rune(s)) {
		b = le.AppendUint16(b, c)
	}
	return b
}

// Page is the page n of the ring, counted from the end of the log where n is
// negative; the first one where it is 0.
func (v *Volume) Page(n int64) (int64, error) {
	size, _, err := v.logFile()
	switch {
	case n < 0:
		n += size / pageSize
	case n == 0:
		n = firstPage
	}
	return n, err
}
