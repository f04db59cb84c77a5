package hivelog

import (
	"bytes"
	"fmt"
)

// newLogs takes the entries of HvLE logs for a hive with a valid base block:
// the log with the earlier entries first, then, where the numbers go on without
// a gap, the other. A log whose entries start before the hive's second
// sequence number is left from before.
func (o *opener) newLogs() (bool, error) {
	first, second := o.newPair()
	if first != nil && int32(first.Seq-o.head.seq2()) < 0 {
		first.Reason = fmt.Sprintf("its entries start with sequence number %d, before the hive's %d", first.Seq, o.head.seq2())
		first, second = second, nil
	}
	if first != nil && int32(first.Seq-o.head.seq2()) < 0 {
		first.Reason = fmt.Sprintf("its entries start with sequence number %d, before the hive's %d", first.Seq, o.head.seq2())
		first = nil
	}
	if first == nil {
		return false, nil
	}
	if len(first.Entries) == 0 {
		if second != nil {
			second.Reason = fmt.Sprintf("its entries come after those of %s, whose first one does not count", first.Log.Name)
		}
		return false, nil
	}
	o.use(first, first.Entries)
	if next := first.Entries[len(first.Entries)-1].Seq + 1; second != nil && second.Seq == next && len(second.Entries) > 0 {
		o.use(second, second.Entries)
	} else if second != nil && second.Seq != next {
		second.Reason = fmt.Sprintf("its entries start with sequence number %d, expected %d", second.Seq, next)
	}
	return true, o.finish(NeedsNewLogs, bytes.Clone(o.head))
}

// newBase takes the base block and the entries from the one HvLE log with the
// later entries: so does Windows, even where the other log's come just before.
func (o *opener) newBase() (bool, error) {
	first, second := o.newPair()
	if second != nil {
		first.Reason = "the base block of the hive is bad, and then Windows uses only the log with the latest entries"
		first = second
	}
	if first == nil || len(first.Entries) == 0 {
		return false, nil
	}
	o.use(first, first.Entries)
	return true, o.finish(NeedsBase, o.baseOf(first, sector))
}

// newPair gives the valid HvLE logs in the order of their numbers. A hive with
// .LOG1 and .LOG2 may have a .LOG from the installation, which does not count.
func (o *opener) newPair() (first, second *logFile) {
	a, b := o.valid(roleFirst, HvLE), o.valid(roleSecond, HvLE)
	switch {
	case a == nil && b == nil:
		return o.valid(roleSingle, HvLE), nil
	case a == nil:
		return b, nil
	case b == nil || int32(b.Seq-a.Seq) > 0:
		return a, b
	}
	return b, a
}

func (o *opener) valid(r role, format Format) *logFile {
	if f := o.logs[r]; f != nil && f.Valid && f.Format == format {
		return f
	}
	return nil
}

// oldLog takes the DIRT log that belongs to the write that the hive's base
// block is of.
func (o *opener) oldLog() (bool, error) {
	f := o.matching(o.head.time())
	if f == nil {
		return false, nil
	}
	o.use(f, f.Entries)
	return true, o.finish(NeedsOldLog, bytes.Clone(o.head))
}

// oldBase takes base block and pages from a DIRT log. The time stamp that it
// has to match is in the first hbin, too.
func (o *opener) oldBase() (bool, error) {
	b, err := readUpTo(o.r.file, baseSize, binHeader, o.r.fileSize)
	if err != nil {
		return false, fmt.Errorf("hive: %w", err)
	}
	if len(b) < binHeader || string(b[:4]) != "hbin" || le.Uint32(b[4:]) != 0 {
		return false, nil
	}
	f := o.matching(le.Uint64(b[20:]))
	if f == nil {
		return false, nil
	}
	o.use(f, f.Entries)
	return true, o.finish(NeedsBase, o.baseOf(f, f.head.sectorSize()))
}

// matching finds the DIRT log for a hive last written at time. Windows takes
// the first log with that time stamp. When the first log does not have it,
// Windows 8 (and 7 since March 2016) takes a second log that is newer than
// the first: it was written after a failed write and holds all changes since.
func (o *opener) matching(time uint64) *logFile {
	a, b := o.valid(roleFirst, Dirt), o.valid(roleSecond, Dirt)
	if a == nil && b == nil {
		a = o.valid(roleSingle, Dirt)
	}
	for _, f := range []*logFile{a, b} {
		if f == nil {
			continue
		}
		if f.head.time() == time {
			return f
		}
		f.Reason = fmt.Sprintf("it was written at %#x, the hive at %#x (FILETIME): it belongs to another write", f.head.time(), time)
	}
	if b != nil && b.head.time() > time && (a == nil || b.head.time() > a.head.time()) {
		b.Reason = ""
		return b
	}
	return nil
}

// alternate takes the copy in .ALT, which Windows NT 4 and 2000 write after
// the hive itself.
func (o *opener) alternate() (bool, error) {
	f := o.valid(roleAlt, Alternate)
	if f == nil {
		return false, nil
	}
	bins := f.head.bins()
	f.Entries = []Entry{{Off: baseSize, Size: bins, Seq: f.head.seq1(), BinsSize: bins, Pages: 1, writes: []write{{baseSize, bins, f, baseSize}}}}
	o.use(f, f.Entries)
	return true, o.finish(NeedsAlternate, bytes.Clone(f.head))
}

// baseOf makes the hive's base block from a log's first n bytes and, behind
// them, what the hive has there.
func (o *opener) baseOf(f *logFile, n int64) base {
	b := make(base, baseSize)
	copy(b, o.head)
	copy(b, f.head[:n])
	return b
}
