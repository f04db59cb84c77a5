package inf

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding"
)

// section is a section, or several with the same name.
type section struct {
	name  string
	lines []line
	index map[string]int // the first line with a key, in lower case
}

// line is an entry as it was written, tokens not replaced.
type line struct {
	no     int
	key    string // what stands before "="
	hasKey bool
	values []string
}

// value is the value of an index, "" when there is none.
func (l line) value(i int) string {
	if i < len(l.values) {
		return l.values[i]
	}
	return ""
}

// Parse reads an INF file. Errors wrap ErrNotINF or ErrSyntax, or come from r.
func Parse(r io.Reader) (*File, error) { return ParseANSI(r, nil) }

// ParseANSI reads an INF file that, if it is not marked as Unicode, is in a code
// page; nil is Windows-1252.
func ParseANSI(r io.Reader, page encoding.Encoding) (*File, error) {
	text, err := readText(r, page)
	if err != nil {
		return nil, err
	}
	if end := strings.IndexByte(text, 0x1a); end >= 0 {
		text = text[:end]
	}
	p := &parser{rest: text, f: &File{sections: map[string]*section{}}}
	for p.next() {
		if err := p.entry(); err != nil {
			// Of a file of another kind this is said first.
			if version := p.f.readVersion(); version != nil {
				err = fmt.Errorf("%w: %w", version, err)
			}
			return nil, err
		}
	}
	return p.f, p.f.readVersion()
}

// parser splits text into lines and lines into fields.
type parser struct {
	f       *File
	rest    string // behind the line
	text    string // the line, or what is left of it
	no      int    // its number
	current *section
	lines   int
	values  int
}

// next takes a line; false at the end.
func (p *parser) next() bool {
	if p.rest == "" {
		return false
	}
	end := strings.IndexAny(p.rest, "\r\n")
	if end < 0 {
		end = len(p.rest)
	}
	p.text, p.rest = p.rest[:end], p.rest[end:]
	if rest, ok := strings.CutPrefix(p.rest, "\r\n"); ok {
		p.rest = rest
	} else if p.rest != "" {
		p.rest = p.rest[1:]
	}
	p.no++
	return true
}

func (p *parser) bad(format string, args ...any) error {
	e := &Error{Line: p.no, Reason: fmt.Sprintf(format, args...)}
	if p.current != nil {
		e.Section = p.current.name
	}
	return e
}

const blank = " \t\x00\v\f"

// entry parses the line, and those that it goes on in.
func (p *parser) entry() error {
	p.text = strings.Trim(p.text, blank)
	if rest, ok := strings.CutPrefix(p.text, "["); ok {
		name, rest, ok := strings.Cut(rest, "]")
		if !ok {
			return p.bad("a section's name without ]")
		}
		if len(name) > 255 {
			return p.bad("a section's name of %d characters", len(name))
		}
		if err := p.begin(strings.Trim(name, blank)); err != nil {
			return err
		}
		p.text = strings.Trim(rest, blank)
	}
	if p.text == "" || p.text[0] == ';' {
		return nil
	}
	if p.current == nil {
		// Windows refuses such a file; what it says is clear all the same.
		if len(p.f.Notes) == 0 {
			p.f.Notes = append(p.f.Notes, &Error{Line: p.no, Reason: "text before the first section"})
		}
		return nil
	}
	l := line{no: p.no}
	for {
		s, end, err := p.field(!l.hasKey && len(l.values) == 0)
		if err != nil {
			return err
		}
		if end == '=' {
			l.key, l.hasKey = s, true
			continue
		}
		l.values = append(l.values, s)
		if p.values++; p.values > maxValues {
			return p.bad("more than %d values", maxValues)
		}
		if end == 0 {
			break
		}
	}
	if p.lines++; p.lines > maxLines {
		return p.bad("more than %d lines", maxLines)
	}
	if p.current.index == nil {
		p.current.index = map[string]int{}
	}
	if key := strings.ToLower(l.key); l.hasKey {
		if _, ok := p.current.index[key]; !ok {
			p.current.index[key] = len(p.current.lines)
		}
	}
	p.current.lines = append(p.current.lines, l)
	return nil
}

func (p *parser) begin(name string) error {
	key := strings.ToLower(name)
	if s := p.f.sections[key]; s != nil {
		p.current = s
		return nil
	}
	if len(p.f.order) == maxSections {
		return p.bad("more than %d sections", maxSections)
	}
	p.current = &section{name: name}
	p.f.sections[key] = p.current
	p.f.order = append(p.f.order, name)
	return nil
}

// field takes a field and what ends it: '=' if a key may come, ',', or 0 for
// the end of the entry.
func (p *parser) field(key bool) (string, byte, error) {
	var b strings.Builder
	keep := 0 // so many bytes of b are not blanks at its end
	p.text = strings.TrimLeft(p.text, blank)
	for {
		if b.Len() > maxField {
			return "", 0, p.bad("a value of more than %d characters", maxField)
		}
		if p.text == "" {
			return b.String()[:keep], 0, nil
		}
		c := p.text[0]
		switch {
		case c == ';':
			p.text = ""
			return b.String()[:keep], 0, nil
		case c == ',' || c == '=' && key:
			p.text = p.text[1:]
			return b.String()[:keep], c, nil
		case c == '"':
			p.quoted(&b)
			keep = b.Len()
		case c == '\\' && p.goesOn():
			p.next()
			p.text = strings.TrimLeft(p.text, blank)
		default:
			b.WriteByte(c)
			if p.text = p.text[1:]; !strings.ContainsRune(blank, rune(c)) {
				keep = b.Len()
			}
		}
	}
}

// quoted takes a string in quotes; it ends with the line at last.
func (p *parser) quoted(b *strings.Builder) {
	p.text = p.text[1:]
	for p.text != "" {
		s, rest, closed := strings.Cut(p.text, `"`)
		b.WriteString(s)
		p.text = rest
		if !closed || !strings.HasPrefix(rest, `"`) {
			return
		}
		b.WriteByte('"')
		p.text = rest[1:]
	}
}

// goesOn: the backslash is the last thing in the line but for blanks and a
// comment, and what follows can be the rest of an entry.
func (p *parser) goesOn() bool {
	rest := strings.TrimLeft(p.text[1:], blank)
	if rest != "" && rest[0] != ';' || p.rest == "" {
		return false
	}
	next := strings.TrimLeft(p.rest, blank)
	return next != "" && !strings.ContainsRune("[\r\n", rune(next[0]))
}
