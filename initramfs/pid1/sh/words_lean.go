//go:build lean

package sh

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// token is a word of a line, or an operator.
type token struct {
	text     string
	operator bool
	pattern  string // text with quoted wildcards escaped, where it has others; else ""
}

func (t token) separates() bool {
	return t.operator && (t.text == ";" || t.text == "&&" || t.text == "||")
}

// lastCode stands for $? in a word until the commands before it have run.
const lastCode = "\x00"

// expand gives the files that a pattern stands for, or the word itself.
func (t token) expand(last int) []string {
	if t.pattern != "" {
		if found, err := filepath.Glob(t.pattern); err == nil && len(found) > 0 {
			return found
		}
	}
	return []string{strings.ReplaceAll(t.text, lastCode, strconv.Itoa(last))}
}

// splitter takes a line apart.
type splitter struct {
	line          string
	at            int
	tokens        []token
	word, pattern strings.Builder
	inWord, wild  bool
}

// split gives the words and operators of a line.
func split(line string) ([]token, error) {
	p := &splitter{line: strings.TrimRight(line, "\r\n")}
	for p.at < len(p.line) {
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	p.end()
	return p.tokens, nil
}

func (p *splitter) next() error {
	c := p.line[p.at]
	switch c {
	case ' ', '\t', '\n':
		p.end()
		p.at++
	case '\'', '"':
		return p.quoted(c)
	case '\\':
		if p.at+1 < len(p.line) {
			p.add(p.line[p.at+1:p.at+2], true)
		}
		p.at += 2
	case '$':
		return p.variable(false)
	case '#':
		if p.inWord {
			p.add("#", false)
			p.at++
			break
		}
		p.at = len(p.line)
	case ';', '|', '&', '<', '>':
		return p.operator()
	case '`', '(', ')', '{', '}':
		return fmt.Errorf("%w: %c", errSyntax, c)
	default:
		p.wild = p.wild || strings.IndexByte("*?[", c) >= 0
		p.add(p.line[p.at:p.at+1], false)
		p.at++
	}
	return nil
}

// add adds to the word; quoted wildcards stand for themselves.
func (p *splitter) add(text string, quoted bool) {
	p.inWord = true
	p.word.WriteString(text)
	for _, c := range []byte(text) {
		if quoted && strings.IndexByte(`*?[\`, c) >= 0 {
			p.pattern.WriteByte('\\')
		}
		p.pattern.WriteByte(c)
	}
}

func (p *splitter) end() {
	if p.inWord {
		t := token{text: p.word.String()}
		if p.wild {
			t.pattern = p.pattern.String()
		}
		p.tokens = append(p.tokens, t)
	}
	p.word.Reset()
	p.pattern.Reset()
	p.inWord, p.wild = false, false
}

func (p *splitter) quoted(quote byte) error {
	p.add("", true)
	for p.at++; p.at < len(p.line); p.at++ {
		switch c := p.line[p.at]; {
		case c == quote:
			p.at++
			return nil
		case c == '$' && quote == '"':
			if err := p.variable(true); err != nil {
				return err
			}
			p.at--
		case c == '\\' && quote == '"' && p.at+1 < len(p.line) && strings.IndexByte("\"\\$`", p.line[p.at+1]) >= 0:
			p.at++
			p.add(p.line[p.at:p.at+1], true)
		default:
			p.add(p.line[p.at:p.at+1], true)
		}
	}
	return fmt.Errorf("%w: a quote has no end", errSyntax)
}

// variable puts the value of $NAME or $? into the word; its value is not split.
func (p *splitter) variable(quoted bool) error {
	rest := p.line[p.at+1:]
	if strings.HasPrefix(rest, "?") {
		p.add(lastCode, true)
		p.at += 2
		return nil
	}
	if strings.HasPrefix(rest, "(") || strings.HasPrefix(rest, "{") {
		return fmt.Errorf("%w: $%c", errSyntax, rest[0])
	}
	n := 0
	for n < len(rest) && (rest[n] == '_' || rest[n] >= '0' && rest[n] <= '9' || rest[n] >= 'A' && rest[n] <= 'Z' || rest[n] >= 'a' && rest[n] <= 'z') {
		n++
	}
	if n == 0 {
		p.add("$", true)
	} else if value := os.Getenv(rest[:n]); value != "" || quoted {
		p.add(value, true)
	}
	p.at += 1 + n
	return nil
}

func (p *splitter) operator() error {
	rest := p.line[p.at:]
	for _, o := range []string{"&&", "||", ">>", ";", "|", "<", ">"} {
		if !strings.HasPrefix(rest, o) {
			continue
		}
		if o == ">" && p.word.String() == "2" {
			p.word.Reset()
			p.inWord = false
			o = "2>"
			p.at--
		}
		p.end()
		p.tokens = append(p.tokens, token{text: o, operator: true})
		p.at += len(o)
		return nil
	}
	return fmt.Errorf("%w: a command in the background (&)", errSyntax)
}
