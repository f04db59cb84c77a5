package terminal

import "strings"

// Drawn are the runes for lines and marks that frames are drawn with.
const Drawn = "─│┌┐└┘├┤✓✗↑↓…•"

// Charset is what a terminal can show.
type Charset int

// The sets.
const (
	// ASCII and the attributes of a VT100: a serial line, at whose other end may
	// be anything.
	ASCII Charset = iota
	// VGA is the text screen of Linux: UTF-8 in, the 256 characters of code page
	// 437 out, 16 colours. The fonts that are built into the kernel have these.
	VGA
	// Unicode is a terminal emulator with UTF-8 and colours.
	Unicode
)

var (
	toASCII = map[rune]rune{'─': '-', '│': '|', '┌': '+', '┐': '+', '└': '`', '┘': '+', '├': '+', '┤': '+',
		'✓': '+', '✗': 'x', '↑': '^', '↓': 'v', '…': '~', '•': '*'}
	toVGA = map[rune]rune{'✓': '√', '✗': 'x', '…': '~'}
	// latin437 are the letters above ASCII that code page 437 has.
	latin437 = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥áíóúñÑªº¿¬½¼¡«»ßµ±°·²"
)

// rune is what the terminal shows for a rune of a frame.
func (c Charset) rune(r rune) rune {
	switch {
	case r == 0:
		return ' '
	case r < 0x7F || c == Unicode:
		return r
	case c == ASCII:
		if a, ok := toASCII[r]; ok {
			return a
		}
		return '?'
	}
	if v, ok := toVGA[r]; ok {
		return v
	}
	if strings.ContainsRune(Drawn, r) || strings.ContainsRune(latin437, r) {
		return r
	}
	return '?'
}

// attributes are the parameters of ECMA-48 SGR for a style. A VT100 knows bold,
// underlined and reverse, and passes over colours.
func (c Charset) attributes(s Style) string {
	if c == ASCII {
		return [styles]string{"0", "0;1", "0", "0;32", "0;1;31", "0;1;33", "0;7", "0;7", "0;7"}[s]
	}
	return [styles]string{"0;37", "0;1;37", "0;36", "0;1;32", "0;1;31", "0;1;33", "0;1;37;44", "0;30;47", "0;30;46"}[s]
}
