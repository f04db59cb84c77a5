package pid1

import (
	"fmt"
	"slices"
	"strings"
)

// options are the names of all options, as Config.set knows them, and narrowing those
// by which somebody may have kept the image from writing, or from writing all.
var (
	options   = []string{"mode", "after", "machine", "only", "except", "action", "drivers", "report", "net", "answers", "ssh", "exit", "bitlocker-key"}
	narrowing = []string{"mode", "machine", "only", "except", "action", "answers"}
)

// unknown is the error for an option that there is not. One that looks like a typing
// error in an option that narrows what may be repaired counts as that: nothing is
// written without a person.
func (c *Config) unknown(param string) error {
	word, _, _ := strings.Cut(strings.ToLower(param), ":")
	meant := nearest(word, options)
	switch word {
	case string(ModeScan), string(ModeAsk), string(ModeShell), "readonly", "read-only", "dry-run":
		meant = "mode" // its value without its name
	case "exclude", "without":
		meant = "except"
	}
	if meant == "" {
		return fmt.Errorf("%s: unknown, ignored", param)
	}
	err := fmt.Errorf("%s: unknown, ignored; %s may be meant", param, meant)
	if slices.Contains(narrowing, meant) {
		return c.hold(err)
	}
	return err
}

// misspelt: a word of the kernel command line that was meant for us and is not of the
// form bootmend.OPTION.
func misspelt(word string) bool {
	key, _, _ := strings.Cut(word, "=")
	module, _, dotted := strings.Cut(key, ".")
	switch {
	case module == prefix:
		return !dotted
	case strings.HasPrefix(strings.ToLower(module), prefix):
		return true
	}
	return dotted && nearest(module, []string{prefix}) != ""
}

// prefix is what our options begin with on the kernel command line.
const prefix = "bootmend"

// nearest is the name that a person may have meant, "" for none.
func nearest(typed string, names []string) string {
	best, meant := 3, "" // more than two errors are another word
	for _, name := range names {
		if n := typingErrors(typed, name); n < best && n < len(name)-1 {
			best, meant = n, name
		}
	}
	return meant
}

// typingErrors is how many letters were left out, added, replaced or exchanged with the
// next one to make a of b (optimal string alignment).
func typingErrors(a, b string) int {
	const far = 1 << 10
	if len(a) > 64 || len(b) > 64 {
		return far
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replaced := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			rows[i][j] = min(replaced, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
