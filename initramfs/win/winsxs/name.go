package winsxs

import (
	"strconv"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
)

// Name is what the name of a folder says.
type Name struct {
	Arch      string // "amd64", "x86", "arm64", "wow64", "msil"
	Component string // "microsoft-windows-os-kernel", lower case; may be cut with ".."
	Token     string // of the key that it was signed with
	Version   pe.Version
	Culture   string // "none", "en-us"
}

// ParseName reads the name of a folder; ok is false for those that hold no version
// of a component (Backup, Manifests, Temp, ...).
func ParseName(folder string) (n Name, ok bool) {
	parts := strings.Split(strings.ToLower(folder), "_")
	const least = 6 // arch, name, token, version, culture, hash; names may have further underscores
	last := len(parts)
	if last < least {
		return Name{}, false
	}
	n = Name{Arch: parts[0], Component: strings.Join(parts[1:last-4], "_"), Token: parts[last-4], Culture: parts[last-2]}
	n.Version, ok = ParseVersion(parts[last-3])
	return n, ok && n.Arch != "" && n.Component != ""
}

// ParseVersion reads "10.0.19041.3636".
func ParseVersion(text string) (v pe.Version, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) != len(v) {
		return v, false
	}
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return pe.Version{}, false
		}
		v[i] = uint16(n)
	}
	return v, true
}

// Family is the same for all versions of one component.
func (n Name) Family() string {
	return strings.Join([]string{n.Arch, n.Component, n.Token, n.Culture}, "_")
}
