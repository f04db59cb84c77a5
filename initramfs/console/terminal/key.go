package terminal

import (
	"strings"
	"unicode/utf8"
)

// Key is what a person pressed: the rune of a character, or one of the keys
// below.
type Key rune

// Keys that are no characters.
const (
	None Key = -iota
	Enter
	Esc
	Up
	Down
	Left
	Right
	Home
	End
	PageUp
	PageDown
	Backspace
	Delete
	Tab
	CtrlC
	CtrlL
	F1
	F10
	Gone // the terminal was closed
)

// Name is how a key bar calls it.
func (k Key) Name() string {
	if name, ok := names[k]; ok {
		return name
	}
	return strings.ToUpper(string(rune(k)))
}

var names = map[Key]string{Enter: "Enter", Esc: "Esc", Up: "Up", Down: "Down", Left: "Left", Right: "Right", Home: "Home", End: "End",
	PageUp: "PgUp", PageDown: "PgDn", Backspace: "Backspace", Delete: "Del", Tab: "Tab", CtrlC: "Ctrl-C", CtrlL: "Ctrl-L", F1: "F1", F10: "F10", ' ': "Space"}

// sequences of a VT100, of xterm and of the Linux console, without the escape
// character.
var sequences = map[string]Key{
	"[A": Up, "[B": Down, "[C": Right, "[D": Left, "OA": Up, "OB": Down, "OC": Right, "OD": Left,
	"[H": Home, "[F": End, "OH": Home, "OF": End, "[1~": Home, "[4~": End, "[7~": Home, "[8~": End,
	"[5~": PageUp, "[6~": PageDown, "[3~": Delete,
	"[[A": F1, "OP": F1, "[11~": F1, "[21~": F10, "Oy": F10,
}

var controls = map[byte]Key{'\r': Enter, '\n': Enter, 0x7F: Backspace, 0x08: Backspace, '\t': Tab, 0x03: CtrlC, 0x0C: CtrlL}

// escape begins sequences, and is the Esc key by itself.
const escape = 0x1B

// Decoder finds keys among the bytes of a terminal. What it does not know it
// drops: a floating serial line makes bytes that no person types.
type Decoder struct {
	rest []byte
	cr   bool // the last one was a carriage return; a line feed belongs to it
}

// Feed returns the keys that bytes complete.
func (d *Decoder) Feed(b []byte) []Key {
	d.rest = append(d.rest, b...)
	var keys []Key
	for len(d.rest) > 0 {
		key, n := decode(d.rest)
		if n == 0 {
			break // more bytes have to come
		}
		second := d.cr && d.rest[0] == '\n'
		d.cr = d.rest[0] == '\r'
		d.rest = d.rest[n:]
		if second {
			continue
		}
		if key != None {
			keys = append(keys, key)
		}
	}
	return keys
}

// Waiting reports whether the bytes so far may be the beginning of something.
func (d *Decoder) Waiting() bool { return len(d.rest) > 0 }

// Flush is for when nothing follows: a lone escape character is the Esc key.
func (d *Decoder) Flush() []Key {
	var keys []Key
	if len(d.rest) == 1 && d.rest[0] == escape {
		keys = []Key{Esc}
	}
	d.rest = nil
	return keys
}

// maxSequence bounds what is waited for.
const maxSequence = 16

// decode takes one key off the front; n 0: it is not all there yet.
func decode(b []byte) (key Key, n int) {
	if b[0] == escape {
		return decodeEscape(b)
	}
	if key, ok := controls[b[0]]; ok {
		return key, 1
	}
	if b[0] < utf8.RuneSelf {
		if b[0] < ' ' {
			return None, 1
		}
		return Key(b[0]), 1
	}
	if !utf8.FullRune(b) {
		return None, 0
	}
	r, n := utf8.DecodeRune(b)
	if r == utf8.RuneError || Single(r) != r {
		return None, n
	}
	return Key(r), n
}

func decodeEscape(b []byte) (Key, int) {
	if len(b) == 1 {
		return None, 0
	}
	if b[1] != '[' && b[1] != 'O' {
		return Esc, 1 // Esc, and then something else
	}
	// CSI: parameters, then a final byte; SS3, and the Linux console's F1 to F5,
	// have one byte behind two.
	end := 2
	if b[1] == '[' && len(b) > 2 && b[2] == '[' {
		end = 3
	}
	for ; end < len(b) && end < maxSequence; end++ {
		if b[end] >= 0x40 && b[end] <= 0x7E {
			return sequences[string(b[1:end+1])], end + 1
		}
		if b[end] < 0x20 || b[end] > 0x3F {
			return Esc, 1
		}
	}
	if end >= maxSequence {
		return None, end
	}
	return None, 0
}
