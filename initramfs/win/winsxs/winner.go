package winsxs

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// winners is the key in SOFTWARE.
const winners = `Microsoft\Windows\CurrentVersion\SideBySide\Winners`

// ErrUnknown: which version of a component is in use is not said.
var ErrUnknown = errors.New("the registry does not say which version is in use")

// Winner is the version of a component (Name.Family) that a SOFTWARE hive names as the
// one in use for major.minor of v. ErrUnknown: it names none, or the names of two
// components were cut to the same text.
func Winner(software *regf.Hive, family string, of pe.Version) (pe.Version, error) {
	all, err := software.Key(winners)
	if errors.Is(err, regf.ErrNotExist) {
		return pe.Version{}, ErrUnknown
	}
	if err != nil {
		return pe.Version{}, fmt.Errorf("%s: %w", winners, err)
	}
	keys, err := all.Subkeys()
	if err != nil {
		return pe.Version{}, fmt.Errorf("%s: %w", winners, err)
	}
	var found *regf.Key
	for _, k := range keys {
		name := strings.ToLower(k.Name())
		cut := strings.LastIndexByte(name, '_')
		if cut < 0 || name[:cut] != family {
			continue
		}
		if found != nil {
			return pe.Version{}, ErrUnknown
		}
		found = k
	}
	if found == nil {
		return pe.Version{}, ErrUnknown
	}
	return inUse(found, fmt.Sprintf("%d.%d", of[0], of[1]))
}

func inUse(k *regf.Key, branch string) (pe.Version, error) {
	sub, err := k.Subkey(branch)
	var value *regf.Value
	if err == nil {
		value, err = sub.Value("")
	}
	if errors.Is(err, regf.ErrNotExist) {
		return pe.Version{}, ErrUnknown
	}
	if err != nil {
		return pe.Version{}, fmt.Errorf(`%s\%s\%s: %w`, winners, k.Name(), branch, err)
	}
	text, err := value.Text()
	if errors.Is(err, regf.ErrType) {
		return pe.Version{}, ErrUnknown
	}
	if err != nil {
		return pe.Version{}, fmt.Errorf(`%s\%s\%s: %w`, winners, k.Name(), branch, err)
	}
	v, ok := ParseVersion(text)
	if !ok {
		return pe.Version{}, ErrUnknown
	}
	return v, nil
}
