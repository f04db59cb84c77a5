package action

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Request is an action with its argument, as a person asks for it.
type Request struct {
	Action   Action
	Argument string
}

// Parse reads NAME or NAME=ARGUMENT. Errors wrap ErrUsage.
func Parse(s string) (Request, error) {
	name, arg, _ := strings.Cut(s, "=")
	a, ok := ByName(name)
	if !ok {
		var known []string
		for _, a := range All() {
			known = append(known, a.Usage())
		}
		return Request{}, fmt.Errorf("there is no action %q; there are: %s: %w", name, strings.Join(known, " "), ErrUsage)
	}
	return Request{a, arg}, a.check(arg)
}

// Options is what requests are planned with.
type Options struct {
	// Windows is the ID of the one that is meant, "" for each.
	Windows string
	// Open opens files that arguments name.
	Open Opener
}

// Plan turns requests into the actions of a repair, one for each Windows that is
// meant. Errors name the action, and wrap ErrUsage or ErrRefused, or come from
// reading. A Windows that has nothing to do with a request is left out where
// another one has; where none has, that is a refusal.
func Plan(ctx context.Context, p *inspect.Patient, requests []Request, opt Options) ([]repair.Action, error) {
	meant, err := chosen(p, opt.Windows)
	if err != nil {
		return nil, err
	}
	d := newDesk(p, opt.Open)
	var all []repair.Action
	for _, r := range requests {
		actions, err := r.plan(ctx, d, meant)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Action.Name, err)
		}
		all = append(all, actions...)
	}
	if err := d.finish(all); err != nil {
		return nil, err
	}
	return all, conflict(all)
}

// chosen are the installations that are meant.
func chosen(p *inspect.Patient, id string) ([]*inspect.Installation, error) {
	if id == "" {
		if len(p.Windows) == 0 {
			return nil, refuse("no Windows was found on these disks; bootmend scan says what was seen")
		}
		return p.Windows, nil
	}
	w := p.FindWindows(id)
	if w == nil {
		return nil, fmt.Errorf("there is no Windows %s; there are: %s: %w", id, ids(p.Windows), ErrUsage)
	}
	return []*inspect.Installation{w}, nil
}

func ids(list []*inspect.Installation) string {
	if len(list) == 0 {
		return "none"
	}
	var all []string
	for _, w := range list {
		all = append(all, fmt.Sprintf("%s (%s)", w.ID, w.Label()))
	}
	return strings.Join(all, ", ")
}

func (r Request) plan(ctx context.Context, d *Desk, meant []*inspect.Installation) ([]repair.Action, error) {
	if r.Action.One && len(meant) > 1 {
		return nil, refuse("there are several Windows: %s; name one with --windows", ids(meant))
	}
	var all []repair.Action
	var lacking []string
	for _, w := range meant {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		o, err := r.Action.Plan(ctx, d, w, r.Argument)
		if errors.Is(err, ErrElsewhere) {
			lacking = append(lacking, err.Error())
			continue
		}
		if err != nil && len(meant) > 1 && errors.Is(err, ErrRefused) {
			return nil, fmt.Errorf("%w (it can be asked of one Windows alone with --windows)", err)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, repair.Action{Title: o.Title, Steps: o.Steps, Name: r.Action.Name, Argument: r.Argument,
			Windows: w, Notes: o.Notes, Brings: o.Brings, Hardware: r.Action.Hardware})
	}
	if len(all) == 0 {
		return nil, refuse("%s", strings.Join(lacking, "; "))
	}
	all[0].Notes = append(all[0].Notes, lacking...)
	return all, nil
}

// conflict finds two actions that want the same thing otherwise.
func conflict(all []repair.Action) error {
	type place struct{ file, key, value string }
	wants := map[place]step.SetValue{}
	by := map[place]string{}
	for _, a := range all {
		for _, s := range a.Steps {
			v, ok := s.(step.SetValue)
			if !ok {
				continue
			}
			at := place{v.Volume.Key() + strings.ToLower(v.File), strings.ToLower(v.Key), strings.ToLower(v.Value)}
			if before, ok := wants[at]; ok && !before.New.Equal(v.New) {
				names := []string{by[at], a.Name}
				slices.Sort(names)
				return fmt.Errorf(`%s would set %s\%s to %s and to %s; ask for one after the other: %w`,
					strings.Join(slices.Compact(names), " and "), v.Key, v.Value, before.New, v.New, ErrUsage)
			}
			wants[at], by[at] = v, a.Name
		}
	}
	return nil
}
