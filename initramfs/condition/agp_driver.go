package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/step"
)

// A driver for an AGP bridge is loaded at boot on a virtual machine that has
// none.
//
// Seen as: a start that hangs, in safe mode after the line agp440.sys, or STOP
// 0x0000007E. Windows 2000 to Server 2003, after a move from a real machine or
// from VMware, whose virtual chip set has an AGP bridge.
// Evidence: Start 0 or 1 of the drivers, which is normal where there is such a
// bridge, and the hypervisor; QEMU, VirtualBox, Xen and Parallels have none.
// Fix: on request, because the driver does no harm on most machines: Start = 4,
// and the name is taken off the lists of filters.
// Not fixed: Vista and later, which load these drivers for a device only.
var agpDriver = Condition{
	ID:       "agp-driver",
	Title:    "A driver for an AGP bridge is loaded where there is none",
	Hardware: true,
	InHive:   true,
	Detect:   detectAGPDriver,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		drivers, err := strangeAGPDrivers(p, f.Windows)
		if err != nil {
			return nil, err
		}
		return disable(f.Windows, drivers, "the machine has no AGP bridge")
	},
}

func strangeAGPDrivers(p *inspect.Patient, w *inspect.Installation) ([]loadedService, error) {
	if w.VersionErr != nil || w.Version.AtLeast(6, 0) || !readable(w) {
		return nil, nil
	}
	switch p.Machine.RunsUnder() {
	case machine.KVM, machine.VirtualBox, machine.Xen, machine.Parallels:
		return loadedServices(w, strings.Fields("agp440 agpcpq alim1541 amdagp sisagp viaagp gagp30kx nv_agp uagp35 uliagpkx"))
	}
	return nil, nil
}

func detectAGPDriver(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		drivers, err := strangeAGPDrivers(p, w)
		if err != nil {
			all = append(all, notRead(w, "AGP drivers", err))
		}
		if len(drivers) == 0 {
			continue
		}
		all = append(all, Finding{Result: Present, Severity: Info, Confidence: Low, Windows: w, Fixable: true,
			Symptom: "a start that hangs at the AGP driver, or STOP 0x0000007E",
			Summary: fmt.Sprintf("%s loads drivers for an AGP bridge, which %s does not have: %s.", w.Label(), p.Machine.RunsUnder(), strings.Join(servicesNamed(drivers), ", ")),
			Advice:  "On most machines they do no harm. If Windows hangs while it starts, repair --only agp-driver turns them off.",

			Evidence: evidenceOf(w, drivers, "not loaded without a bridge")})
	}
	return all
}
