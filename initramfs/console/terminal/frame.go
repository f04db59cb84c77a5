package terminal

import (
	"strings"
	"unicode"
)

// Size of a frame in cells.
const (
	Width  = 80
	Height = 25
	// SpareRow is what a terminal of 24 lines does without.
	SpareRow = 1
)

// Style is how a cell is meant to look.
type Style uint8

// The styles.
const (
	Plain    Style = iota
	Bold           // headings
	Dim            // what is less important
	Good           // a link of the chain that holds
	Bad            // one that is broken
	Warn           // one that is not known
	Title          // the bar at the top
	Selected       // what Enter will take
	KeyName        // a key in the bar at the bottom
	styles
)

// Cell is one character. The zero Cell is blank.
type Cell struct {
	Rune  rune
	Style Style
}

// Frame is what all terminals show.
type Frame [Height][Width]Cell

// Put writes text from a column on and returns the column behind it. What does
// not fit into the row is cut off; runes that are not one column wide, or that
// would steer the terminal, become a replacement.
func (f *Frame) Put(row, col int, style Style, text string) int {
	for _, r := range text {
		if row < 0 || row >= Height || col < 0 || col >= Width {
			return col
		}
		f[row][col] = Cell{Single(r), style}
		col++
	}
	return col
}

// Fill gives the rest of a row from a column on a style.
func (f *Frame) Fill(row, col int, style Style) {
	for ; col < Width; col++ {
		f[row][col] = Cell{' ', style}
	}
}

// Text is the frame as lines, without blanks at their ends.
func (f *Frame) Text() string {
	var b strings.Builder
	for row := range f {
		var line strings.Builder
		for _, c := range f[row] {
			line.WriteRune(c.shown())
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

func (c Cell) shown() rune {
	if c.Rune == 0 {
		return ' '
	}
	return c.Rune
}

// Single is the rune itself where a terminal shows it in one column, else '?'.
// Scripts whose letters join, combine or are two columns wide are none.
func Single(r rune) rune {
	switch {
	case r >= ' ' && r < 0x7F, strings.ContainsRune(Drawn, r):
		return r
	case r >= 0xA0 && r < 0x530 && r != 0xAD && unicode.IsPrint(r) && !unicode.Is(unicode.Mn, r): // Latin, Greek, Cyrillic
		return r
	}
	return '?'
}
