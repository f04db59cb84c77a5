package explain

import (
	"math"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/condition"
)

// vocabulary knows the words of all signs and how telling each is: a word that
// many signs have says little.
type vocabulary struct {
	weight map[string]float64
	rare   float64 // weight of a word that is in one sign only, or in none
}

func newVocabulary(signs []condition.Sign) vocabulary {
	in := map[string]int{}
	for _, s := range signs {
		seen := map[string]bool{}
		for _, text := range wordings(s) {
			for _, w := range wordsOf(text) {
				if !seen[w] {
					seen[w] = true
					in[w]++
				}
			}
		}
	}
	v := vocabulary{weight: map[string]float64{}, rare: math.Log(1 + float64(len(signs)))}
	for w, n := range in {
		v.weight[w] = math.Log(1 + float64(len(signs))/float64(n))
		if filler(w) {
			v.weight[w] = v.rare / 50
		}
	}
	return v
}

// filler are words that tell nothing in any message.
func filler(word string) bool {
	return slices.Contains([]string{"a", "an", "the", "is", "are", "in", "of", "to", "or", "and", "with", "it", "its", "be", "has", "was", "on", "at",
		"my", "your", "i", "you", "me", "this", "that", "from", "by", "for", "says", "see", "get", "screen", "blue", "stop", "code", "error", "status",
		"pc", "computer", "windows", "message", "file", "no", "not"}, word)
}

func (v vocabulary) of(word string) float64 {
	if filler(word) {
		return v.rare / 50
	}
	if w, ok := v.weight[word]; ok {
		return w
	}
	return v.rare
}

func wordsOf(text string) []string {
	_, words := split(text)
	return words
}

// join puts words together that are one in the signs: "boot mgr", "nt ldr".
func (v vocabulary) join(words []string) []string {
	var all []string
	for i := 0; i < len(words); i++ {
		if i+1 < len(words) {
			if both := words[i] + words[i+1]; v.weight[both] > 0 {
				all = append(all, both)
				i++
				continue
			}
		}
		all = append(all, words[i])
	}
	return all
}

// likeness is how much the words are those of the sign, 0 to 1: most of what was
// typed is in it, or most of it is in what was typed.
func (v vocabulary) likeness(words []string, s condition.Sign) float64 {
	total := 0.0
	for _, w := range words {
		total += v.of(w)
	}
	if total < v.rare/2 {
		return 0 // nothing but fillers
	}
	best := 0.0
	for _, text := range wordings(s) {
		own := wordsOf(text)
		if len(own) == 0 || len(words) == 0 {
			continue
		}
		typed, sign := v.common(words, own), v.common(own, words)
		best = max(best, 0.8*typed+0.2*sign, 0.2*typed+0.8*sign)
	}
	return best
}

// common is the part of the words, by weight, that others have, too.
func (v vocabulary) common(words, others []string) float64 {
	var all, shared float64
	for _, w := range words {
		closest := 0.0
		for _, o := range others {
			closest = max(closest, closeness(w, o))
		}
		all += v.of(w)
		shared += closest * v.of(w)
	}
	if all == 0 {
		return 0
	}
	return shared / all
}

// closeness of two words: 1 for the same, less for a beginning or a typing error,
// 0 for others.
func closeness(a, b string) float64 {
	if a == b {
		return 1
	}
	short, long := a, b
	if len(short) > len(long) {
		short, long = long, short
	}
	if len(short) < 4 {
		return 0
	}
	if strings.HasPrefix(long, short) {
		return 0.7
	}
	allowed := 1
	if len(short) >= 7 {
		allowed = 2
	}
	if d := distance(a, b, allowed); d <= allowed {
		return 0.9 - 0.1*float64(d)
	}
	return 0
}

// distance is the number of letters to insert, drop, replace or exchange with
// their neighbour to get from a to b; more than limit where it is more.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
