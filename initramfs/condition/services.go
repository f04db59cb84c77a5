package condition

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// readable reports whether there is a SYSTEM hive with control sets to look at;
// where there is none, conditions of the hive say so.
func readable(w *inspect.Installation) bool {
	return w.HiveErr == nil && w.SystemErr == nil && len(w.ControlSets) > 0
}

// keyEvidence is an observation in the SYSTEM hive.
func keyEvidence(w *inspect.Installation, key, expected, actual string) inspect.Evidence {
	return inspect.Evidence{Volume: w.Volume.ID(), Path: w.HivePath + " " + key, Offset: -1, Expected: expected, Actual: actual}
}

// setDWORD changes a REG_DWORD of the SYSTEM hive that is there.
func setDWORD(w *inspect.Installation, key, value string, was, becomes uint32, why string) step.Step {
	return step.SetValue{Volume: w.Volume, File: w.HivePath, Key: key, Value: value, Old: step.DWORD(was), New: step.DWORD(becomes), Why: why}
}

// loadedService is a service that Windows loads without a device that asks for
// it.
type loadedService struct {
	set *registry.ControlSet
	*registry.Service
}

// loadedServices looks for services by name that start at boot or with the
// kernel, in every control set.
func loadedServices(w *inspect.Installation, names []string) ([]loadedService, error) {
	var all []loadedService
	var errs []error
	for _, set := range w.ControlSets {
		for _, name := range names {
			s, err := set.Service(name)
			if err != nil {
				if !errors.Is(err, regf.ErrNotExist) {
					errs = append(errs, fmt.Errorf("%s: %w", set.Path, err))
				}
				continue
			}
			if s.HasStart && s.Start <= registry.StartSystem {
				all = append(all, loadedService{set, s})
			}
		}
	}
	return all, errors.Join(errs...)
}

// servicesNamed lists the names, each once.
func servicesNamed(all []loadedService) []string {
	var names []string
	for _, s := range all {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, s.Name) }) {
			names = append(names, s.Name)
		}
	}
	return names
}

// evidenceOf shows how services start.
func evidenceOf(w *inspect.Installation, all []loadedService, expected string) []inspect.Evidence {
	var list []inspect.Evidence
	for _, s := range all {
		list = append(list, keyEvidence(w, s.KeyPath, expected, fmt.Sprintf("Start is %d", s.Start)))
	}
	return list
}

// disable turns services off, and takes their names off all lists of filters:
// a device whose filter is disabled does not start.
func disable(w *inspect.Installation, all []loadedService, why string) ([]step.Step, error) {
	lists, err := bootchain.AllFilterLists(w)
	if err != nil {
		return nil, err
	}
	var filters []deadFilter
	for _, l := range lists {
		for _, n := range l.Names {
			if slices.ContainsFunc(all, func(s loadedService) bool { return strings.EqualFold(s.Name, n) }) {
				filters = append(filters, deadFilter{list: l, name: n})
			}
		}
	}
	steps := withoutFilters(w, filters, why)
	for _, s := range all {
		steps = append(steps, setDWORD(w, s.KeyPath, "Start", s.Start, registry.StartDisabled, why))
		for _, o := range s.StartOverride {
			if o.Value != registry.StartDisabled {
				steps = append(steps, setDWORD(w, s.KeyPath+`\StartOverride`, o.Name, o.Value, registry.StartDisabled, why))
			}
		}
	}
	return steps, nil
}

// notRead is the finding for a detector that could not read all it needed.
func notRead(w *inspect.Installation, what string, err error) Finding {
	return Finding{Result: Unknown, Severity: Warning, Confidence: Low, Windows: w,
		Summary: fmt.Sprintf("%s of %s cannot be read: %v.", what, w.Label(), err),
		Advice:  "bootmend hive check says what is wrong with the hive."}
}

// valueData is a value of the SYSTEM hive, nil where it is not there.
func valueData(w *inspect.Installation, key, name string) (*step.Data, error) {
	k, err := w.System.Hive.Key(key)
	if errors.Is(err, regf.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v, err := k.Value(name)
	if errors.Is(err, regf.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	data, err := v.Data()
	return &step.Data{Type: v.Type(), Bytes: data}, err
}
