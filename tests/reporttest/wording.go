package reporttest

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// most is how long a sentence of each kind may be: what is longer nobody reads at a
// console.
var most = map[string]int{"summary": 700, "advice": 600, "symptom": 200, "note": 500}

// noise is what a program says to its programmer.
var noise = []*regexp.Regexp{
	regexp.MustCompile(`0xc0[0-9a-f]{8}`),                    // a pointer
	regexp.MustCompile(`%![a-zA-Z(]`),                        // a format that went wrong
	regexp.MustCompile(`<nil>|&\{|\bmap\[|\bstruct \{`),      // a value of Go
	regexp.MustCompile(`goroutine|runtime error|\bpanic\b`),  // a crash
	regexp.MustCompile(`\b[a-z_]+\.go:[0-9]+`),               // a place in the source
	regexp.MustCompile(`\*[a-z]+\.[A-Z][A-Za-z]+`),           // a type
	regexp.MustCompile(`(^|: )(unexpected )?EOF\.?$`),        // an error that says nothing
	regexp.MustCompile(`context canceled|deadline exceeded`), // how it was ended, not why
	regexp.MustCompile(`(?i)^(error|warning|failed):`),       // a level instead of a sentence
}

// tone helps nobody, where the words are our own: a symptom is quoted from a screen.
var tone = regexp.MustCompile(`(?i)\bplease\b|\boops\b|!$`)

// badWording says what is wrong about a sentence of a kind ("summary", "advice",
// "symptom", "note").
func badWording(kind, text string) []string {
	var bad []string
	say := func(format string, args ...any) { bad = append(bad, fmt.Sprintf(format, args...)) }
	if n := utf8.RuneCountInString(text); n > most[kind] {
		say("%d characters, more than %d", n, most[kind])
	}
	if strings.TrimSpace(text) != text || strings.Contains(text, "  ") || strings.ContainsFunc(text, unicode.IsControl) {
		say("white space or control characters that do not belong there")
	}
	if kind != "symptom" {
		if !strings.HasSuffix(text, ".") {
			say("no full stop at the end")
		}
		if first, _ := utf8.DecodeRuneInString(text); unicode.IsLower(first) && !startsWithName(text) {
			say("begins with a small letter")
		}
		if m := tone.FindString(text); m != "" {
			say("%q: a tone that helps nobody", m)
		}
	}
	for _, re := range noise {
		if m := re.FindString(text); m != "" {
			say("%q is for programmers", m)
		}
	}
	return bad
}

// startsWithName: names of files, drivers and disks are spelled as they are.
func startsWithName(text string) bool {
	word, _, _ := strings.Cut(text, " ")
	return word == "bootmend" || strings.ContainsAny(word, `.\/0123456789`) || strings.Contains(text[:min(len(text), 80)], " partition ")
}
