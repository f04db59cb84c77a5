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
	case len(fs.EncodeName(name)) > maxName:
		return fmt.Errorf("%d UTF-16 code units, at most %d: %w", len(fs.EncodeName(name)), maxName, fs.ErrNameTooLong)
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
