package terminal

import (
	"bytes"
	"fmt"
)

// painter turns frames into bytes for one terminal.
type painter struct {
	charset Charset
	rows    int // lines that are shown: Height, or one less without SpareRow
	top     int // where the frame begins on the terminal
	left    int
	shown   Frame
	valid   bool // the terminal shows shown
}

// newPainter centres the frame on a terminal of that size; 0 where it is not
// known, which is taken for a VT100 on a serial line.
func newPainter(charset Charset, rows, cols int) *painter {
	if rows == 0 {
		rows = Height - 1
	}
	p := &painter{charset: charset, rows: min(rows, Height)}
	p.top, p.left = max(0, rows-Height)/2, max(0, cols-Width)/2
	return p
}

// Control sequences: ECMA-48, and the private modes of a VT100/VT220, which
// those that do not know them pass over.
const (
	enter = "\x1b[0m\x1b[?7l\x1b[?25l\x1b[2J" // no wrapping, no cursor, clear
	leave = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[2J\x1b[H"
)

// gap is how many cells that are right already are cheaper to write again than
// to step over.
const gap = 6

// paint returns the bytes that turn what the terminal shows into f.
func (p *painter) paint(f *Frame) []byte {
	var b bytes.Buffer
	if !p.valid {
		b.WriteString(enter)
		p.shown, p.valid = Frame{}, true
	}
	style := styles // none yet
	line := 0
	for row := range f {
		if row == SpareRow && p.rows < Height {
			continue
		}
		style = p.row(&b, f, row, line, style)
		line++
	}
	if b.Len() > 0 {
		b.WriteString("\x1b[0m")
	}
	p.shown = *f
	return b.Bytes()
}

// row paints the cells of a row that differ.
func (p *painter) row(b *bytes.Buffer, f *Frame, row, line int, style Style) Style {
	width := Width
	if line == p.rows-1 {
		width-- // some terminals scroll when their last cell is written
	}
	at := -1 // where the cursor is
	for col := 0; col < width; col++ {
		if p.same(f, row, col) {
			continue
		}
		switch {
		case at >= 0 && col-at <= gap:
			col = at // write what is between again
		default:
			fmt.Fprintf(b, "\x1b[%d;%dH", p.top+line+1, p.left+col+1)
		}
		cell := f[row][col]
		if cell.Style != style {
			style = cell.Style
			fmt.Fprintf(b, "\x1b[%sm", p.charset.attributes(style))
		}
		b.WriteRune(p.charset.rune(cell.Rune))
		at = col + 1
	}
	return style
}

func (p *painter) same(f *Frame, row, col int) bool {
	a, b := f[row][col], p.shown[row][col]
	return p.charset.rune(a.Rune) == p.charset.rune(b.Rune) && a.Style == b.Style
}
