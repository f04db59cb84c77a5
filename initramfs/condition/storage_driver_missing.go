package condition

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// Windows has no usable driver for the controller that its disk hangs on now:
// it knows none, its file or service is gone, the file is for another
// processor, or nothing in the registry binds the controller to the driver.
//
// Seen as: STOP 0x0000007B INACCESSIBLE_BOOT_DEVICE, often with 0xC0000034 as
// second parameter. Any Windows moved to another machine.
// Evidence: registry bindings and files of the installation, catalog of inbox
// drivers.
// Fix: none yet; it takes a driver from somewhere else.
var storageDriverMissing = Condition{
	ID:     "storage-driver-missing",
	Title:  "Windows has no usable driver for the disk controller",
	Detect: detectStorageDriverMissing,
}

const stop7B = "STOP 0x0000007B INACCESSIBLE_BOOT_DEVICE"

func detectStorageDriverMissing(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		link, err := bootchain.Storage(w)
		if err != nil {
			continue // storage-driver-disabled reports it as unknown, once
		}
		why := missing(w, link)
		if why == "" {
			continue
		}
		all = append(all, Finding{
			Result: Present, Severity: Fatal, Confidence: High, Windows: w, Symptom: stop7B,
			Summary:  fmt.Sprintf("%s cannot start from %s: %s.", w.Label(), link.Controller, why),
			Advice:   "bootmend cannot bring in drivers yet. Attach the disk to a controller that this Windows knows, or install the driver there before moving the disk.",
			Evidence: append(link.Origin, driverEvidence(w, link)...),
		})
	}
	return all
}

// missing says what is missing in the control set that the loader takes, "" when
// nothing is.
func missing(w *inspect.Installation, link *bootchain.StorageLink) string {
	if len(link.Services) == 0 {
		return "it has no driver for this controller, as far as its registry and the catalog know"
	}
	var why []string
	for _, d := range link.Boot().Drivers {
		if !d.Usable() {
			why = append(why, fmt.Sprintf("driver %s: %s", d.Name, d.Why()))
		}
	}
	if len(why) == 0 && !link.Bound {
		return fmt.Sprintf("driver %s is there, but nothing in the registry binds this controller to it", strings.Join(link.Services, " and "))
	}
	return strings.Join(why, "; ")
}

// driverEvidence lists the state of each needed driver in each control set.
func driverEvidence(w *inspect.Installation, link *bootchain.StorageLink) []inspect.Evidence {
	var all []inspect.Evidence
	for _, set := range link.Sets {
		for _, d := range set.Drivers {
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

// unknownStorage is the finding for an installation whose link could not be
// worked out.
func unknownStorage(w *inspect.Installation, err error) Finding {
	f := Finding{
		Result: Unknown, Severity: Warning, Confidence: Low, Windows: w, Symptom: stop7B,
		Summary: fmt.Sprintf("Whether %s has a driver for its disk controller cannot be told: %v.", w.Label(), err),
	}
	if errors.Is(err, bootchain.ErrNoController) {
		f.Advice = "Say which machine the disk will run in with --machine PROFILE, or start bootmend on that machine."
	}
	return f
}
