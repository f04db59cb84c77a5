package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// Windows 2000 to 7 has the driver for its disk controller, but nothing tells it
// to use it: the critical device database has no entry for the controller, or
// for the channels or the disk of an IDE controller.
//
// Seen as: STOP 0x0000007B INACCESSIBLE_BOOT_DEVICE on another mainboard or
// virtual machine, where starting the driver at boot alone did not help (KB
// 314082; what MergeIDE was made for).
// Cause: a controller that Windows has met is bound in Enum, any other one gets
// its driver through the critical device database, which holds what set-up and
// Plug and Play put there.
// Evidence: Enum and Control\CriticalDeviceDatabase of the control set that the
// loader takes.
// Fix: the entries, and for IDE before Vista the whole set of MergeIDE, in every
// control set; services and files are completed with them.
var criticalDeviceMissing = Condition{
	ID:       "critical-device-missing",
	Title:    "Nothing gives the disk controller to its driver",
	Hardware: true,
	InHive:   true,
	Detect: func(_ context.Context, p *inspect.Patient) []Finding {
		return unbound(p, "critical-device-missing", false)
	},
	Fix: fixByInjection,
}

// unbound finds what keeps a driver that is there from getting its device, in
// Windows with or without a driver database.
func unbound(p *inspect.Patient, id string, database bool) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		link, err := bootchain.Storage(w)
		if err != nil || missing(link) != "" || len(link.Unbound) == 0 {
			continue
		}
		if has, err := w.System.HasDriverDatabase(); err != nil || has != database {
			continue
		}
		f := Finding{
			Result: Present, Severity: Fatal, Confidence: High, Windows: w, Symptom: stop7B,
			Summary: fmt.Sprintf("%s has driver %s, but nothing in its registry gives it %s: it does not start from %s.",
				w.Label(), strings.Join(link.Services, " and "), strings.Join(link.Unbound, " and "), link.Controller),
			Evidence: append(link.Origin, driverEvidence(w, link)...),
		}
		all = append(all, withOffer(p, id, f, link))
	}
	return all
}
