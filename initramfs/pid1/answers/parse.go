package answers

import "strings"

// MaxSize is the most that an answer file may have, in bytes.
const MaxSize = 64 << 10

// Setting is one option with one value.
type Setting struct {
	Option, Value string
	Line          int
}

// LeftOut is the option of what Lines tells about a part of the file that is not
// understood. No file has it: options have names.
const LeftOut = ""

// Lines is the form in which one process tells another: the place of the file,
// then a line OPTION=VALUE each, and a line =WARNING for what is left out.
func Lines(from string, settings []Setting, warnings []string) string {
	oneLine := strings.NewReplacer("\n", " ", "\r", " ")
	text := oneLine.Replace(from) + "\n"
	for _, w := range warnings {
		text += LeftOut + "=" + oneLine.Replace(w) + "\n"
	}
	for _, s := range settings {
		text += s.Option + "=" + s.Value + "\n"
	}
	return text
}

// ParseLines reads what Lines made.
func ParseLines(text string) (from string, settings []Setting) {
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		option, value, ok := strings.Cut(line, "=")
		switch {
		case i == 0:
			from = line
		case ok:
			settings = append(settings, Setting{Option: option, Value: value})
		}
	}
	return from, settings
}
