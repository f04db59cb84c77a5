package main

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/width"
)

// Cells that a bar has at least and at most, without its brackets, and those that a text
// keeps beside one. A terminal of 40 columns has a bar, a narrower one the percentage.
const minBar, maxBar, minText = 10, 40, 16

// prefix begins each line, unless a narrow terminal leaves it no room.
const prefix = "mkrescue: "

// statusLine is what fits into a terminal of so many columns: the text, a bar and the
// percentage unless part is negative, and the seconds. The last column stays free: some
// terminals begin another line when something stands there.
func statusLine(text string, part float64, taken time.Duration, columns int) string {
	room, part := columns-1, min(part, 1)
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?' // would move the cursor
	}, text)
	tail := ""
	if seconds := int(taken.Seconds()); seconds > 0 {
		tail = fmt.Sprintf(" ... %d s", seconds)
	}
	if part < 0 {
		return cut(shorten(text, room-cells(tail))+tail, room)
	}
	// All of it is done when the next step begins, not before.
	tail = fmt.Sprintf(" %2d %%", min(int(part*100), 99)) + strings.TrimPrefix(tail, " ...")
	if left := room - cells(tail) - len(" []"); left >= minText+minBar {
		text = shorten(text, left-minBar)
		size := min(left-cells(text), maxBar)
		return text + " [" + bar(part, size) + "]" + tail
	}
	return cut(shorten(text, room-cells(tail))+tail, room)
}

// bar is of that many cells, of which one at least is free.
func bar(part float64, size int) string {
	full := min(int(part*float64(size)), size-1)
	return strings.Repeat("#", full) + strings.Repeat("-", size-full)
}

// shorten cuts a text that is too long, of which the prefix says least.
func shorten(text string, room int) string {
	if cells(text) > room {
		text = strings.TrimPrefix(text, prefix)
	}
	return cut(text, max(room, 0))
}

// cut returns the begin of a text that has more than so many cells, with dots where there
// is room for them.
func cut(text string, room int) string {
	if cells(text) <= room {
		return text
	}
	dots := "..."
	if room < 2*len(dots) {
		dots = ""
	}
	room -= len(dots)
	for i, r := range text {
		if room -= cellsOf(r); room < 0 {
			return text[:i] + dots
		}
	}
	return text
}

// cells is how many cells of a terminal a text takes.
func cells(text string) (n int) {
	for _, r := range text {
		n += cellsOf(r)
	}
	return n
}

// cellsOf is 2 for the characters of East Asia, and nothing for what stands on another.
func cellsOf(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}
