package inf

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// File is a parsed INF file.
type File struct {
	// Version is the section of that name, its strings in no particular language.
	Version Version
	// Notes are about lines that Windows refuses or passes over.
	Notes []*Error

	sections map[string]*section
	order    []string // names of sections
}

// Sections lists the names of all sections in their order.
func (f *File) Sections() []string { return slices.Clone(f.order) }

// section finds a section without regard to case; nil when there is none.
func (f *File) section(name string) *section { return f.sections[strings.ToLower(name)] }

// find gives the first entry with a key.
func (s *section) find(key string) (line, bool) {
	if s != nil {
		if i, ok := s.index[strings.ToLower(key)]; ok {
			return s.lines[i], true
		}
	}
	return line{}, false
}

// LangID is a language of Windows, e.g. 0x0409; 0 is none in particular.
type LangID uint16

const (
	english      LangID = 0x0409
	maxLanguages        = 100
)

// dict replaces tokens by strings.
type dict struct {
	f     *File
	first []*section // sections of strings, the first one that has a token counts
}

// strings gives the sections of strings for a language: its own, that of its
// primary language, the general one, US English, any.
func (f *File) strings(lang LangID) dict {
	d := dict{f: f}
	add := func(name string) {
		if s := f.section(name); s != nil && !slices.Contains(d.first, s) {
			d.first = append(d.first, s)
		}
	}
	if lang != 0 {
		add(fmt.Sprintf("Strings.%04x", uint16(lang)))
		add(fmt.Sprintf("Strings.%04x", uint16(lang&0x3ff)))
		add(fmt.Sprintf("Strings.%04x", uint16(lang&0x3ff|0x400)))
	}
	add("Strings")
	add(fmt.Sprintf("Strings.%04x", uint16(english)))
	for _, name := range f.order {
		if len(d.first) == maxLanguages {
			break
		}
		if strings.HasPrefix(strings.ToLower(name), "strings.") {
			add(name)
		}
	}
	return d
}

func (d dict) lookup(token string) (string, bool) {
	for _, s := range d.first {
		if l, ok := s.find(token); ok {
			return l.value(0), true
		}
	}
	return "", false
}

// text replaces the %tokens% of a field, once. Numbers and tokens that are not
// defined stay as they are; %% is a percent sign.
func (d dict) text(field string) string {
	if !strings.Contains(field, "%") {
		return field
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(field, "%")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		token, after, closed := strings.Cut(rest, "%")
		s, known := "%", closed && token == ""
		if closed && token != "" {
			s, known = d.lookup(token)
		}
		switch {
		case !closed, b.Len()+len(s) > maxField:
			b.WriteString("%" + rest)
			return b.String()
		case known:
			b.WriteString(s)
			field = after
		default: // the second sign may begin a token
			b.WriteString("%" + token)
			field = "%" + after
			if _, err := strconv.Atoi(token); err == nil {
				b.WriteString("%")
				field = after
			}
		}
	}
}

// values replaces the tokens of all values of a line from an index on.
func (d dict) values(l line, from int) []string {
	var all []string
	for i := from; i < len(l.values); i++ {
		all = append(all, d.text(l.values[i]))
	}
	return all
}

// names are the values that are not empty: a comma at the end is frequent.
func (d dict) names(l line) []string {
	return slices.DeleteFunc(d.values(l, 0), func(s string) bool { return s == "" })
}

// number parses decimal, 0x and negative numbers; "" is 0. A 0 in front does not
// make it octal.
func number(s string) (uint32, error) {
	if s == "" {
		return 0, nil
	}
	digits, base := strings.ToLower(strings.TrimSpace(s)), 10
	if hex, ok := strings.CutPrefix(digits, "0x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseInt(digits, base, 64)
	if err != nil || n < -1<<31 || n > 1<<32-1 {
		return 0, fmt.Errorf("%q is no number of 32 bits", s)
	}
	return uint32(n), nil
}
