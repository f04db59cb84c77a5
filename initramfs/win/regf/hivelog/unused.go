package hivelog

import (
	"fmt"
	"io"
	"strings"
)

// Unused is what a log of a hive that is not clean holds and the replay does
// not take. Windows does not take it either, and writes its next entries over it.
type Unused struct {
	Log     string
	Entries []Entry // whole, by place in the log; of a DIRT log the one that there is
	Broken  int     // entries whose head or pages are not what their hashes say
	Reason  string  // why; a sentence's end
}

// Numbers names the sequence numbers of the entries: "2107", "2108-2110, 2113".
func (u Unused) Numbers() string {
	var all []string
	for i := 0; i < len(u.Entries); {
		j := i + 1
		for j < len(u.Entries) && u.Entries[j].Seq == u.Entries[j-1].Seq+1 {
			j++
		}
		one := fmt.Sprint(u.Entries[i].Seq)
		if j > i+1 {
			one += fmt.Sprintf("-%d", u.Entries[j-1].Seq)
		}
		all, i = append(all, one), j
	}
	return strings.Join(all, ", ")
}

// String says it in a sentence.
func (u Unused) String() string {
	var what []string
	if n := len(u.Entries); n > 0 {
		what = append(what, fmt.Sprintf("%d whole entries (%s)", n, u.Numbers()))
	}
	if u.Broken > 0 {
		what = append(what, fmt.Sprintf("%d damaged or half-written entries", u.Broken))
	}
	return fmt.Sprintf("log %s holds %s that are not used: %s", u.Log, strings.Join(what, " and "), u.Reason)
}

// WholeUnused is how many whole entries the replay leaves out. Writing the hive
// then loses them for good: its sequence number rises above theirs.
func (r *Replay) WholeUnused() int {
	n := 0
	for _, u := range r.Unused {
		n += len(u.Entries)
	}
	return n
}

// findUnused fills Replay.Unused. A clean hive has nothing to lose: Windows has
// written all that its logs hold, or would not look at it.
func (o *opener) findUnused() error {
	if o.r.State == Clean || o.r.State == NeedsAlternate {
		return nil
	}
	taken := map[uint32]bool{}
	for _, u := range o.r.Used {
		for _, e := range u.Entries {
			taken[e.Seq] = true
		}
	}
	for _, f := range o.logs {
		if f == nil || f.role == roleAlt || f.Format == Empty {
			continue
		}
		u := Unused{Log: f.LogInfo.Name, Reason: f.Reason}
		if f.role == roleSingle && (o.valid(roleFirst, HvLE) != nil || o.valid(roleSecond, HvLE) != nil) {
			u.Reason = "a hive with .LOG1 and .LOG2 does not use it"
		}
		if f.Format == Dirt {
			o.unusedDirt(f, &u)
		} else if err := o.unusedEntries(f, taken, &u); err != nil {
			return fmt.Errorf("log %s: %w", f.LogInfo.Name, err)
		}
		if len(u.Entries)+u.Broken > 0 {
			o.r.Unused = append(o.r.Unused, u)
			o.reason("%v", u)
		}
	}
	return nil
}

// unusedDirt: a log of the old format that is older than the hive was left by a
// write that was completed.
func (o *opener) unusedDirt(f *logFile, u *Unused) {
	if !f.Valid || o.used(f) || o.head.faults(0) == "" && f.head.time() <= o.head.time() {
		return
	}
	u.Entries = f.Entries
	if u.Reason == "" {
		u.Reason = "another log has the time stamp of the hive"
	}
}

func (o *opener) used(f *logFile) bool {
	for _, u := range o.r.Used {
		if u.Name == f.LogInfo.Name {
			return true
		}
	}
	return false
}

// unusedEntries looks for entries at every sector, as maxSeq does, whether the
// log's own base block is valid or not. Numbers never fall, so that what was left
// from an earlier use of the log begins where they do. The hive's own numbers do
// not tell: Windows may write it and leave them as they were (partial
// reconcile), as it did with the real hive of the tests.
func (o *opener) unusedEntries(f *logFile, taken map[uint32]bool, u *Unused) error {
	seen := int64(0) // where the last whole entry ends
	last, known := f.Seq, f.Valid
	budget := 4*f.Size + 16 // bytes to hash: heads can be made that all claim the rest of the log
	buf := make([]byte, 128<<10)
	for off := int64(sector); off < f.Size; off += int64(len(buf)) {
		n, err := f.R.ReadAt(buf[:min(int64(len(buf)), f.Size-off)], off)
		if err != nil && err != io.EOF {
			return fmt.Errorf("read at %#x: %w", off, err)
		}
		for i := 0; i+entryHead <= n; i += sector {
			at, b := off+int64(i), buf[i:i+entryHead]
			if at < seen || !f.startsEntry(b, at) {
				continue
			}
			seq := le.Uint32(b[12:])
			if Marvin32(b[:32]) == le.Uint64(b[32:]) {
				if known && int32(seq-last) < 0 {
					return nil
				}
				last, known = seq, true
			}
			if taken[seq] || !o.recent(seq) {
				continue
			}
			budget -= int64(le.Uint32(b[4:]))
			e, fault := Entry{}, "too many entries claim the same bytes"
			if budget > 0 {
				if e, fault, err = f.entry(at); err != nil {
					return err
				}
			}
			if fault != "" {
				u.Broken++
				continue
			}
			e.writes = nil
			u.Entries, seen = append(u.Entries, e), at+e.Size
		}
	}
	return nil
}

// startsEntry tells the head of an entry: one whose hash is right, or, right
// behind the log's last entry that counts, one that was to be the next.
func (f *logFile) startsEntry(b []byte, at int64) bool {
	isNext := f.Valid && at == f.end()
	if string(b[:4]) != "HvLE" {
		size := le.Uint32(b[4:])
		return isNext && le.Uint32(b[12:]) == f.Seq+uint32(len(f.Entries)) && size >= sector && size%sector == 0
	}
	return isNext || Marvin32(b[:32]) == le.Uint64(b[32:])
}

// end is where the entries that count end.
func (f *logFile) end() int64 {
	if n := len(f.Entries); n > 0 {
		return f.Entries[n-1].Off + f.Entries[n-1].Size
	}
	return sector
}

// recent: the hive has not what has this number. A bad base block does not tell.
func (o *opener) recent(seq uint32) bool {
	return o.head.faults(0) != "" || int32(seq-o.head.seq2()) >= 0
}
