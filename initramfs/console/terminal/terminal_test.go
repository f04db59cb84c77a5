package terminal

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// emulator is as much of a terminal as painter uses: cursor addressing, clearing,
// attributes.
type emulator struct {
	cells    [][]Cell
	row, col int
	style    string
	styles   map[string]Style // by attributes
	scrolled bool
}

func newEmulator(c Charset, rows, cols int) *emulator {
	e := &emulator{styles: map[string]Style{}}
	for range rows {
		e.cells = append(e.cells, make([]Cell, cols))
	}
	for s := range styles {
		e.styles[c.attributes(s)] = s
	}
	return e
}

func (e *emulator) write(t *testing.T, b []byte) {
	t.Helper()
	for len(b) > 0 {
		if b[0] != escape {
			r, n := utf8.DecodeRune(b)
			b = b[n:]
			if e.col >= len(e.cells[0]) || e.row >= len(e.cells) {
				t.Fatalf("written outside of the screen: row %d column %d", e.row, e.col)
			}
			if e.row == len(e.cells)-1 && e.col == len(e.cells[0])-1 {
				e.scrolled = true
			}
			e.cells[e.row][e.col] = Cell{r, e.styles[e.style]}
			e.col++
			continue
		}
		end := 2
		for b[end] < 0x40 {
			end++
		}
		par, final := string(b[2:end]), b[end]
		b = b[end+1:]
		switch {
		case final == 'H':
			row, col, _ := strings.Cut(par, ";")
			e.row, _ = strconv.Atoi(row)
			e.col, _ = strconv.Atoi(col)
			e.row, e.col = e.row-1, e.col-1
		case final == 'm':
			e.style = par
		case final == 'J':
			for _, line := range e.cells {
				clear(line)
			}
		case strings.HasPrefix(par, "?"):
		default:
			t.Fatalf("unknown sequence %q%c", par, final)
		}
	}
}

// randomFrame changes some cells of a frame.
func randomFrame(rng *rand.Rand, f Frame) Frame {
	runes := []rune("abcXYZ 0123" + Drawn + "äöüÄÖÜßéñПжΩ中\x00\x1b")
	for range rng.IntN(60) {
		row, col := rng.IntN(Height), rng.IntN(Width)
		text := ""
		for range rng.IntN(12) {
			text += string(runes[rng.IntN(len(runes))])
		}
		f.Put(row, col, Style(rng.IntN(int(styles))), text)
	}
	return f
}

// TestPainterShowsTheFrame: whatever was shown before, after the bytes the terminal
// shows the frame, in the middle of larger ones, without row SpareRow on smaller
// ones, and its last cell is never written.
func TestPainterShowsTheFrame(t *testing.T) {
	const seed = 8
	rng := rand.New(rand.NewPCG(seed, 1))
	frames := 0
	for _, size := range [][2]int{{0, 0}, {24, 80}, {25, 80}, {48, 128}, {25, 132}} {
		for _, charset := range []Charset{ASCII, VGA, Unicode} {
			rows, cols := size[0], size[1]
			p := newPainter(charset, rows, cols)
			if rows == 0 {
				rows, cols = 24, 80
			}
			e := newEmulator(charset, rows, cols)
			var f Frame
			for range 40 {
				f = randomFrame(rng, f)
				b := p.paint(&f)
				if charset == ASCII {
					for _, c := range b {
						if c >= 0x7F {
							t.Fatalf("a serial line gets byte %#x", c)
						}
					}
				}
				e.write(t, b)
				compare(t, p, e, &f)
				frames++
			}
			if e.scrolled && cols == Width && rows <= Height {
				t.Errorf("%v: the last cell was written; some terminals scroll then", size)
			}
		}
	}
	t.Logf("%d frames, seed %d", frames, seed)
}

func compare(t *testing.T, p *painter, e *emulator, f *Frame) {
	t.Helper()
	line := 0
	for row := range f {
		if row == SpareRow && p.rows < Height {
			continue
		}
		for col := range Width {
			if line == p.rows-1 && col == Width-1 {
				continue
			}
			want, got := f[row][col], e.cells[p.top+line][p.left+col]
			if p.charset.rune(want.Rune) != got.shown() || p.charset.attributes(want.Style) != p.charset.attributes(got.Style) && want.shown() != ' ' {
				t.Fatalf("row %d column %d: %q %d; want %q %d", row, col, got.Rune, got.Style, p.charset.rune(want.Rune), want.Style)
			}
		}
		line++
	}
}

// TestOnlyWhatDiffersIsSent: a clock that goes on must not make a slow line
// flicker.
func TestOnlyWhatDiffersIsSent(t *testing.T) {
	p := newPainter(ASCII, 0, 0)
	var f Frame
	for row := range f {
		f.Put(row, 0, Plain, strings.Repeat("x", Width))
	}
	first := len(p.paint(&f))
	f.Put(Height-2, 10, Plain, "9")
	second := len(p.paint(&f))
	if same := p.paint(&f); len(same) != 0 {
		t.Errorf("the same frame again sends %q", same)
	}
	if second > 30 || first < 80*24 {
		t.Errorf("whole frame %d bytes, one character %d bytes", first, second)
	}
	t.Logf("whole frame %d bytes, one character %d bytes", first, second)
}

func TestDecoder(t *testing.T) {
	for _, tt := range []struct {
		in   []string // as it arrives
		want []Key
	}{
		{[]string{"a"}, []Key{'a'}},
		{[]string{"\r"}, []Key{Enter}},
		{[]string{"\r\n"}, []Key{Enter}},
		{[]string{"\r", "\n"}, []Key{Enter}},
		{[]string{"\n\n"}, []Key{Enter, Enter}},
		{[]string{"\x1b[A\x1b[B"}, []Key{Up, Down}},
		{[]string{"\x1bOA"}, []Key{Up}},
		{[]string{"\x1b", "[", "A"}, []Key{Up}},
		{[]string{"\x1b[21~"}, []Key{F10}},
		{[]string{"\x1b[[A"}, []Key{F1}},
		{[]string{"\x1b[1~\x1b[4~\x1b[H\x1b[F"}, []Key{Home, End, Home, End}},
		{[]string{"\x1b[5~\x1b[6~"}, []Key{PageUp, PageDown}},
		{[]string{"\x1b"}, []Key{Esc}},
		{[]string{"\x1b\x1b[A"}, []Key{Esc, Up}},
		{[]string{"\x1bq"}, []Key{Esc, 'q'}},
		{[]string{"\x1b[99;99R"}, nil}, // an answer to nobody
		{[]string{"\x7f\x08"}, []Key{Backspace, Backspace}},
		{[]string{"\x03\x0c"}, []Key{CtrlC, CtrlL}},
		{[]string{"\x00\x01\xff\xfe\x80"}, nil}, // a floating line
		{[]string{"\xc3", "\xa4"}, []Key{'ä'}},
		{[]string{"\x1b[" + strings.Repeat("1", 40) + "Ax"}, []Key{'x'}},
	} {
		var d Decoder
		var got []Key
		for _, in := range tt.in {
			got = append(got, d.Feed([]byte(in))...)
		}
		got = append(got, d.Flush()...)
		if len(tt.in) == 1 && strings.Contains(tt.in[0], "111") {
			got = got[max(0, len(got)-1):] // what is too long is dropped piece by piece
		}
		if fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%q = %v; want %v", tt.in, got, tt.want)
		}
	}
}

// FuzzDecoder: whatever comes, however it is cut, there is an end, and what is
// kept is bounded.
func FuzzDecoder(f *testing.F) {
	f.Add([]byte("a\x1b[A\r\n"), 2)
	f.Add([]byte("\x1b[[\x1bO\xc3"), 1)
	f.Fuzz(func(t *testing.T, b []byte, at int) {
		var whole, parts Decoder
		want := whole.Feed(b)
		cut := 0
		if len(b) > 0 {
			cut = (at%len(b) + len(b)) % len(b)
		}
		got := append(parts.Feed(b[:cut]), parts.Feed(b[cut:])...)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q cut at %d: %v; whole: %v", b, cut, got, want)
		}
		if len(whole.rest) > maxSequence {
			t.Errorf("%d bytes are kept", len(whole.rest))
		}
		for _, k := range want {
			if k == None || k == Gone {
				t.Errorf("key %d", k)
			}
		}
	})
}
