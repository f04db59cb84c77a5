package console

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/console/terminal"
)

// span is text of one style.
type span struct {
	style terminal.Style
	text  string
}

// row is a line of a page. item is the number of the entry that it belongs to,
// none where it belongs to none.
type row struct {
	spans []span
	item  int
}

const none = -1

// page lines are two columns narrower than the screen.
const textWidth = terminal.Width - 2

// rows collects the lines of a page.
type rows struct {
	list []row
	item int // of the lines to come
}

func newRows() *rows { return &rows{item: none} }

// entry makes the lines to come belong to an entry.
func (r *rows) entry(n int) { r.item = n }

// add adds one line, cut off at the width.
func (r *rows) add(spans ...span) { r.list = append(r.list, row{spans, r.item}) }

func (r *rows) blank() { r.add() }

func (r *rows) head(format string, args ...any) {
	r.add(span{terminal.Bold, fmt.Sprintf(format, args...)})
}

// wrap adds text behind a prefix, broken at spaces, later lines indented by as
// much as the prefix is wide.
func (r *rows) wrap(prefix []span, style terminal.Style, text string) {
	width := 0
	for _, s := range prefix {
		width += len([]rune(s.text))
	}
	for i, line := range broken(text, textWidth-width) {
		if i > 0 {
			prefix = []span{{terminal.Plain, strings.Repeat(" ", width)}}
		}
		r.add(append(append([]span(nil), prefix...), span{style, line})...)
	}
}

// text is wrap behind blanks.
func (r *rows) text(indent int, style terminal.Style, format string, args ...any) {
	r.wrap([]span{{terminal.Plain, strings.Repeat(" ", indent)}}, style, fmt.Sprintf(format, args...))
}

// labelled is wrap behind a word in a column of its own.
func (r *rows) labelled(label string, width int, text string) {
	r.wrap([]span{{terminal.Dim, fmt.Sprintf("%-*s", width, label)}}, terminal.Plain, text)
}

// broken breaks text into lines of at most width columns, at spaces where there
// are any, else inside of words (paths and hexadecimal have none). There is at
// least one line.
func broken(text string, width int) []string {
	width = max(width, 8)
	var lines []string
	for _, paragraph := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		line := []rune(nil)
		for word := range strings.FieldsSeq(paragraph) {
			w := []rune(word)
			if len(line) > 0 && len(line)+1+len(w) > width {
				lines, line = append(lines, string(line)), nil
			}
			if len(line) > 0 {
				line = append(line, ' ')
			}
			for line = append(line, w...); len(line) > width; {
				n := cut(line, width)
				lines, line = append(lines, string(line[:n])), line[n:]
			}
		}
		lines = append(lines, string(line))
	}
	return lines
}

// cut is where to break a word that is longer than a line: behind the last
// separator of a path that is not too near to its beginning.
func cut(word []rune, width int) int {
	for n := width; n > width/2; n-- {
		if strings.ContainsRune(`/\-,;`, word[n-1]) {
			return n
		}
	}
	return width
}

// short cuts text in its middle: the ends of paths tell most.
func short(text string, width int) string {
	r := []rune(text)
	if len(r) <= width {
		return text
	}
	head := (width - 1) / 2
	return string(r[:head]) + "…" + string(r[len(r)-(width-1-head):])
}

// size is a number of bytes for people.
func size(n int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"}
	f, i := float64(n), 0
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}

// count is "1 finding", "2 findings", "no findings".
func count(n int, one string) string {
	switch n {
	case 0:
		return "no " + one + "s"
	case 1:
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
