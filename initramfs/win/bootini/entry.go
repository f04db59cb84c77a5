package bootini

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
)

// Entry is a line of [operating systems]: what to start, its title, switches.
// It stays valid while the file is edited.
type Entry struct {
	file *File
	line *line
}

// Path is the left side: an ARC path, or a file of C: that holds a boot sector.
func (e *Entry) Path() string {
	k, _, _ := e.line.keyValue()
	return k.of(e.line.text)
}

// ARC is the left side as an ARC path; a *NotARCError for other entries.
func (e *Entry) ARC() (ARC, error) { return ParseARC(e.Path()) }

// titleAndRest finds the title, without its quotes, and what follows. A title
// without quotes ends before the first switch.
func (e *Entry) titleAndRest() (title, rest span, quoted bool) {
	_, v, _ := e.line.keyValue()
	text := e.line.text
	end := len(text)
	if v.from < v.to && text[v.from] == '"' {
		title = span{v.from + 1, end}
		if n := bytes.IndexByte(text[v.from+1:end], '"'); n >= 0 {
			title.to = v.from + 1 + n
			return title, span{title.to + 1, end}, true
		}
		return title, span{end, end}, true
	}
	to := v.to
	for i := v.from; i < v.to; i++ {
		if text[i] == '/' && (i == v.from || strings.IndexByte(blanks, text[i-1]) >= 0) {
			to = i
			break
		}
	}
	return trim(text, span{v.from, to}), span{to, end}, false
}

// Title is what the menu shows, in the bytes of the file.
func (e *Entry) Title() string {
	t, _, _ := e.titleAndRest()
	return t.of(e.line.text)
}

// SetTitle replaces the title; quotes inside become apostrophes. A title
// without its closing quote is all of the line.
func (e *Entry) SetTitle(title string) {
	t, _, quoted := e.titleAndRest()
	title = oneLine(strings.ReplaceAll(title, `"`, "'"))
	switch {
	case !quoted:
		title = `"` + title + `"`
	case e.openTitle():
		title += `"`
	}
	e.line.replace(t, title)
}

// Switch is an option of an entry: "/noexecute=optin".
type Switch struct {
	Name  string // with the slash, as written
	Value string // behind the equals sign or colon; "" where there is none
	at    span
}

// Is compares the name without case; name has its slash.
func (s Switch) Is(name string) bool { return strings.EqualFold(s.Name, name) }

func (s Switch) String() string {
	if s.Value == "" {
		return s.Name
	}
	return s.Name + "=" + s.Value
}

// Switches lists the words behind the title that begin with a slash. Words in
// between that do not are kept and not listed.
func (e *Entry) Switches() (all []Switch) {
	_, rest, _ := e.titleAndRest()
	text := e.line.text
	for i := rest.from; i < rest.to; {
		if strings.IndexByte(blanks, text[i]) >= 0 {
			i++
			continue
		}
		j := i + 1
		for j < rest.to && strings.IndexByte(blanks, text[j]) < 0 && text[j] != '/' {
			j++
		}
		if text[i] == '/' {
			s := Switch{at: span{i, j}}
			s.Name = s.at.of(text)
			if n := strings.IndexAny(s.Name, "=:"); n > 0 {
				s.Name, s.Value = s.Name[:n], s.Name[n+1:]
			}
			all = append(all, s)
		}
		i = j
	}
	return all
}

// Switch finds a switch by its name with the slash.
func (e *Entry) Switch(name string) (Switch, bool) {
	for _, s := range e.Switches() {
		if s.Is(name) {
			return s, true
		}
	}
	return Switch{}, false
}

// ErrOpenTitle is returned for edits of an entry whose title has a quote at its
// start and none at its end: where the title ends is for SetTitle to say.
var ErrOpenTitle = errors.New("the title of the entry has no closing quote; give it a title first")

func (e *Entry) openTitle() bool {
	t, _, quoted := e.titleAndRest()
	return quoted && t.to == len(e.line.text)
}

// AddSwitch appends a switch with its slash behind the last word of the line.
// Nothing happens where the entry has it already with the same value; where it
// has another value, that is replaced. The error is ErrOpenTitle.
func (e *Entry) AddSwitch(text string) error {
	if e.openTitle() {
		return ErrOpenTitle
	}
	text = strings.TrimSpace(oneLine(text))
	name, value := text, ""
	if n := strings.IndexAny(text, "=:"); n > 0 {
		name, value = text[:n], text[n+1:]
	}
	if old, ok := e.Switch(name); ok {
		if !strings.EqualFold(old.Value, value) {
			e.line.replace(old.at, text)
		}
		return nil
	}
	end := len(bytes.TrimRight(e.line.text, blanks))
	e.line.replace(span{end, end}, " "+text)
	return nil
}

// RemoveSwitch removes every switch of that name with the blanks before it, and
// reports whether there was one.
func (e *Entry) RemoveSwitch(name string) (removed bool) {
	for {
		s, ok := e.Switch(name)
		if !ok {
			return removed
		}
		from := s.at.from
		for from > 0 && strings.IndexByte(blanks, e.line.text[from-1]) >= 0 {
			from--
		}
		e.line.replace(span{from, s.at.to}, "")
		removed = true
	}
}

// SetPartition replaces the number in partition(). Where default= names the
// entry it is for File.Retarget to let it follow.
func (e *Entry) SetPartition(n int) error {
	return e.setNumber(func(at arcSpans) span { return at.partition }, n)
}

// SetRDisk replaces the number in rdisk().
func (e *Entry) SetRDisk(n int) error {
	return e.setNumber(func(at arcSpans) span { return at.rdisk }, n)
}

func (e *Entry) setNumber(which func(arcSpans) span, n int) error {
	k, _, _ := e.line.keyValue()
	text, err := replaceNumber(e.Path(), which, n)
	if err == nil && text != e.Path() {
		e.line.replace(k, text)
	}
	return err
}

func replaceNumber(path string, which func(arcSpans) span, n int) (string, error) {
	_, at, err := parseARC(path)
	if err != nil {
		return "", err
	}
	s := which(at)
	return path[:s.from] + strconv.Itoa(n) + path[s.to:], nil
}

// Retarget lets an entry start from another partition or folder, and default=
// follow where it named the entry. Parts of the path that stay the same keep
// their bytes; what is no ARC path at all is written anew. The error is a
// *NotARCError for the entry of another system.
func (f *File) Retarget(e *Entry, to ARC) error {
	old := e.Path()
	text, err := retarget(old, to)
	if err != nil || text == old {
		return err
	}
	follow := f.DefaultEntry()
	k, _, _ := e.line.keyValue()
	e.line.replace(k, text)
	if follow != nil && follow.line == e.line {
		f.SetDefaultPath(text)
	}
	return nil
}

// retarget writes a path anew with as many of its bytes as possible.
func retarget(path string, to ARC) (string, error) {
	a, at, err := parseARC(path)
	switch {
	case err != nil && NamesOther(path):
		return "", err
	case err != nil: // no part of it can be kept
		return to.String(), nil
	}
	folder := path[at.device:]
	if !strings.EqualFold(strings.TrimRight(a.Path, `\`), strings.TrimRight(to.Path, `\`)) {
		folder = to.Path
	}
	if a.Access != to.Access {
		return to.Device() + folder, nil
	}
	out := path[:at.device]
	for _, c := range []struct {
		at       span
		old, new int64
		text     string
	}{ // from the back, so that places before stay
		{at.partition, int64(a.Partition), int64(to.Partition), strconv.Itoa(to.Partition)},
		{at.rdisk, int64(a.RDisk), int64(to.RDisk), strconv.Itoa(to.RDisk)},
		{at.disk, int64(a.Disk), int64(to.Disk), strconv.Itoa(to.Disk)},
		{at.adapter, int64(a.Adapter), int64(to.Adapter), adapterText(to)},
	} {
		if c.old != c.new {
			out = out[:c.at.from] + c.text + out[c.at.to:]
		}
	}
	return out + folder, nil
}

func adapterText(a ARC) string {
	s := a.Device()
	return s[strings.IndexByte(s, '(')+1 : strings.IndexByte(s, ')')]
}
