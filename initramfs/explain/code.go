package explain

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// split takes a text apart into the codes in it, in their order, and the words
// that are none, in lower case.
func split(text string) (codes []uint32, words []string) {
	fields := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, field := range fields {
		before := ""
		if i > 0 {
			before = fields[i-1]
		}
		if code, ok := codeOf(field, before, len(fields)); ok {
			if !slices.Contains(codes, code) {
				codes = append(codes, code)
			}
			continue
		}
		words = append(words, field)
	}
	return codes, words
}

// codeOf reads a word as a stop code or status: 0x7b, 7Bh, 0000007b, and where the
// word before, or the want of others, says that it is meant as one, 7b.
func codeOf(word, before string, words int) (code uint32, ok bool) {
	digits, marked := strings.CutPrefix(word, "0x")
	if !marked {
		digits, marked = strings.CutPrefix(word, "ox") // as it is typed off a screen
	}
	if !marked && len(word) > 1 {
		if cut, has := strings.CutSuffix(word, "h"); has && strings.ContainsAny(cut, "0123456789") {
			digits, marked = cut, true
		}
	}
	announced := slices.Contains([]string{"stop", "code", "stopcode", "error", "status", "bugcheck", "bsod", "bluescreen"}, before)
	number := strings.ContainsAny(digits, "0123456789")
	switch {
	case marked, len(digits) == 8 && number, words == 1, announced && (number || len(digits) == 2), words == 2 && number:
	default:
		return 0, false
	}
	value, err := strconv.ParseUint(digits, 16, 64)
	if err != nil {
		return 0, false
	}
	if value>>32 == 0xFFFFFFFF {
		value &= 0xFFFFFFFF // a status, extended to 64 bits
	}
	if value>>32 != 0 {
		return 0, false
	}
	if value>>16 == 0x1000 {
		value &= 0xFFFF // the same stop code, told from a dump: 0x1000007E
	}
	return uint32(value), true
}
