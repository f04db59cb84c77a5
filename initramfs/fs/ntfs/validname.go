package ntfs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// devices are the names that Windows keeps for devices, with any extension.
var devices = [...]string{"CON", "PRN", "AUX", "NUL", "CLOCK$",
	"COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
	"LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9"}

// validName checks a name that is to be created as Windows does.
func validName(name string) ([]uint16, error) {
	u := fs.EncodeName(name)
	if len(u) > maxName {
		return nil, fmt.Errorf("%q: %d characters, at most %d: %w", name, len(u), maxName, fs.ErrNameTooLong)
	}
	bad := func(why string) ([]uint16, error) {
		return nil, fmt.Errorf("%q: %s: %w", name, why, fs.ErrInvalidName)
	}
	if len(u) == 0 {
		return bad("empty")
	}
	if fs.DecodeName(u) != name {
		return bad("not UTF-8")
	}
	for _, c := range u {
		if c < 0x20 || c < 0x80 && strings.ContainsRune(`"*/:<>?\|`, rune(c)) {
			return bad(fmt.Sprintf("character %#02x", c))
		}
	}
	if last := u[len(u)-1]; last == '.' || last == ' ' {
		return bad("ends in a dot or a space")
	}
	base, _, _ := strings.Cut(name, ".")
	if slices.Contains(devices[:], strings.ToUpper(strings.TrimRight(base, " "))) {
		return bad("the name of a device")
	}
	return u, nil
}

// fits83 reports whether a name needs no DOS alias: 8.3 characters of ASCII
// that DOS allows, in any case.
func fits83(u []uint16) bool {
	dot := slices.Index(u, '.')
	base, ext := u, []uint16(nil)
	if dot >= 0 {
		base, ext = u[:dot], u[dot+1:]
		if len(ext) == 0 {
			return false
		}
	}
	if len(base) < 1 || len(base) > 8 || len(ext) > 3 {
		return false
	}
	for _, c := range slices.Concat(base, ext) {
		if !dosChar(c) {
			return false
		}
	}
	return true
}

func dosChar(c uint16) bool {
	switch {
	case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z':
		return true
	}
	return c < 0x80 && strings.ContainsRune("!#$%&'()-@^_`{}~", rune(c))
}
