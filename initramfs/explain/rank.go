package explain

import (
	"cmp"
	"slices"

	"github.com/bootmend/bootmend/initramfs/condition"
)

// Ranked is a condition that may have made what a person saw.
type Ranked struct {
	ID      string
	Title   string // of the condition
	Why     string // in what circumstances it is likely, "" where the title says all
	Symptom string // the message or stop code that was recognised
}

// Scores. A code is certain, words are a likeness between 0 and 1.
const (
	firstCode = 2.0  // the first code of the text: the stop code
	laterCode = 0.45 // another one: mostly a parameter of the first
	enough    = 0.5  // likeness from which on words count as recognised
	alike     = 0.05 // signs this close to each other count as equal
)

// match is a sign and how well the text fits it.
type match struct {
	sign  condition.Sign
	score float64
}

// Rank returns the conditions that make what text tells of, most likely first;
// nil where nothing is recognised. The text may be a stop code in any spelling
// ("7b", "0x0000007B", "STOP: c000021a"), its name, a message or a part of one,
// with typing errors, or all that stood on the screen.
func Rank(text string) []Ranked {
	matches := recognise(text)
	var all []Ranked
	for len(matches) > 0 {
		n := 1
		for n < len(matches) && matches[0].score-matches[n].score < alike {
			n++
		}
		all = appendCauses(all, matches[:n])
		matches = matches[n:]
	}
	return all
}

// appendCauses takes the most likely cause of each of the signs, which fit
// equally well, then the second ones, and so on.
func appendCauses(all []Ranked, signs []match) []Ranked {
	for i, more := 0, true; more; i++ {
		more = false
		for _, m := range signs {
			if i >= len(m.sign.Causes) {
				continue
			}
			more = true
			cause := m.sign.Causes[i]
			if slices.ContainsFunc(all, func(r Ranked) bool { return r.ID == cause.ID }) {
				continue
			}
			c, _ := condition.ByID(cause.ID) // a test sees to it that there is one
			all = append(all, Ranked{ID: c.ID, Title: c.Title, Why: cause.When, Symptom: m.sign.Shown})
		}
	}
	return all
}

// recognise returns the signs that the text tells of, best first.
func recognise(text string) []match {
	signs := condition.Signs()
	codes, words := split(text)
	v := newVocabulary(signs)
	asked := v.join(words)
	var all []match
	known := false
	for _, s := range signs {
		code := codeScore(codes, s)
		m := match{s, code + v.likeness(asked, s)}
		if code == firstCode {
			known = true
		}
		if m.score >= enough {
			all = append(all, m)
		}
	}
	if known {
		// Words beside a code that is known are there to tell its messages apart.
		all = slices.DeleteFunc(all, func(m match) bool { return m.score < 1 })
	}
	slices.SortStableFunc(all, func(a, b match) int { return cmp.Compare(b.score, a.score) })
	return all
}

// codeScore says how much the sign is about the codes of the text.
func codeScore(codes []uint32, s condition.Sign) float64 {
	if len(codes) == 0 {
		return 0
	}
	own := codesOf(s)
	switch {
	case slices.Contains(own, codes[0]):
		return firstCode
	case slices.ContainsFunc(codes[1:], func(c uint32) bool { return slices.Contains(own, c) }):
		return laterCode
	}
	return 0
}

func wordings(s condition.Sign) []string { return append([]string{s.Shown}, s.Others...) }

func codesOf(s condition.Sign) []uint32 {
	var all []uint32
	for _, text := range wordings(s) {
		codes, _ := split(text)
		all = append(all, codes...)
	}
	return all
}
