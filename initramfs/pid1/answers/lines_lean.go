//go:build lean

package answers

import (
	"errors"
	"fmt"
	"strings"
)

// Parse reads an answer file. It knows of YAML what these files need: options with a
// text, with a list in brackets, or with a list below; comments; quoted texts.
// Warnings tell in words what of it is left out; the error is for a file of which
// nothing can be used.
func Parse(text []byte) (settings []Setting, warnings []string, err error) {
	if len(text) > MaxSize {
		return nil, nil, fmt.Errorf("the file is larger than %d bytes, so it is no answer file", MaxSize)
	}
	p := parser{seen: map[string]bool{}}
	lines := strings.Split(strings.TrimPrefix(string(text), "\ufeff"), "\n")
	for i, line := range lines {
		if err := p.line(i+1, strings.TrimRight(line, "\r \t")); err != nil {
			return nil, nil, fmt.Errorf("the file is no list of options: line %d: %w", i+1, err)
		}
	}
	p.end()
	if len(p.seen) == 0 && len(p.warnings) == 0 {
		p.warnings = []string{"the file is empty"}
	}
	return p.settings, p.warnings, nil
}

type parser struct {
	settings []Setting
	warnings []string
	seen     map[string]bool
	// open is the option whose list may follow in the next lines; skip: it is left out.
	open     string
	openLine int
	items    int
	skip     bool
}

func (p *parser) warnf(line int, format string, args ...any) {
	p.warnings = append(p.warnings, fmt.Sprintf("line %d: ", line)+fmt.Sprintf(format, args...))
}

var errShape = errors.New(`want "option: value", "option: [a, b]", or "- value" below an option`)

func (p *parser) line(n int, line string) error {
	bare := strings.TrimLeft(line, " ")
	switch {
	case bare == "" || bare[0] == '#' || n == 1 && bare == "---":
		return nil
	case strings.HasPrefix(bare, "- "):
		if p.open == "" {
			return errShape
		}
		p.items++
		return p.value(n, p.open, strings.TrimSpace(bare[2:]))
	case bare != line || strings.ContainsAny(line, "\t\x00"):
		return errShape
	}
	p.end()
	option, value, ok := strings.Cut(line, ":")
	if !ok || option == "" || strings.ContainsAny(option, " \"'[]{}&*!|>%@`,#=") || value != "" && value[0] != ' ' {
		return errShape
	}
	p.skip = p.seen[option]
	if p.skip {
		p.warnf(n, "%s is there a second time; ignored", option)
	}
	p.seen[option] = true
	value = strings.TrimSpace(value)
	switch {
	case value == "" || value[0] == '#':
		p.open, p.openLine, p.items = option, n, 0
		return nil
	case value[0] == '[':
		return p.list(n, option, value)
	}
	return p.value(n, option, value)
}

// end closes a list.
func (p *parser) end() {
	if p.open != "" && p.items == 0 {
		p.warnf(p.openLine, "%s has no value; ignored", p.open)
	}
	p.open = ""
}

// list takes values in brackets on one line.
func (p *parser) list(n int, option, text string) error {
	text = text[1:]
	for {
		value, rest, err := scalar(text, ",]")
		if err != nil {
			return err
		}
		if rest == "" {
			return errors.New("the list has no end")
		}
		if value == "" && rest[0] == ']' {
			p.warnf(n, "%s: a value of the list is empty; ignored", option)
		} else {
			p.add(n, option, value)
		}
		text = rest[1:]
		if rest[0] == ']' {
			break
		}
	}
	return comment(text)
}

func (p *parser) value(n int, option, text string) error {
	value, rest, err := scalar(text, "")
	if err != nil {
		return err
	}
	p.add(n, option, value)
	return comment(rest)
}

func (p *parser) add(n int, option, value string) {
	if p.skip {
		return
	}
	if value == "" || value == "~" || value == "null" {
		p.warnf(n, "%s has no value; ignored", option)
		return
	}
	p.settings = append(p.settings, Setting{option, value, n})
}

// comment is what may follow a value.
func comment(rest string) error {
	if rest = strings.TrimSpace(rest); rest != "" && rest[0] != '#' {
		return errShape
	}
	return nil
}

// scalar cuts a text off, up to one of the ends or a comment. What this parser does
// not take the way YAML does is an error.
func scalar(text, ends string) (value, rest string, err error) {
	text = strings.TrimLeft(text, " ")
	if text == "" {
		return "", "", nil
	}
	if q := text[0]; q == '"' || q == '\'' {
		value, rest, ok := strings.Cut(text[1:], string(q))
		if !ok || strings.Contains(value, `\`) && q == '"' || strings.HasPrefix(rest, "'") {
			return "", "", errors.New("this small bootmend does not understand such quotes")
		}
		return value, strings.TrimLeft(rest, " "), nil
	}
	if strings.ContainsRune("&*!|>%@`{[", rune(text[0])) || strings.Contains(text, ": ") {
		return "", "", errors.New("this small bootmend takes plain and quoted texts only")
	}
	end := len(text)
	if i := strings.Index(text, " #"); i >= 0 {
		end = i
	}
	if i := strings.IndexAny(text, ends); i >= 0 && ends != "" {
		end = min(end, i)
	}
	return strings.TrimRight(text[:end], " "), text[end:], nil
}
