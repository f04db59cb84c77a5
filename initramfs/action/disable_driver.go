package action

import (
	"context"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// A driver (or another service) that is not to start any more: one that stops the
// start with a STOP error, or that another machine left behind.
//
// Where: Start = 4 below Services, and every value of StartOverride from Windows 8
// on, in every control set that has the service.
// Refused: what no Windows starts without; what stands between the disk controller
// and the boot volume, and where the controller is not known whatever could; what
// is named as an upper or lower filter, of a class, a device, a critical device or
// for the first boot: a filter that does not start stops the devices that it
// filters, with STOP 0x7B where the disk is one of them.
var disableDriver = Action{
	Name: "disable-driver", Argument: "NAME",
	Title: "Keep a driver or service from starting",
	Plan: func(_ context.Context, d *Desk, w *inspect.Installation, name string) (Outcome, error) {
		o := Outcome{Title: fmt.Sprintf("keep %s of %s from starting", name, w.Label())}
		found, err := services(w, name)
		if err != nil {
			return o, err
		}
		why, err := needs(w, name)
		if err != nil {
			return o, fmt.Errorf("%s: %w", w.HivePath, err)
		}
		if why != "" && !disabled(w, found) {
			return o, refuse("%s of %s is not disabled: %s", name, w.Label(), why)
		}
		if o.Steps, err = d.setStart(w, name, registry.StartDisabled, name+" does not start"); err != nil {
			return o, err
		}
		if users, err := dependents(w, name); err == nil && len(users) > 0 && len(o.Steps) > 0 {
			o.note("These depend on %s and will not start either: %s.", name, list(users))
		}
		return o, nil
	},
}

// inSet is a service in one control set.
type inSet struct {
	set     *registry.ControlSet
	service *registry.Service
}

// services finds a service in every control set. A Windows without it is
// ErrElsewhere.
func services(w *inspect.Installation, name string) ([]inSet, error) {
	if err := system(w); err != nil {
		return nil, err
	}
	var found []inSet
	for _, set := range w.ControlSets {
		s, err := set.Service(name)
		if errors.Is(err, regf.ErrNotExist) || err == nil && !s.HasStart {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.HivePath, err)
		}
		found = append(found, inSet{set, s})
	}
	if len(found) == 0 {
		return nil, elsewhere("%s has no service %s in any control set; bootmend drv ls --all lists them", w.Label(), name)
	}
	return found, nil
}

// disabled reports whether the service starts in no control set already.
func disabled(w *inspect.Installation, found []inSet) bool {
	for _, f := range found {
		if f.service.Start != registry.StartDisabled {
			return false
		}
		for _, o := range f.service.StartOverride {
			if o.Value != registry.StartDisabled && overrides(w) {
				return false
			}
		}
	}
	return true
}

// overrides reports whether the Windows reads StartOverride.
func overrides(w *inspect.Installation) bool { return w.VersionErr == nil && w.Version.AtLeast(6, 2) }

// setStart sets when a service starts in every control set that has it.
func (d *Desk) setStart(w *inspect.Installation, name string, start uint32, why string) ([]step.Step, error) {
	return d.edit(w.Volume, w.HivePath, w.Version, why, func(e *regf.Editor) error {
		return registry.EveryControlSet(e, func(set *registry.ControlSet) error {
			s, err := set.Service(name)
			if errors.Is(err, regf.ErrNotExist) || err == nil && !s.HasStart {
				return nil
			}
			if err != nil {
				return err
			}
			return set.SetStart(e, name, start)
		})
	})
}

// dependents lists services of the default control set that name another one in
// DependOnService and are not disabled themselves.
func dependents(w *inspect.Installation, name string) ([]string, error) {
	sets, _, err := w.System.Bootable()
	if err != nil || len(sets) == 0 {
		return nil, err
	}
	all, err := sets[0].Services() // those that can be read
	var users []string
	for _, s := range all {
		k, kerr := w.Hive.Key(s.KeyPath)
		if kerr != nil || s.Start == registry.StartDisabled {
			continue
		}
		if on, nerr := names(k, "DependOnService"); nerr == nil && is(on, name) {
			users = append(users, s.Name)
		}
	}
	return users, err
}
