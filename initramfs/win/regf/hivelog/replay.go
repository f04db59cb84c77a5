package hivelog

import (
	"errors"
	"fmt"
	"io"
	"math"
)

// State says what Windows would do with the hive, and so what we do.
type State string

// The states of a hive.
const (
	// Clean: base block valid, sequence numbers equal. Windows uses the file as
	// it is and does not look at logs, whatever they hold.
	Clean State = "clean"
	// NeedsOldLog: a DIRT log completes it.
	NeedsOldLog State = "needs its log (DIRT)"
	// NeedsNewLogs: entries of one or two HvLE logs complete it.
	NeedsNewLogs State = "needs its logs (HvLE)"
	// NeedsBase: the base block is bad; a log gives both it and the pages.
	NeedsBase State = "base block is bad, a log has it"
	// NeedsAlternate: Windows NT 4 and 2000: the copy in .ALT is complete and
	// the hive is not.
	NeedsAlternate State = "the alternate copy takes its place"
	// NoLog: the base block is valid but says that a write was not completed,
	// and no log applies. The hive is as it was before that write or amidst of
	// it; only looking at all of it (package regfcheck) can tell. See Accept.
	NoLog State = "not clean and no log applies"
	// Lost: neither the file nor its logs give a hive.
	Lost State = "cannot be recovered from its logs"
)

// UsedLog is a log that Replay took, with the entries that it took.
type UsedLog struct {
	Name    string
	Format  Format
	Entries []Entry
}

// ErrNoSequence: there is no sequence number above those in the hive and its logs.
var ErrNoSequence = errors.New("no sequence number is left")

// Replay is a hive together with what its logs add.
type Replay struct {
	State   State
	Reasons []string // one sentence each, why it is in this state
	Used    []UsedLog
	Unused  []Unused  // what else the logs of a hive that is not clean hold
	Logs    []LogInfo // all logs that were given
	// MaxSeq is the highest sequence number in the hive and in its logs, valid
	// or not. See NextSeq. Numbers wrap around: one that is more than half of all
	// numbers above the hive's is below it.
	MaxSeq uint32
	// DropLogs lets NextSeq pass over the logs of a clean hive, which do not count.
	DropLogs bool
	maxIn    string // the log that has it, "" for the hive
	ownSeq   uint32 // the highest in the hive itself
	// BinsSize and Size, in bytes, are those of the hive after the replay.
	// Size is that of the file; it may have a tail behind the hbins.
	BinsSize, Size int64

	file     io.ReaderAt
	fileSize int64
	view     *overlay
}

// Open finds out in what state a hive of size bytes is and lays over it what
// Windows would take from its logs. It reads the base blocks and, when the
// hive is not clean, all of the logs; the hive only as far as it must. Memory
// is about 40 bytes for each page in the logs. Errors are input/output errors
// or name a log that is none; damage of any kind is a State.
func Open(hive io.ReaderAt, size int64, logs []Log) (*Replay, error) {
	head, err := readUpTo(hive, 0, baseSize, size)
	if err != nil {
		return nil, fmt.Errorf("hive: %w", err)
	}
	o := &opener{head: head, r: &Replay{file: hive, fileSize: size, Size: size}}
	for _, l := range logs {
		f, err := openLog(l)
		if err != nil {
			return nil, err
		}
		if o.logs[f.role] != nil {
			return nil, fmt.Errorf("logs %s and %s are the same by their names", o.logs[f.role].Log.Name, l.Name)
		}
		o.logs[f.role] = f
	}
	if err := o.sequence(); err != nil {
		return nil, err
	}
	if err := o.decide(); err != nil {
		return nil, err
	}
	if err := o.findUnused(); err != nil {
		return nil, err
	}
	for _, f := range o.logs {
		if f != nil {
			o.r.Logs = append(o.r.Logs, f.LogInfo)
		}
	}
	return o.r, nil
}

// Reader gives the hive after the replay, Size bytes: clean, with a sequence
// number above all others where anything was replayed. In the states NoLog and
// Lost it is the file as it is.
func (r *Replay) Reader() io.ReaderAt {
	if r.view == nil {
		return io.NewSectionReader(r.file, 0, r.fileSize)
	}
	return r.view
}

// Usable reports whether Reader gives a hive as Windows would have it.
func (r *Replay) Usable() bool { return r.State != NoLog && r.State != Lost }

// Replayed reports whether anything is taken from a log.
func (r *Replay) Replayed() bool { return r.view != nil }

// NextSeq is the sequence number for the next write of the hive, higher than
// any that Windows could meet in a log. An error means that there is none, and
// says what to do.
func (r *Replay) NextSeq() (uint32, error) {
	highest, in := r.MaxSeq, r.maxIn
	if r.DropLogs && r.State == Clean {
		highest, in = r.ownSeq, ""
	}
	switch {
	case highest < math.MaxUint32-1:
		return highest + 1, nil
	case in == "":
		return 0, fmt.Errorf("%w: the hive has %d", ErrNoSequence, highest)
	case r.State == Clean:
		return 0, fmt.Errorf("%w: the log %s has the sequence number %d; the hive is clean, so that the log does not count: "+
			"move it away, or go on with --drop-logs", ErrNoSequence, in, highest)
	}
	return 0, fmt.Errorf("%w: the log %s has the sequence number %d: the logs must be emptied before the hive is written", ErrNoSequence, in, highest)
}

// Accept turns NoLog into a usable hive: the contents of the file with a clean
// base block. It is for callers that read all of it and found it whole. The
// changes of the write that was not completed are lost or present; nobody can
// tell.
func (r *Replay) Accept() (*Replay, error) {
	if r.State != NoLog {
		return nil, fmt.Errorf("a hive in state %q cannot be accepted as it is", r.State)
	}
	head, err := readUpTo(r.file, 0, baseSize, r.fileSize)
	if err != nil {
		return nil, err
	}
	c := *r
	o := &opener{head: head, r: &c}
	return &c, o.lay(head, nil, r.BinsSize)
}

type opener struct {
	r    *Replay
	head base
	logs [roles]*logFile
}

func (o *opener) reason(format string, args ...any) {
	o.r.Reasons = append(o.r.Reasons, fmt.Sprintf(format, args...))
}

// sequence finds MaxSeq.
func (o *opener) sequence() error {
	r := o.r
	sound := o.head.faults(0) == ""
	if sound {
		r.ownSeq = o.head.seq1()
		if int32(o.head.seq2()-r.ownSeq) > 0 {
			r.ownSeq = o.head.seq2()
		}
		r.MaxSeq = r.ownSeq
	}
	for _, f := range o.logs {
		if f == nil {
			continue
		}
		err := f.eachSeq(func(n uint32) {
			higher := n > r.MaxSeq
			if sound { // both are counted from the hive's, MaxSeq not being below it
				higher = int64(int32(n-r.ownSeq)) > int64(r.MaxSeq-r.ownSeq)
			}
			if higher {
				r.MaxSeq, r.maxIn = n, f.LogInfo.Name
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// decide chooses the state.
func (o *opener) decide() error {
	fault := o.head.faults(0)
	if len(o.head) < baseSize {
		fault = fmt.Sprintf("it has only %d bytes", o.r.fileSize)
	}
	if fault != "" {
		o.reason("the hive itself cannot be used: %s", fault)
		return o.badBase()
	}
	o.r.BinsSize = o.head.bins()
	if o.head.seq1() == o.head.seq2() {
		o.r.State = Clean
		if end := baseSize + o.r.BinsSize; end > o.r.fileSize {
			o.r.State = Lost
			o.reason("the base block is clean, but the hbins end at %#x and the file at %#x; logs do not count for a clean hive", end, o.r.fileSize)
		}
		return nil
	}
	o.reason("the sequence numbers of the hive differ (%d, %d): its last changes are in its logs or a write was not completed", o.head.seq1(), o.head.seq2())
	for _, try := range []func() (bool, error){o.newLogs, o.oldLog, o.alternate} {
		if done, err := try(); done || err != nil {
			return err
		}
	}
	o.r.State = NoLog
	o.whyNot()
	return nil
}

// badBase looks for a log that has the base block.
func (o *opener) badBase() error {
	for _, try := range []func() (bool, error){o.newBase, o.oldBase, o.alternate} {
		if done, err := try(); done || err != nil {
			return err
		}
	}
	o.r.State = Lost
	o.whyNot()
	return nil
}

func (o *opener) whyNot() {
	any := false
	for _, f := range o.logs {
		if f == nil {
			continue
		}
		any = true
		if f.Reason == "" {
			f.Reason = "it does not apply"
		}
		o.reason("log %s is not used: %s", f.Log.Name, f.Reason)
	}
	if !any {
		o.reason("there are no logs")
	}
}

// use takes entries of a log.
func (o *opener) use(f *logFile, entries []Entry) {
	o.r.Used = append(o.r.Used, UsedLog{f.Log.Name, f.Format, entries})
	if len(entries) > 0 {
		last := entries[len(entries)-1]
		o.reason("log %s gives %d entries up to sequence number %d", f.Log.Name, len(entries), last.Seq)
	}
}

// finish lays what was taken over the hive, with head as its base block, and
// demands that the hbins then follow each other without a gap.
func (o *opener) finish(state State, head base) error {
	var writes []write
	bins := head.bins()
	for _, u := range o.r.Used {
		for _, e := range u.Entries {
			writes = append(writes, e.writes...)
			bins = e.BinsSize
			if u.Format == HvLE {
				head.setLocked(e.Flags)
			}
		}
	}
	if err := o.lay(head, writes, bins); err != nil {
		o.r.State = Lost
		o.reason("%v", err)
		return nil
	}
	o.r.State = state
	fault := o.r.view.hole()
	if fault == "" {
		var err error
		if fault, err = chain(o.r.view, bins); err != nil {
			return fmt.Errorf("hive: %w", err)
		}
	}
	if fault != "" {
		o.r.State, o.r.view, o.r.Size = Lost, nil, o.r.fileSize
		o.reason("what the logs give is no whole hive: %s", fault)
	}
	return nil
}

// lay makes the view.
func (o *opener) lay(head base, writes []write, bins int64) error {
	r := o.r
	seq, err := r.NextSeq()
	if err != nil {
		return err
	}
	head.set(offType, 0)
	head.set(offBins, uint32(bins))
	head.setSeq(seq)
	head.seal()
	r.BinsSize, r.Size = bins, max(r.fileSize, baseSize+bins)
	limit := int64(baseSize)
	for _, w := range writes {
		limit = max(limit, w.to+w.n)
	}
	r.view = &overlay{file: r.file, fileSize: r.fileSize, size: r.Size, head: head, writes: flatten(writes, limit)}
	return nil
}

// chain walks the headers of the hbins.
func chain(r io.ReaderAt, bins int64) (fault string, err error) {
	var b [12]byte
	for off := int64(0); off < bins; {
		if err := readFull(r, b[:], baseSize+off); err != nil {
			return "", err
		}
		size := int64(le.Uint32(b[8:]))
		if string(b[:4]) != "hbin" || int64(le.Uint32(b[4:])) != off || size == 0 || size%binUnit != 0 || off+size > bins {
			return fmt.Sprintf("at %#x an hbin should start, there is % x", baseSize+off, b), nil
		}
		off += size
	}
	return "", nil
}
