package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inject"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Windows has no usable driver for the controller that its disk hangs on now:
// it knows none, its file or service is gone, the file is for another
// processor; or the service of disks is gone.
//
// Seen as: STOP 0x0000007B INACCESSIBLE_BOOT_DEVICE, often with 0xC0000034 as
// second parameter. Any Windows moved to another machine.
// Evidence: registry bindings and files of the installation, catalog of inbox
// drivers.
// Fix: the inbox driver with files from the installation's own sources or from
// another Windows of the same version on the disks; else a driver package from
// the media. Files, service and binding, in every control set.
// Not fixed: where none of these has a driver that can run there. The advice
// says what to provide. Only on request where it is not certain that the driver
// will run.
var storageDriverMissing = Condition{
	ID:       "storage-driver-missing",
	Title:    "Windows has no usable driver for the disk controller",
	Hardware: true,
	Detect:   detectStorageDriverMissing,
	Fix:      fixByInjection,
}

const stop7B = "STOP 0x0000007B INACCESSIBLE_BOOT_DEVICE"

func detectStorageDriverMissing(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		link, err := bootchain.Storage(w)
		if err != nil {
			continue // storage-driver-disabled reports it as unknown, once
		}
		why := missing(link)
		if why == "" {
			continue
		}
		f := Finding{
			Result: Present, Severity: Fatal, Confidence: High, Windows: w, Symptom: stop7B,
			Summary:  fmt.Sprintf("%s cannot start from %s: %s.", w.Label(), link.Controller, why),
			Evidence: append(link.Origin, driverEvidence(w, link)...),
		}
		all = append(all, withOffer(p, "storage-driver-missing", f, link))
	}
	return all
}

// maxProblems of reading driver packages are shown: a collection can have hundreds
// of files that are for something else.
const maxProblems = 5

// withOffer completes a finding by what can be done about it.
func withOffer(p *inspect.Patient, id string, f Finding, link *bootchain.StorageLink) Finding {
	if f.Windows.IsReactOS() {
		return withReactOSOffer(p, f, link)
	}
	offer, err := inject.For(p, f.Windows, link.Controller)
	if need, ok := inject.IsNeed(err); ok {
		f.Advice = need.Provide()
		for _, r := range need.Refusals {
			f.Evidence = append(f.Evidence, r.Evidence...)
		}
		for _, place := range need.Searched {
			f.Evidence = append(f.Evidence, inspect.Evidence{Volume: place, Offset: -1, Actual: "no package for this controller and this Windows that can be used"})
		}
		f.Evidence = append(f.Evidence, problems(need.Problems)...)
		return f
	}
	if err != nil {
		f.Advice = fmt.Sprintf("Why it cannot be repaired: %v.", err)
		return f
	}
	if _, err := inject.Steps(f.Windows, offer.Drivers...); err != nil {
		f.Advice = fmt.Sprintf("It cannot be repaired with %s: %v.", offer.From, err)
		return f
	}
	f.Fixable = true
	f.Evidence = append(f.Evidence, offer.Origin...)
	for _, r := range offer.Refusals {
		f.Evidence = append(f.Evidence, inspect.Evidence{Volume: "driver packages", Path: r.Driver, Offset: -1, Actual: "not used: " + r.Sentence})
	}
	f.Evidence = append(f.Evidence, problems(offer.Problems)...)
	if len(offer.Doubts) > 0 {
		f.Confidence = Low
		f.Advice = fmt.Sprintf("bootmend has %s from %s, but it is not certain that Windows will start with it: %s. Repair it with --only %s.",
			strings.Join(offer.Names(), " and "), offer.From, strings.Join(offer.Doubts, "; "), id)
	}
	return f
}

// problems are the first of what could not be read of the media.
func problems(errs []error) []inspect.Evidence {
	var all []inspect.Evidence
	for i := 0; i < len(errs) && i < maxProblems; i++ {
		all = append(all, inspect.Evidence{Volume: "driver packages", Offset: -1, Actual: errs[i].Error()})
	}
	return all
}

func fixByInjection(p *inspect.Patient, f Finding) ([]step.Step, error) {
	link, err := bootchain.Storage(f.Windows)
	if err != nil {
		return nil, err
	}
	if f.Windows.IsReactOS() {
		return reactOSDriverSteps(p, f.Windows, link)
	}
	offer, err := inject.For(p, f.Windows, link.Controller)
	if err != nil {
		return nil, err
	}
	return inject.Steps(f.Windows, offer.Drivers...)
}

// missing says what is missing in the control set that the loader takes, "" when
// nothing is.
func missing(link *bootchain.StorageLink) string {
	if len(link.Services) == 0 {
		return "it has no driver for this controller, as far as its registry and the catalog know"
	}
	var why []string
	for _, d := range link.Boot().Drivers {
		if !d.Usable() {
			why = append(why, fmt.Sprintf("driver %s: %s", d.Name, d.Why()))
		}
	}
	for _, d := range link.Boot().Common {
		if d.Err != nil { // those whose file is bad are boot-driver-file-missing
			why = append(why, fmt.Sprintf("driver %s: %s", d.Name, d.Why()))
		}
	}
	return strings.Join(why, "; ")
}

// driverEvidence lists the state of each needed driver in each control set; of
// those that every disk needs only what would not start.
func driverEvidence(w *inspect.Installation, link *bootchain.StorageLink) []inspect.Evidence {
	var all []inspect.Evidence
	for _, set := range link.Sets {
		for i, d := range set.All() {
			if i >= len(set.Drivers) && d.Starts() {
				continue
			}
			e := inspect.Evidence{Volume: w.Volume.ID(), Path: w.HivePath + " " + set.Set.Path + `\Services\` + d.Name, Offset: -1,
				Expected: "boot start", Actual: d.Why()}
			if e.Actual == "" {
				e.Actual, e.Expected = "Start is 0 (boot), file "+d.File, ""
			}
			if roles := set.Set.Roles(); len(roles) > 0 {
				e.Actual += " [control set is " + strings.Join(roles, ", ") + "]"
			}
			all = append(all, e)
		}
	}
	return all
}
