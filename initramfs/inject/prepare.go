package inject

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Note is what is to be said about one controller.
type Note struct {
	Controller machine.Controller
	Sentence   string
	// Doubt: the sentence says why it is not certain that Windows will start.
	Doubt bool
	// Need is not nil when no driver can be had.
	Need *NeedError
}

// Prepare makes a Windows start from each of the controllers that a machine will
// have: drivers, bindings, and the rest of the chain. The notes say for each of
// them what was found. The error joins a *NeedError, or what else went wrong, for
// each controller that no driver can be had for; the steps for the others come
// with it, so that the caller decides.
func Prepare(p *inspect.Patient, w *inspect.Installation, controllers []machine.Controller) ([]step.Step, []Note, error) {
	plan, err := newPlan(w)
	if err != nil {
		return nil, nil, err
	}
	var notes []Note
	var errs []error
	for _, c := range controllers {
		if already, err := Starts(w, c); err == nil && already != "" {
			notes = append(notes, Note{Controller: c, Sentence: fmt.Sprintf("%s starts from %s already: %s", w.Label(), c, already)})
			continue
		}
		more, err := plan.prepare(p, c)
		notes = append(notes, more...)
		if err != nil {
			errs = append(errs, err)
		}
	}
	return plan.steps(), notes, errors.Join(errs...)
}

// prepare adds the steps for one controller; what another of them needs is
// shared.
func (p *plan) prepare(patient *inspect.Patient, c machine.Controller) ([]Note, error) {
	offer, err := For(patient, p.w, c)
	if need, ok := IsNeed(err); ok {
		return []Note{{Controller: c, Sentence: need.Error(), Need: need}}, err
	}
	if err != nil {
		return []Note{{Controller: c, Sentence: fmt.Sprintf("for %s nothing can be done: %v", c, err), Doubt: true}}, fmt.Errorf("%s: %w", c, err)
	}
	for i := range offer.Drivers {
		if err := p.put(&offer.Drivers[i]); err != nil {
			return []Note{{Controller: c, Sentence: err.Error(), Doubt: true}}, fmt.Errorf("%s: %w", c, err)
		}
	}
	notes := []Note{{Controller: c, Sentence: fmt.Sprintf("%s gets %s from %s", c, strings.Join(offer.Names(), ", "), offer.From)}}
	for _, d := range offer.Doubts {
		notes = append(notes, Note{Controller: c, Sentence: d, Doubt: true})
	}
	return notes, nil
}

// Names are the services of the offer.
func (o *Offer) Names() []string {
	var names []string
	for _, d := range o.Drivers {
		names = append(names, d.Service.Name)
	}
	return names
}

// Starts says in words by which drivers the Windows starts from a controller as
// it is, "" when it does not. In every control set: the loader may take another
// one next time.
func Starts(w *inspect.Installation, c machine.Controller) (string, error) {
	link, err := bootchain.StorageOn(w, &c)
	if err != nil || !link.Bound || len(link.Unbound) > 0 || len(link.Services) == 0 {
		return "", err
	}
	for _, set := range link.Sets {
		for _, d := range set.All() {
			if !d.Starts() {
				return "", nil
			}
		}
	}
	return strings.Join(link.Services, " and "), nil
}
