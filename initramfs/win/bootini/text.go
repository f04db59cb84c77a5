package bootini

import (
	"bytes"
	"slices"
	"strings"
)

// ctrlZ ends a text for DOS and its heirs.
const ctrlZ = 0x1A

// utf8BOM is what editors put before a text; NTLDR takes it for a part of the
// first line.
const utf8BOM = "\xEF\xBB\xBF"

// line is a line with its end, as it is in the file.
type line struct {
	text    []byte // without the end
	end     string // "\r\n", "\n", "\r"; "" for a last line without one
	section string // lower case name of the section that the line is in; "" before the first
	header  bool   // the line begins the section
}

// ini is a text in sections, kept byte for byte.
type ini struct {
	bom   string
	lines []*line
	tail  []byte // ctrl-Z and what follows
}

func parseINI(data []byte) ini {
	var f ini
	if bytes.HasPrefix(data, []byte(utf8BOM)) {
		f.bom, data = utf8BOM, data[len(utf8BOM):]
	}
	if z := bytes.IndexByte(data, ctrlZ); z >= 0 {
		f.tail, data = bytes.Clone(data[z:]), data[:z]
	}
	section := ""
	for len(data) > 0 {
		l := &line{section: section}
		n := bytes.IndexAny(data, "\r\n")
		switch {
		case n < 0:
			n = len(data)
		case bytes.HasPrefix(data[n:], []byte("\r\n")):
			l.end = "\r\n"
		default:
			l.end = string(data[n : n+1])
		}
		l.text, data = bytes.Clone(data[:n]), data[n+len(l.end):]
		if name, ok := sectionName(l.text); ok {
			section = name
			l.section, l.header = name, true
		}
		f.lines = append(f.lines, l)
	}
	return f
}

// sectionName reads "[name]"; what follows the bracket is ignored.
func sectionName(text []byte) (string, bool) {
	t := bytes.TrimLeft(text, blanks)
	if !bytes.HasPrefix(t, []byte("[")) {
		return "", false
	}
	name, _, ok := bytes.Cut(t[1:], []byte("]"))
	return strings.ToLower(string(bytes.Trim(name, blanks))), ok
}

// Bytes is the file.
func (f *ini) Bytes() []byte {
	var b bytes.Buffer
	b.WriteString(f.bom)
	for _, l := range f.lines {
		b.Write(l.text)
		b.WriteString(l.end)
	}
	b.Write(f.tail)
	return b.Bytes()
}

// NotText reports whether the file is UTF-16 or holds zeros before its end: what
// the loader makes of it is not what the file says, and a line added to it in one
// byte for each character would spoil it for everybody. It must not be edited.
func (f *ini) NotText() bool {
	raw := f.Bytes()
	return f.UTF16() || bytes.IndexByte(raw[:len(raw)-len(f.tail)], 0) >= 0
}

// UTF16 reports whether the file begins with a byte order mark of UTF-16.
func (f *ini) UTF16() bool {
	raw := f.Bytes()
	return bytes.HasPrefix(raw, []byte("\xFF\xFE")) || bytes.HasPrefix(raw, []byte("\xFE\xFF"))
}

const blanks = " \t"

// span is a part of a line's text.
type span struct{ from, to int }

func (s span) of(text []byte) string { return string(text[s.from:s.to]) }

// trim takes the blanks off both ends of a span.
func trim(text []byte, s span) span {
	for s.from < s.to && strings.IndexByte(blanks, text[s.from]) >= 0 {
		s.from++
	}
	for s.to > s.from && strings.IndexByte(blanks, text[s.to-1]) >= 0 {
		s.to--
	}
	return s
}

// keyValue splits "key = value" at the first equals sign, blanks left out. A
// line without one, a comment and a header are none.
func (l *line) keyValue() (key, value span, ok bool) {
	if l.header || l.comment() {
		return span{}, span{}, false
	}
	eq := bytes.IndexByte(l.text, '=')
	if eq < 0 {
		return span{}, span{}, false
	}
	key = trim(l.text, span{0, eq})
	return key, trim(l.text, span{eq + 1, len(l.text)}), key.to > key.from
}

func (l *line) comment() bool {
	t := bytes.TrimLeft(l.text, blanks)
	return len(t) > 0 && t[0] == ';'
}

func (l *line) blank() bool { return len(bytes.Trim(l.text, blanks)) == 0 }

// replace puts other bytes in the place of a span.
func (l *line) replace(s span, with string) {
	l.text = slices.Concat(l.text[:s.from], []byte(with), l.text[s.to:])
}

// find lists the lines of a section that give the key.
func (f *ini) find(section, key string) (all []*line) {
	for _, l := range f.lines {
		if k, _, ok := l.keyValue(); ok && l.section == section && strings.EqualFold(k.of(l.text), key) {
			all = append(all, l)
		}
	}
	return all
}

// get is the value of the first line that gives the key.
func (f *ini) get(section, key string) (string, bool) {
	for _, l := range f.find(section, key) {
		_, v, _ := l.keyValue()
		return v.of(l.text), true
	}
	return "", false
}

// set changes every line that gives the key, so that it does not matter which
// of several is believed; without one it adds a line behind the others of the
// section, or the section before all others.
func (f *ini) set(section, label, key, value string) {
	all := f.find(section, key)
	for _, l := range all {
		if _, v, _ := l.keyValue(); v.of(l.text) != value {
			l.replace(v, value)
		}
	}
	if len(all) > 0 {
		return
	}
	if !f.hasSection(section) {
		f.insert(f.firstHeader(), "["+label+"]", section).header = true
	}
	f.insert(f.behind(section), key+"="+value, section)
}

// remove deletes every line that gives the key, and reports whether there was
// one.
func (f *ini) remove(section, key string) bool {
	all := f.find(section, key)
	f.lines = slices.DeleteFunc(f.lines, func(l *line) bool { return slices.Contains(all, l) })
	return len(all) > 0
}

func (f *ini) hasSection(section string) bool {
	return slices.ContainsFunc(f.lines, func(l *line) bool { return l.header && l.section == section })
}

// firstHeader is the index of the first section, or the end: a header in front
// of lines that belong to no section would take them in.
func (f *ini) firstHeader() int {
	if i := slices.IndexFunc(f.lines, func(l *line) bool { return l.header }); i >= 0 {
		return i
	}
	return len(f.lines)
}

// behind is the place for another line of the section: after its last line
// that is not blank, in its first occurrence.
func (f *ini) behind(section string) int {
	start := slices.IndexFunc(f.lines, func(l *line) bool { return l.header && l.section == section })
	at := start + 1
	for i := start + 1; i < len(f.lines) && !f.lines[i].header; i++ {
		if !f.lines[i].blank() {
			at = i + 1
		}
	}
	return at
}

// insert puts a line before index i, with the line end of its neighbours.
func (f *ini) insert(i int, text, section string) *line {
	end := f.lineEnd(i)
	if i > 0 && f.lines[i-1].end == "" {
		f.lines[i-1].end = end
		end = "" // the file goes on ending without one
	}
	l := &line{text: []byte(text), end: end, section: section}
	f.lines = slices.Insert(f.lines, i, l)
	return l
}

// lineEnd is what lines around i end in.
func (f *ini) lineEnd(i int) string {
	for j := min(i, len(f.lines)) - 1; j >= 0; j-- {
		if f.lines[j].end != "" {
			return f.lines[j].end
		}
	}
	for _, l := range f.lines {
		if l.end != "" {
			return l.end
		}
	}
	return "\r\n"
}
