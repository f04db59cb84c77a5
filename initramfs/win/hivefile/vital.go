package hivefile

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/initramfs/win/regtext"
)

// ErrVital: Windows does not start without what was to be deleted.
var ErrVital = errors.New("Windows does not start without it")

// vital are keys, from the hive's root, that Windows does not start without, or
// without which nobody can log on. * is any control set.
var vital = map[registry.Kind][]string{
	registry.KindSystem:   {"*", `*\Control`, `*\Enum`, `*\Services`, "DriverDatabase", "Select", "Setup"},
	registry.KindSoftware: {"Classes", "Microsoft", `Microsoft\Windows`, `Microsoft\Windows\CurrentVersion`, `Microsoft\Windows NT`, `Microsoft\Windows NT\CurrentVersion`},
	registry.KindSAM:      {"SAM", `SAM\Domains`},
	registry.KindSecurity: {"Policy"},
	registry.KindBCD:      {"Description", "Objects"},
	registry.KindDrivers:  {"DriverDatabase"},
}

// vitalValues are the values that the loader chooses the control set by.
var vitalValues = []string{`Select\Current`, `Select\Default`}

// guard is an editor that does not delete what Windows needs to start.
type guard struct {
	*regf.Editor
	kind registry.Kind
}

// DeleteKey refuses with ErrVital.
func (g guard) DeleteKey(path string, recursive bool) error {
	names := strings.FieldsFunc(path, func(r rune) bool { return r == '\\' })
	if len(names) > 0 {
		if _, ok := registry.ControlSetNumber(names[0]); ok {
			names[0] = "*"
		}
	}
	for _, v := range vital[g.kind] {
		if regf.EqualFold(v, strings.Join(names, `\`)) {
			if _, err := g.Hive().Key(path); errors.Is(err, regf.ErrNotExist) {
				break // there is nothing to lose
			}
			return refuseVital("key " + path)
		}
	}
	return g.Editor.DeleteKey(path, recursive)
}

// DeleteValue refuses with ErrVital.
func (g guard) DeleteValue(path, name string) error {
	for _, v := range vitalValues {
		if g.kind == registry.KindSystem && regf.EqualFold(v, strings.Trim(path, `\`)+`\`+name) {
			return refuseVital("value " + v)
		}
	}
	return g.Editor.DeleteValue(path, name)
}

func refuseVital(what string) error {
	return fmt.Errorf("%s: %w, so that it is not deleted; --delete-vital does it all the same", what, ErrVital)
}

// editor is what deletes: guarded, unless somebody agreed.
func (f *File) editor(e *regf.Editor, opt EditOptions) regtext.Target {
	if opt.DeleteVital {
		return e
	}
	return guard{e, f.Kind}
}
