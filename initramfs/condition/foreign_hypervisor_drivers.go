package condition

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Drivers that a hypervisor put into its guest are loaded under another one.
//
// Seen as: STOP 0x0000007B, or a start that hangs, after a move away from Xen or
// Parallels, whose drivers stand in the way to the disk. Those of VMware,
// VirtualBox and Virtual PC mostly do nothing without their devices.
// Evidence: services of that name that Windows loads at boot or with the kernel,
// and the hypervisor of the machine. Inbox drivers of Hyper-V (vmbus, storvsc,
// storflt) belong to every Windows and are none.
// Fix: Start = 4 in every control set, and the names are taken off all lists of
// filters. By itself for those that are known to stop Windows (Parallels, Red
// Hat's for Xen: virt-v2v turns off the same) under another hypervisor; the
// others on request, and on a real machine all: a Windows of Boot Camp runs under
// Parallels as well.
// Not fixed: drivers of the present controller, and where the hypervisor is not
// known.
var foreignHypervisorDrivers = Condition{
	ID:       "foreign-hypervisor-drivers",
	Title:    "Drivers of another hypervisor are loaded",
	Hardware: true,
	InHive:   true,
	Detect:   detectForeignDrivers,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		drivers, err := foreignDrivers(p, f.Windows)
		if err != nil {
			return nil, err
		}
		return disable(f.Windows, drivers, "its hypervisor is not the present one")
	},
}

// guestDrivers are the drivers that hypervisors bring along.
func guestDrivers() map[machine.Hypervisor][]string {
	return map[machine.Hypervisor][]string{
		machine.VMware:     strings.Fields("vmscsi vmci vmdebug vmhgfs vmmemctl vmmouse vmusbmouse vmxnet vmx_svga vm3dmp vsock vmrawdsk"),
		machine.VirtualBox: strings.Fields("vboxguest vboxmouse vboxsf vboxvideo vboxwddm"),
		machine.Xen:        append(strings.Fields("xen xenbus xenfilt xenvbd xenvif xeniface xenevtchn xennet xennet6 xenvdb"), stoppingXen()...),
		machine.Parallels:  stoppingParallels(),
		machine.HyperV:     strings.Fields("vpcbus vpc-s3 vpcuhub msvmmouf"), // Virtual PC's, none of the inbox ones
	}
}

// Those without which virt-v2v never leaves a Windows that it moves.
func stoppingXen() []string { return []string{"rhelscsi"} }
func stoppingParallels() []string {
	return strings.Fields("prl_boot prl_dd prl_eth5 prl_fs prl_memdev prl_mouf prl_pv32 prl_pv64 prl_scsi prl_sound prl_strg prl_tg prl_time prl_uprof prl_va")
}

func foreignDrivers(p *inspect.Patient, w *inspect.Installation) ([]loadedService, error) {
	present := p.Machine.RunsUnder()
	if present == machine.UnknownHypervisor || present == machine.OtherHypervisor || !readable(w) {
		return nil, nil
	}
	var names []string
	for of, drivers := range guestDrivers() {
		if of != present {
			names = append(names, drivers...)
		}
	}
	slices.Sort(names)
	all, err := loadedServices(w, names)
	return slices.DeleteFunc(all, func(s loadedService) bool { return bootchain.InBootPath(w, s.Name) }), err
}

func detectForeignDrivers(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		drivers, err := foreignDrivers(p, w)
		if err != nil {
			all = append(all, notRead(w, "Services", err))
		}
		if len(drivers) == 0 {
			continue
		}
		f := Finding{Result: Present, Severity: Info, Confidence: Low, Windows: w, Fixable: true,
			Summary:  fmt.Sprintf("%s loads drivers of another hypervisor than the present one (%s): %s.", w.Label(), p.Machine.RunsUnder(), strings.Join(servicesNamed(drivers), ", ")),
			Advice:   "Mostly they do nothing. If Windows stops or hangs while it starts, repair --only foreign-hypervisor-drivers turns them off.",
			Evidence: evidenceOf(w, drivers, "not loaded under "+string(p.Machine.RunsUnder()))}
		for _, s := range drivers {
			if p.Machine.RunsUnder() != machine.NoHypervisor && slices.Contains(append(stoppingParallels(), stoppingXen()...), strings.ToLower(s.Name)) {
				f.Severity, f.Confidence, f.Symptom, f.Advice = Fatal, High, stop7B, ""
			}
		}
		all = append(all, f)
	}
	return all
}
