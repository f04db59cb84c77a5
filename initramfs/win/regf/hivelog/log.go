package hivelog

import (
	"fmt"
	"io"
	"strings"
)

// Log is a file beside the hive: SYSTEM.LOG, SYSTEM.LOG1, SYSTEM.LOG2 or
// SYSTEM.ALT. The end of the name, in any case, says which.
type Log struct {
	Name string
	R    io.ReaderAt
	Size int64
}

// Format is the kind of a log's content.
type Format string

// The formats of logs.
const (
	Empty     Format = "empty"               // no bytes, or nothing but zeros in the first sector
	Dirt      Format = "DIRT"                // up to Windows 8: a bitmap of sectors and the sectors
	HvLE      Format = "HvLE"                // since Windows 8.1: entries with hashes
	Alternate Format = "copy of the hive"    // .ALT of Windows NT 4 and 2000
	Unknown   Format = "not a log of a hive" // anything else
)

// role is what a log is by its name.
type role int

const (
	roleSingle role = iota // .LOG
	roleFirst              // .LOG1
	roleSecond             // .LOG2
	roleAlt                // .ALT
	roles
)

func roleOf(name string) (role, error) {
	for r, suffix := range [roles]string{".LOG", ".LOG1", ".LOG2", ".ALT"} {
		if strings.HasSuffix(strings.ToUpper(name), suffix) {
			return role(r), nil
		}
	}
	return 0, fmt.Errorf("%q is no log of a hive: the name ends in none of .LOG, .LOG1, .LOG2, .ALT", name)
}

// LogInfo is what there is to say about a log, whether it is used or not.
type LogInfo struct {
	Name    string
	Format  Format
	Valid   bool   // Windows would consider it if the hive needed it
	Reason  string // why it is not valid or not used; a sentence's end
	Seq     uint32 // of its base block: the first entry's number, or of the write
	Entries []Entry
}

// Entry is one entry of a HvLE log, or all of a DIRT log.
type Entry struct {
	Off      int64  // in the log
	Size     int64  // bytes in the log
	Seq      uint32 // the hive's sequence number with it
	Flags    uint32 // bit 0: see Pending
	BinsSize int64  // size of the hbins with it
	Pages    int    // runs of sectors that it changes
	writes   []write
}

// logFile is an opened log.
type logFile struct {
	Log
	LogInfo
	role role
	head base
}

// openLog reads the head of a log and, where it is valid, its directory. Only
// input/output errors are errors.
func openLog(l Log) (*logFile, error) {
	r, err := roleOf(l.Name)
	if err != nil {
		return nil, err
	}
	f := &logFile{Log: l, LogInfo: LogInfo{Name: l.Name}, role: r}
	head, err := readUpTo(l.R, 0, baseSize, l.Size)
	if err != nil {
		return nil, fmt.Errorf("log %s: %w", l.Name, err)
	}
	f.head = head
	switch {
	case zero(head[:min(sector, len(head))]):
		f.Format, f.Reason = Empty, "it is empty"
		return f, nil
	case len(head) < sector || string(head[:4]) != "regf":
		f.Format, f.Reason = Unknown, f.head.faults()
		return f, nil
	}
	f.Seq = f.head.seq1()
	if r == roleAlt {
		err = f.openAlternate()
	} else if f.head.fileType() == 6 {
		err = f.openNew()
	} else {
		err = f.openOld()
	}
	if err != nil {
		return nil, fmt.Errorf("log %s: %w", l.Name, err)
	}
	return f, nil
}

// openAlternate judges a full copy of the hive.
func (f *logFile) openAlternate() error {
	f.Format = Alternate
	// Type 1 is reserved for it in memory and may reach the disk.
	if f.Reason = f.head.faults(0, 1); f.Reason != "" {
		return nil
	}
	switch {
	case len(f.head) < baseSize || f.head.bins()+baseSize > f.Size:
		f.Reason = fmt.Sprintf("it has %d bytes, its hbins end at %d", f.Size, f.head.bins()+baseSize)
	case f.head.seq1() != f.head.seq2():
		f.Reason = fmt.Sprintf("its sequence numbers differ (%d, %d): it was being written", f.head.seq1(), f.head.seq2())
	default:
		f.Valid = true
	}
	return nil
}

func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
