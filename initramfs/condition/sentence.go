package condition

import "strings"

// inSentences makes summary and advice whole sentences: what a detector puts together
// from parts, or ends with an error, has a full stop too, and no space at its ends.
func inSentences(f Finding) Finding {
	f.Summary, f.Advice = sentence(f.Summary), sentence(f.Advice)
	return f
}

func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}
