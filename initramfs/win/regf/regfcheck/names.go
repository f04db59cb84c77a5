package regfcheck

import (
	"fmt"
	"unicode/utf16"
)

// text shows a name to people: what cannot be shown is escaped.
func text(name []uint16) string {
	out := ""
	for _, r := range utf16.Decode(name) {
		if r < ' ' || r == 0xfffd {
			out += fmt.Sprintf("<%04x>", r)
			continue
		}
		out += string(r)
	}
	return out
}
