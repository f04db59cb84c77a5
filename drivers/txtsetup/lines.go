package txtsetup

import (
	"fmt"
	"strings"
)

type section struct{ lines []line }

type line struct {
	no     int
	key    string
	values []string
}

func (l line) value(i int) string {
	if i < len(l.values) {
		return l.values[i]
	}
	return ""
}

// find gives the first line with a key.
func (s *section) find(key string) (line, bool) {
	if s != nil {
		for _, l := range s.lines {
			if strings.EqualFold(l.key, key) {
				return l, true
			}
		}
	}
	return line{}, false
}

const blank = " \t\x00\r\v\f"

// split fills sections. Control-Z ends the text.
func (f *File) split(text string) error {
	text, _, _ = strings.Cut(text, "\x1a")
	var current *section
	no, entries := 0, 0
	for text != "" {
		var s string
		s, text, _ = strings.Cut(text, "\n")
		s = strings.Trim(s, blank)
		if no++; s == "" || s[0] == '#' || s[0] == ';' {
			continue
		}
		if rest, ok := strings.CutPrefix(s, "["); ok {
			name, _, ok := strings.Cut(rest, "]")
			if !ok {
				return &Error{no, "a section's name without ]"}
			}
			current = f.begin(strings.Trim(name, blank))
			continue
		}
		if current == nil {
			return &Error{no, "text before the first section"}
		}
		l, err := parseLine(s)
		if err != nil {
			return &Error{no, err.Error()}
		}
		if entries++; entries > maxLines {
			return &Error{no, fmt.Sprintf("more than %d lines", maxLines)}
		}
		l.no = no
		current.lines = append(current.lines, l)
	}
	return nil
}

func (f *File) begin(name string) *section {
	key := strings.ToLower(name)
	if f.sections[key] == nil {
		f.sections[key] = &section{}
		f.order = append(f.order, name)
	}
	return f.sections[key]
}

// parseLine parses key = value, value, ... with quotes and a comment behind.
func parseLine(s string) (line, error) {
	var l line
	var b strings.Builder
	hasKey, quoted := false, false
	keep := 0 // so many bytes of b came in quotes
	end := func() {
		v := b.String()
		l.values = append(l.values, v[:keep]+strings.TrimRight(v[keep:], blank))
		b.Reset()
		keep = 0
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"': // blanks around it are outside of the value
			if !quoted {
				b.Reset()
			}
			quoted = !quoted
			if keep = b.Len(); !quoted {
				i = skip(s, i+1) - 1
			}
		case quoted:
			b.WriteByte(c)
		case c == '=' && !hasKey:
			l.key, hasKey = strings.Trim(b.String(), blank), true
			b.Reset()
			keep = 0
		case c == ',':
			end()
		case c == '#' || c == ';':
			i = len(s)
		case b.Len() > 0 || !strings.ContainsRune(blank, rune(c)):
			b.WriteByte(c)
		}
	}
	if !hasKey {
		return l, fmt.Errorf("no = in %.40q", s)
	}
	end()
	return l, nil
}

// skip gives the next place that is not blank.
func skip(s string, i int) int {
	for i < len(s) && strings.IndexByte(blank, s[i]) >= 0 {
		i++
	}
	return i
}
