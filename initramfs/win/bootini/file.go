package bootini

import (
	"strconv"
	"strings"
)

// Names of the sections, as they are written and as they are compared.
const (
	labelLoader  = "boot loader"
	labelSystems = "operating systems"
)

// File is a boot.ini.
type File struct {
	ini
}

// Parse reads a boot.ini. It keeps no part of data.
func Parse(data []byte) *File { return &File{parseINI(data)} }

// New is a boot.ini with a timeout in seconds and nothing to start yet.
func New(timeout int) *File {
	f := Parse([]byte("[" + labelLoader + "]\r\n[" + labelSystems + "]\r\n"))
	f.SetTimeout(timeout)
	return f
}

// Timeout is how long the menu waits, in seconds; -1 is for ever. ok is false
// where the file does not say, or not by a number.
func (f *File) Timeout() (seconds int, ok bool) {
	v, ok := f.get(labelLoader, "timeout")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(v)
	return n, err == nil
}

// SetTimeout sets it.
func (f *File) SetTimeout(seconds int) {
	f.set(labelLoader, labelLoader, "timeout", strconv.Itoa(seconds))
}

// Default is the value of default=, which has to be the left side of an entry.
func (f *File) Default() (string, bool) { return f.get(labelLoader, "default") }

// DefaultEntry is the first entry that Default names, nil if there is none.
func (f *File) DefaultEntry() *Entry {
	want, ok := f.Default()
	if !ok {
		return nil
	}
	for _, e := range f.Entries() {
		if strings.EqualFold(e.Path(), want) {
			return e
		}
	}
	return nil
}

// SetDefault makes an entry the one that starts when the time is over. Of two
// entries with the same left side NTLDR takes the first, whatever is meant.
func (f *File) SetDefault(e *Entry) { f.set(labelLoader, labelLoader, "default", e.Path()) }

// SetDefaultPath is SetDefault for a path that no entry has (yet).
func (f *File) SetDefaultPath(path string) { f.set(labelLoader, labelLoader, "default", path) }

// Option is a further value of [boot loader]: "redirect", "redirectbaudrate".
func (f *File) Option(key string) (string, bool) { return f.get(labelLoader, key) }

// SetOption sets a value of [boot loader].
func (f *File) SetOption(key, value string) { f.set(labelLoader, labelLoader, key, value) }

// RemoveOption deletes every line of [boot loader] that sets the value, and
// reports whether there was one.
func (f *File) RemoveOption(key string) bool { return f.remove(labelLoader, key) }

// Entries lists what the menu offers, in its order.
func (f *File) Entries() (all []*Entry) {
	for _, l := range f.lines {
		if _, _, ok := l.keyValue(); ok && l.section == labelSystems {
			all = append(all, &Entry{f, l})
		}
	}
	return all
}

// Add appends an entry: what it starts, its title in the bytes of the file's
// code page, and switches with their slashes.
func (f *File) Add(path, title string, switches ...string) *Entry {
	if !f.hasSection(labelSystems) {
		f.insert(len(f.lines), "["+labelSystems+"]", labelSystems).header = true
	}
	text := path + `="` + strings.ReplaceAll(title, `"`, "'") + `"`
	for _, s := range switches {
		text += " " + s
	}
	return &Entry{f, f.insert(f.behind(labelSystems), oneLine(text), labelSystems)}
}

// AddCopy appends a copy of an entry under another title, byte for byte but for
// that and the switches: the second choice with another HAL, say. The error is
// ErrOpenTitle.
func (f *File) AddCopy(of *Entry, title string, switches ...string) (*Entry, error) {
	if of.openTitle() {
		return nil, ErrOpenTitle
	}
	e := &Entry{f, f.insert(f.behind(labelSystems), string(of.line.text), labelSystems)}
	e.SetTitle(title)
	for _, s := range switches {
		if err := e.AddSwitch(s); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// oneLine keeps a text from becoming two lines, or the end of the file. It goes
// by bytes: the text is of no known code page.
func oneLine(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c == '\r' || c == '\n' || c == ctrlZ || c == 0 {
			b[i] = ' '
		}
	}
	return string(b)
}
