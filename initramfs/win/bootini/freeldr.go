package bootini

import (
	"strconv"
	"strings"
)

const labelFreeLoader = "freeloader"

// FreeLdr is a freeldr.ini.
type FreeLdr struct {
	ini
}

// ParseFreeLdr reads a freeldr.ini. It keeps no part of data.
func ParseFreeLdr(data []byte) *FreeLdr { return &FreeLdr{parseINI(data)} }

// Get is a value of a section, without the quotes around it; names are compared
// without case.
func (f *FreeLdr) Get(section, key string) (string, bool) {
	v, ok := f.get(strings.ToLower(section), key)
	return unquote(v), ok
}

// Set gives a key another value; where it had quotes, the new value has them.
// A key, or section, that is not there is added.
func (f *FreeLdr) Set(section, key, value string) {
	value = oneLine(value)
	if old, ok := f.get(strings.ToLower(section), key); ok {
		if unquote(old) == value {
			return
		}
		if unquote(old) != old {
			value = `"` + value + `"`
		}
	}
	f.set(strings.ToLower(section), section, key, value)
}

func unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// Default is DefaultOS: the name of the entry that starts by itself.
func (f *FreeLdr) Default() (string, bool) { return f.Get(labelFreeLoader, "DefaultOS") }

// SetDefault sets DefaultOS.
func (f *FreeLdr) SetDefault(name string) { f.Set("FREELOADER", "DefaultOS", name) }

// Timeout is TimeOut in seconds.
func (f *FreeLdr) Timeout() (seconds int, ok bool) {
	v, ok := f.Get(labelFreeLoader, "TimeOut")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(v)
	return n, err == nil
}

// System is an entry of the menu with its section.
type System struct {
	Name       string // of the section
	Title      string
	BootType   string // "Windows2003", "Windows", "BootSector", ...
	SystemPath string // ARC path
	Options    string
}

// ARC is SystemPath as an ARC path.
func (s System) ARC() (ARC, error) { return ParseARC(s.SystemPath) }

// Systems lists the menu in its order. An entry whose section is missing has
// only name and title.
func (f *FreeLdr) Systems() (all []System) {
	for _, l := range f.lines {
		k, v, ok := l.keyValue()
		if !ok || l.section != labelSystems {
			continue
		}
		s := System{Name: unquote(k.of(l.text)), Title: unquote(v.of(l.text))}
		s.BootType, _ = f.Get(s.Name, "BootType")
		s.SystemPath, _ = f.Get(s.Name, "SystemPath")
		s.Options, _ = f.Get(s.Name, "Options")
		all = append(all, s)
	}
	return all
}

// SetSystemPath lets an entry start from another partition or folder; only the
// numbers that differ change; what is no ARC path is written anew.
func (f *FreeLdr) SetSystemPath(name string, to ARC) error {
	old, ok := f.Get(name, "SystemPath")
	if !ok {
		f.Set(name, "SystemPath", to.String())
		return nil
	}
	text, err := retarget(old, to)
	if err != nil {
		return err
	}
	f.Set(name, "SystemPath", text)
	return nil
}

// SetOptions sets the options of an entry, each with its slash.
func (f *FreeLdr) SetOptions(name, options string) { f.Set(name, "Options", options) }
