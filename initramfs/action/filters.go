package action

import (
	"errors"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// maxPlaces is how many places are worth naming.
const maxPlaces = 4

// filterLists are the keys below which UpperFilters and LowerFilters name
// services, with how many levels of keys there are.
var filterLists = []struct {
	path  string // from a control set, or from the root with a backslash
	depth int
}{
	{`Control\Class`, 1},
	{`Control\CriticalDeviceDatabase`, 1}, // Windows 2000 also stores them there
	{`Enum`, 3},
	{`\Setup\FirstBoot\Filters`, 1},
}

// filteredBy lists keys that name a service as a filter of other devices.
func filteredBy(w *inspect.Installation, name string) ([]string, error) {
	f := &filterSearch{name: name}
	for _, l := range filterLists {
		if rest, ok := strings.CutPrefix(l.path, `\`); ok {
			if err := f.below(w.Hive, rest, l.depth); err != nil {
				return nil, err
			}
			continue
		}
		for _, set := range w.ControlSets {
			if err := f.below(w.Hive, set.Path+`\`+l.path, l.depth); err != nil {
				return nil, err
			}
		}
	}
	return f.places, nil
}

type filterSearch struct {
	name   string
	places []string
}

// below looks at a key, which need not exist, and at those below it.
func (f *filterSearch) below(h *regf.Hive, path string, depth int) error {
	k, err := h.Key(path)
	if errors.Is(err, regf.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.walk(k, path, depth)
}

func (f *filterSearch) walk(k *regf.Key, path string, depth int) error {
	for _, list := range []string{"UpperFilters", "LowerFilters"} {
		named, err := names(k, list)
		if err != nil {
			return err
		}
		if is(named, f.name) && len(f.places) < maxPlaces {
			f.places = append(f.places, path+`\`+list)
		}
	}
	if depth == 0 {
		return nil
	}
	below, err := k.Subkeys()
	if err != nil {
		return err
	}
	for _, s := range below {
		if err := f.walk(s, path+`\`+s.Name(), depth-1); err != nil {
			return err
		}
	}
	return nil
}

// names reads a list of names, which some installers leave as one string.
func names(k *regf.Key, value string) ([]string, error) {
	v, err := k.Value(value)
	if errors.Is(err, regf.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if v.Type() == regf.RegSZ {
		s, err := v.Text()
		return []string{s}, err
	}
	list, err := v.MultiString()
	if errors.Is(err, regf.ErrType) {
		return nil, nil // no list that Windows would read
	}
	return list, err
}
