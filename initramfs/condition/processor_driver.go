package condition

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/step"
)

// A driver for the processor of another maker is loaded with the kernel.
//
// Seen as: STOP 0x0000007E in intelppm.sys, or 0x000000FC with PAE. Windows XP
// and Server 2003; typical after an image of an Intel machine was put onto an AMD
// machine (KB 953356), and in some virtual machines.
// Cause: setup gives the driver Start 1, so that it is loaded whatever the
// processor is; it then uses registers that are not there.
// Evidence: Start of the services for one maker's processors, and the maker of
// the present one.
// Fix: Start = 4; Windows works without the driver, at full speed and without
// saving power. By itself only where the processor is known to be of another
// maker. In a virtual machine the driver is harmless more often than not (a real
// hive of XP in VMware has it): there on request.
// Not fixed: Vista and later, which load these drivers for a device only.
var processorDriver = Condition{
	ID:       "processor-driver",
	Title:    "A driver for another processor is loaded",
	Hardware: true,
	InHive:   true,
	Detect:   detectProcessorDriver,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		drivers, _, err := strangeProcessorDrivers(p, f.Windows)
		if err != nil {
			return nil, err
		}
		return disable(f.Windows, drivers, "the driver is for another processor")
	},
}

// processorDrivers are the services for one maker's processors.
func processorDrivers() map[string][]string {
	return map[string][]string{machine.Intel: {"intelppm", "p3"}, machine.AMD: {"amdk6", "amdk7", "amdk8", "amdppm"}, "GenuineTMx86": {"crusoe"}}
}

// strangeProcessorDrivers are those that are loaded and may not fit; sure tells
// that the processor is of another maker.
func strangeProcessorDrivers(p *inspect.Patient, w *inspect.Installation) (all []loadedService, sure bool, err error) {
	if p.Machine == nil || w.VersionErr != nil || w.Version.AtLeast(6, 0) || !readable(w) {
		return nil, false, nil
	}
	virtual := false
	switch p.Machine.RunsUnder() {
	case machine.UnknownHypervisor, machine.NoHypervisor, machine.VMware:
	default:
		virtual = true
	}
	vendor := p.Machine.CPUVendor
	drivers := processorDrivers()
	for _, maker := range slices.Sorted(maps.Keys(drivers)) {
		other := vendor != "" && vendor != maker
		if !other && !virtual {
			continue
		}
		found, e := loadedServices(w, drivers[maker])
		if e != nil {
			err = e
		}
		all, sure = append(all, found...), sure || other && len(found) > 0
	}
	return all, sure, err
}

func detectProcessorDriver(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		drivers, sure, err := strangeProcessorDrivers(p, w)
		if err != nil {
			all = append(all, notRead(w, "Processor drivers", err))
		}
		if len(drivers) == 0 {
			continue
		}
		f := Finding{Result: Present, Severity: Info, Confidence: Low, Windows: w, Fixable: true,
			Summary:  fmt.Sprintf("%s loads drivers for the processor of the machine it comes from: %s.", w.Label(), strings.Join(servicesNamed(drivers), ", ")),
			Advice:   "In most virtual machines they do no harm. If Windows stops with 0x0000007E or 0x000000FC, repair --only processor-driver turns them off.",
			Symptom:  "STOP 0x0000007E (or 0x000000FC) in a processor driver",
			Evidence: evidenceOf(w, drivers, "a driver for this processor")}
		if sure {
			f.Severity, f.Confidence, f.Advice = Fatal, High, ""
			f.Summary = fmt.Sprintf("%s loads drivers that are not for the processor of this machine (%s): %s.", w.Label(), p.Machine.CPUVendor, strings.Join(servicesNamed(drivers), ", "))
		}
		all = append(all, f)
	}
	return all
}
