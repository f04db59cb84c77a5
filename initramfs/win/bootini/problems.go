package bootini

import (
	"fmt"
	"strings"
)

// Problem is something that NTLDR stumbles over, or does otherwise than the
// file says.
type Problem string

// The problems. What depends on the disks (whether a path leads to a Windows)
// is not judged here.
const (
	Unreadable     Problem = "not-text"               // UTF-16, or zeros
	ByteOrderMark  Problem = "byte-order-mark"        // UTF-8: the first line is not seen
	NoLoader       Problem = "no-boot-loader-section" // NTLDR starts its default folder
	NoSystems      Problem = "no-operating-systems-section"
	NoEntries      Problem = "no-entries"
	NoDefault      Problem = "no-default"
	DefaultUnknown Problem = "default-unknown" // names no entry
	DefaultTwice   Problem = "default-twice"   // several values that differ
	BadTimeout     Problem = "bad-timeout"
	BadPath        Problem = "bad-path" // an entry that is neither ARC path nor file
	NotBIOS        Problem = "multi-not-bios"
	PartitionZero  Problem = "partition-zero"
	OpenTitle      Problem = "open-title" // no closing quote
)

// Finding is a problem with what is said about it.
type Finding struct {
	Problem Problem
	Text    string
	Entry   *Entry // nil where it concerns no entry
}

// Problems lists what is wrong with the file by itself, worst first.
func (f *File) Problems() (all []Finding) {
	add := func(p Problem, e *Entry, format string, args ...any) {
		all = append(all, Finding{p, fmt.Sprintf(format, args...), e})
	}
	if f.NotText() {
		add(Unreadable, nil, "boot.ini is UTF-16 or holds zeros; NTLDR reads one byte for each character")
		return all
	}
	if f.bom != "" && f.hidesLine() {
		add(ByteOrderMark, nil, "boot.ini begins with a byte order mark, so that NTLDR does not see its first line")
	}
	if !f.hasSection(labelLoader) {
		add(NoLoader, nil, "there is no [boot loader] section")
	}
	if !f.hasSection(labelSystems) {
		add(NoSystems, nil, "there is no [operating systems] section")
	}
	entries := f.Entries()
	if len(entries) == 0 {
		add(NoEntries, nil, "there is no entry")
	}
	f.checkDefault(add)
	if v, ok := f.get(labelLoader, "timeout"); ok {
		if _, isNumber := f.Timeout(); !isNumber {
			add(BadTimeout, nil, "timeout=%s is no number", v)
		}
	}
	for _, e := range entries {
		checkEntry(e, add)
	}
	return all
}

// hidesLine reports whether the first line says something, which a byte order mark
// before it spoils.
func (f *File) hidesLine() bool {
	return len(f.lines) > 0 && !f.lines[0].blank() && !f.lines[0].comment()
}

func (f *File) checkDefault(add func(Problem, *Entry, string, ...any)) {
	lines := f.find(labelLoader, "default")
	if len(lines) == 0 {
		add(NoDefault, nil, "there is no default=")
		return
	}
	first, _ := f.Default()
	for _, l := range lines[1:] {
		if _, v, _ := l.keyValue(); !strings.EqualFold(v.of(l.text), first) {
			add(DefaultTwice, nil, "default= is given twice, as %s and as %s", first, v.of(l.text))
			break
		}
	}
	if f.DefaultEntry() == nil {
		add(DefaultUnknown, nil, "default=%s is the left side of no entry", first)
	}
}

func checkEntry(e *Entry, add func(Problem, *Entry, string, ...any)) {
	a, err := e.ARC()
	if e.openTitle() {
		add(OpenTitle, e, "entry %q: the title has no closing quote", e.Path())
	}
	switch {
	case err != nil && !isFile(e.Path()):
		add(BadPath, e, "entry %q: %v", e.Title(), err)
	case err != nil:
	case a.Partition == 0:
		add(PartitionZero, e, "entry %q: partitions count from 1", e.Title())
	case a.Access == Multi && (a.Adapter != 0 || a.Disk != 0):
		add(NotBIOS, e, "entry %q: with multi() the numbers of adapter and disk are always 0", e.Title())
	}
}
