package action

import (
	"context"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// The last known good configuration: the control set with which somebody last
// logged on, as F8 offers it up to Windows 7. Drivers and services that were added
// or changed since are not in it.
//
// Where: Select of the SYSTEM hive. As the loader does it, Current and Default get
// the number of LastKnownGood, and Failed gets that of the set that was the default,
// so that Windows keeps it apart. Source: KB 100010, "What are Control Sets?".
// Nothing to do: the default is the last known good set.
// Refused: LastKnownGood is missing, or names a set that is not there or not whole,
// or in which the driver for the disk controller does not start while it does in the
// default one.
var lastKnownGood = Action{
	Name:  "last-known-good",
	Title: "Start Windows with the last known good configuration (control set)",
	Plan: func(_ context.Context, _ *Desk, w *inspect.Installation, _ string) (Outcome, error) {
		o := Outcome{Title: fmt.Sprintf("start %s with its last known good configuration", w.Label()), Brings: []string{"controlset-select"}}
		if err := system(w); err != nil {
			return o, err
		}
		sel := w.System.Select
		good := sel.LastKnownGood
		switch {
		case !good.Present || good.N == 0:
			return o, refuse("%s has no last known good configuration: Select has no LastKnownGood", w.Label())
		case sel.Default.Present && sel.Default.N == good.N:
			o.note("ControlSet%03d is the default and the last known good configuration of %s, so that there is no other to go back to.", good.N, w.Label())
			return o, nil
		}
		set, err := wholeSet(w, good.N)
		if err != nil {
			return o, err
		}
		if err := bootsAsWell(w, set); err != nil {
			return o, err
		}
		point := func(name string, old registry.Number, n uint32) {
			s := step.SetValue{Volume: w.Volume, File: w.HivePath, Key: "Select", Value: name, New: step.DWORD(n), Why: fmt.Sprintf("Windows starts with %s", set.Path)}
			if old.Present {
				s.Old = step.DWORD(old.N)
			}
			if !s.Old.Equal(s.New) {
				o.Steps = append(o.Steps, s)
			}
		}
		point("Current", sel.Current, good.N)
		point("Default", sel.Default, good.N)
		if sel.Default.Present && sel.Default.N != 0 {
			point("Failed", sel.Failed, sel.Default.N)
		}
		o.note("What was installed or changed since the last logon of %s is not in it: drivers and services added since then do not start.", w.Label())
		return o, nil
	},
}

// wholeSet finds a control set that has what a start needs.
func wholeSet(w *inspect.Installation, n uint32) (*registry.ControlSet, error) {
	for _, set := range w.ControlSets {
		if set.Number != n {
			continue
		}
		for _, key := range []string{"Control", "Services", `Services\disk`} {
			if _, err := w.Hive.Key(set.Path + `\` + key); err != nil {
				return nil, refuse(`the last known good configuration of %s, %s, is not whole: %s\%s: %v`, w.Label(), set.Path, set.Path, key, err)
			}
		}
		return set, nil
	}
	return nil, refuse("the last known good configuration of %s is ControlSet%03d, which does not exist", w.Label(), n)
}

// bootsAsWell refuses a set without the driver that the default one starts.
func bootsAsWell(w *inspect.Installation, good *registry.ControlSet) error {
	link, err := bootchain.Storage(w)
	if errors.Is(err, bootchain.ErrNoController) {
		return nil // nobody knows
	}
	if err != nil {
		return refuse("which drivers %s starts from cannot be told: %v", w.Label(), err)
	}
	off := map[string]string{}
	for _, set := range link.Sets {
		if set.Set.Number != good.Number {
			continue
		}
		for _, drv := range set.Drivers {
			if !drv.Starts() {
				off[drv.Name] = drv.Why()
			}
		}
	}
	for _, drv := range link.Boot().Drivers {
		if why, is := off[drv.Name]; is && drv.Starts() {
			return refuse("%s does not start %s, which the disk controller needs, in %s (%s): Windows would not start at all; enable-driver=%s first", w.Label(), drv.Name, good.Path, why, drv.Name)
		}
	}
	return nil
}
