//go:build !lean

package answers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Parse reads an answer file. Warnings tell in words what of it is left out; the
// error is for a file of which nothing can be used.
func Parse(text []byte) (settings []Setting, warnings []string, err error) {
	if len(text) > MaxSize {
		return nil, nil, fmt.Errorf("the file is larger than %d bytes, so it is no answer file", MaxSize)
	}
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, []string{"the file is empty"}, nil
	case err != nil:
		return nil, nil, fmt.Errorf("the file is no YAML: %w", err)
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, nil, errors.New(`the file is no list of options; every line wants to be like "mode: auto"`)
	}
	p := parser{seen: map[string]bool{}}
	for pair := doc.Content[0].Content; len(pair) >= 2; pair = pair[2:] {
		p.option(pair[0], pair[1])
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		p.warnf(len(bytes.Split(text, []byte("\n"))), "what follows the first document is ignored")
	}
	return p.settings, p.warnings, nil
}

type parser struct {
	settings []Setting
	warnings []string
	seen     map[string]bool
}

func (p *parser) warnf(line int, format string, args ...any) {
	p.warnings = append(p.warnings, fmt.Sprintf("line %d: ", line)+fmt.Sprintf(format, args...))
}

func (p *parser) option(key, value *yaml.Node) {
	if key.Kind != yaml.ScalarNode || key.Value == "" {
		p.warnf(key.Line, "this is no option; ignored")
		return
	}
	if p.seen[key.Value] {
		p.warnf(key.Line, "%s is there a second time; ignored", key.Value)
		return
	}
	p.seen[key.Value] = true
	switch value.Kind {
	case yaml.ScalarNode:
		p.scalar(key.Value, value)
	case yaml.SequenceNode:
		if len(value.Content) == 0 {
			p.warnf(value.Line, "%s has no value; ignored", key.Value)
		}
		for _, v := range value.Content {
			if v.Kind != yaml.ScalarNode {
				p.warnf(v.Line, "%s: a value in the list is no text; ignored", key.Value)
				continue
			}
			p.scalar(key.Value, v)
		}
	default:
		p.warnf(value.Line, "%s: want a text or a list of texts; ignored", key.Value)
	}
}

func (p *parser) scalar(option string, v *yaml.Node) {
	if v.Tag == "!!null" || v.Value == "" {
		p.warnf(v.Line, "%s has no value; ignored", option)
		return
	}
	if strings.ContainsAny(v.Value, "\n\r\x00") || strings.ContainsAny(option, "=\n\r\x00") {
		p.warnf(v.Line, "%s has more than one line; ignored", option)
		return
	}
	p.settings = append(p.settings, Setting{option, v.Value, v.Line})
}
