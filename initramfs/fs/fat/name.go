package fat

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// devices are the names that Windows keeps for devices, with any extension.
var devices = [...]string{"CON", "PRN", "AUX", "NUL", "CLOCK$",
	"COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
	"LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9"}

// checkName says whether name may be given to a new file.
func checkName(name string) error {
	base, _, _ := strings.Cut(name, ".")
	switch {
	case slices.Contains(devices[:], strings.ToUpper(strings.TrimRight(base, " "))):
		return fmt.Errorf("%q is the name of a device: %w", name, fs.ErrInvalidName)
	case name == "" || !utf8.ValidString(name):
		return fmt.Errorf("%q: %w", name, fs.ErrInvalidName)
	case strings.ContainsAny(name, "\"*/:<>?\\|") || strings.IndexFunc(name, func(r rune) bool { return r < ' ' }) >= 0:
		return fmt.Errorf("%q has a character that FAT does not allow: %w", name, fs.ErrInvalidName)
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
		return fmt.Errorf("%q: Windows drops dots and spaces at the end: %w", name, fs.ErrInvalidName)
	case len(encodeName(name)) > maxName:
		return fmt.Errorf("%d UTF-16 code units, at most %d: %w", len(encodeName(name)), maxName, fs.ErrNameTooLong)
	}
	return nil
}

// validUnits reports whether a stored long name can be shown and found.
func validUnits(u []uint16) bool {
	if slices.Equal(u, []uint16{'.'}) || slices.Equal(u, []uint16{'.', '.'}) {
		return false
	}
	return !slices.ContainsFunc(u, func(c uint16) bool { return c < ' ' || c == '/' || c == '\\' })
}

// decodeName turns a stored name into a string. A lone surrogate becomes its
// three-byte form (WTF-8), so that every name can be given back and found.
func decodeName(u []uint16) string {
	b := make([]byte, 0, len(u))
	for i := 0; i < len(u); i++ {
		r := rune(u[i])
		if !utf16.IsSurrogate(r) {
			b = utf8.AppendRune(b, r)
			continue
		}
		if i+1 < len(u) {
			if pair := utf16.DecodeRune(r, rune(u[i+1])); pair != utf8.RuneError {
				b = utf8.AppendRune(b, pair)
				i++
				continue
			}
		}
		b = append(b, byte(0xe0|r>>12), byte(0x80|r>>6&0x3f), byte(0x80|r&0x3f))
	}
	return string(b)
}

// encodeName is the inverse of decodeName.
func encodeName(s string) []uint16 {
	u := make([]uint16, 0, len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 && i+2 < len(s) && s[i] == 0xed && s[i+1]&0xe0 == 0xa0 && s[i+2]&0xc0 == 0x80 {
			u = append(u, 0xd000|uint16(s[i+1]&0x3f)<<6|uint16(s[i+2]&0x3f))
			i += 3
			continue
		}
		u = utf16.AppendRune(u, r)
		i += n
	}
	return u
}

// upper is the upper case of a code unit as Windows has it: one unit for one,
// and never an ASCII letter for one that is none.
func upper(c uint16) uint16 {
	switch {
	case c < 0x80:
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		return c
	case utf16.IsSurrogate(rune(c)):
		return c
	}
	if r := unicode.ToUpper(rune(c)); r >= 0x80 && r <= 0xffff {
		return uint16(r)
	}
	return c
}
