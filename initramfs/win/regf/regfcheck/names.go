package regfcheck

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// text shows a name to people: what cannot be shown is escaped.
func text(name []uint16) string {
	var out strings.Builder
	for _, r := range utf16.Decode(name) {
		if r < ' ' || r == 0xfffd {
			fmt.Fprintf(&out, "<%04x>", r)
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}
