package inf

import (
	"fmt"
	"slices"
	"strings"
)

// maxModels bounds what a file of many lines that repeat themselves makes.
const maxModels = 1 << 17

// Model is a device that a package serves.
type Model struct {
	Manufacturer, Description string
	// Section is the base name of the install section, without decoration.
	Section string
	// HardwareID comes first in the match; it may be missing.
	HardwareID string
	// CompatibleIDs come after it.
	CompatibleIDs []string
	// From is the models section that was chosen, Line where it says so.
	From string
	Line int
}

// IDs lists the hardware id and the compatible ids, as written.
func (m Model) IDs() []string {
	if m.HardwareID == "" {
		return m.CompatibleIDs
	}
	return append([]string{m.HardwareID}, m.CompatibleIDs...)
}

// Models lists the devices for a Windows, in the order of the file; none is no
// error. An error wraps ErrSyntax.
func (f *File) Models(t Target) ([]Model, error) {
	d := f.strings(t.Language)
	mfg := f.section("Manufacturer")
	if mfg == nil {
		return nil, nil
	}
	var all []Model
	visited := 0
	for _, l := range mfg.lines {
		vendor, name, decorations := manufacturer(d, l)
		if name == "" {
			continue
		}
		from, ok := choose(name, decorations, t)
		s := f.section(from)
		if !ok || s == nil {
			continue
		}
		for _, l := range s.lines {
			if visited++; visited > maxModels {
				return nil, &Error{l.no, s.name, fmt.Sprintf("more than %d devices", maxModels)}
			}
			if !l.hasKey || l.value(0) == "" {
				continue
			}
			var ids []string
			for _, id := range d.values(l, 2) {
				if id != "" {
					ids = append(ids, id)
				}
			}
			all = append(all, Model{Manufacturer: vendor, Description: d.text(l.key), Section: d.text(l.value(0)),
				HardwareID: d.text(l.value(1)), CompatibleIDs: ids, From: s.name, Line: l.no})
		}
	}
	return all, nil
}

// manufacturer reads a line of [Manufacturer]; one without "=" names vendor and
// section at once.
func manufacturer(d dict, l line) (vendor, section string, decorations []string) {
	if !l.hasKey {
		s := d.text(l.value(0))
		return s, s, nil
	}
	return d.text(l.key), d.text(l.value(0)), d.values(l, 1)
}

// Decorations lists what [Manufacturer] says the package is for, each once, as
// written and in lower case; "" stands for models sections without decoration
// that exist.
func (f *File) Decorations() []string {
	d := f.strings(0)
	var all []string
	if mfg := f.section("Manufacturer"); mfg != nil {
		for _, l := range mfg.lines {
			_, name, decorations := manufacturer(d, l)
			if f.section(name) != nil {
				all = append(all, "")
			}
			for _, s := range decorations {
				all = append(all, strings.ToLower(s))
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
