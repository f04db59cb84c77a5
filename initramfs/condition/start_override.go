package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Windows 8 and later: a driver that every disk needs is boot-start by its Start
// and held back by its StartOverride, which counts more.
//
// Seen as: STOP 0x0000007B INACCESSIBLE_BOOT_DEVICE after the virtual machine was
// given another controller or another host (Azure: pci and vpci after the change
// to NVMe; vmbus on Hyper-V).
// Cause: Windows writes StartOverride for drivers that the machine it ran on did
// not need.
// Evidence: Services\<name>\StartOverride of pci, disk, partmgr, volmgr,
// mountmgr and acpi; of vmbus and vpci where the machine is a Hyper-V one.
// The controller's own driver is the matter of storage-driver-disabled, and on
// others (AHCI while the disk hangs on NVMe) StartOverride is what Windows itself
// writes: no fault.
// Fix: every value of the key = 0, in every control set.
var startOverride = Condition{
	ID:     "start-override",
	Title:  "A driver that every disk needs is held back by StartOverride",
	InHive: true,
	Detect: detectStartOverride,
	Fix:    fixStartOverride,
}

func detectStartOverride(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		link, err := bootchain.Storage(w)
		if err != nil {
			continue
		}
		var names []string
		f := Finding{Result: Present, Severity: Fatal, Confidence: High, Windows: w, Symptom: stop7B, Fixable: true}
		for _, d := range link.Boot().Common {
			if overridden(link, d) {
				names = append(names, fmt.Sprintf("%s (%s)", d.Service.Name, d.Why()))
			}
		}
		if len(names) == 0 {
			continue
		}
		f.Summary = fmt.Sprintf("%s does not start drivers that its disk needs: %s.", w.Label(), strings.Join(names, ", "))
		f.Evidence = driverEvidence(w, link)
		all = append(all, f)
	}
	return all
}

func overridden(link *bootchain.StorageLink, d bootchain.Driver) bool {
	return d.Usable() && !d.Starts() && !heldBack(link, d)
}

func fixStartOverride(_ *inspect.Patient, f Finding) ([]step.Step, error) {
	link, err := bootchain.Storage(f.Windows)
	if err != nil {
		return nil, err
	}
	var steps []step.Step
	for _, set := range link.Sets {
		for _, d := range set.Common {
			if overridden(link, d) {
				steps = append(steps, startAtBoot(f.Windows, set, d.Service)...)
			}
		}
	}
	return steps, nil
}
