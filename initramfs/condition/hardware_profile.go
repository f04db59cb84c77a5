package condition

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// A device on the way to the boot volume is disabled, for all or in the hardware
// profile in use.
//
// Seen as: STOP 0x0000007B INACCESSIBLE_BOOT_DEVICE although the driver is there
// and starts. Windows 2000 and later; somebody disabled the controller, the
// channel or the bus in the device manager, or made a hardware profile for
// another machine.
// Evidence: ConfigFlags of the device (bit 0), CSConfigFlags (bits 0 to 2) of the
// device in the profile that IDConfigDB names, for the present controller, its
// channels, the PCI bus, ACPI, the volume manager and disks. Only where all of a
// kind are off: one of two may be off on purpose. ConfigFlags 20h (to be
// installed anew) is ordinary.
// Fix: these bits are cleared, in every control set and every profile.
var hardwareProfile = Condition{
	ID:       "hardware-profile",
	Title:    "A device that Windows starts from is disabled",
	Hardware: true,
	InHive:   true,
	Detect:   detectHardwareProfile,
	Fix: func(_ *inspect.Patient, f Finding) ([]step.Step, error) {
		devices, _ := bootchain.DisabledDevices(f.Windows)
		var steps []step.Step
		for _, d := range devices {
			for _, flag := range d.Flags {
				steps = append(steps, setDWORD(f.Windows, flag.KeyPath, flag.Value, flag.N, flag.N&^flag.Off, "Windows starts the "+d.What))
			}
		}
		return steps, nil
	},
}

func detectHardwareProfile(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		if !readable(w) {
			continue
		}
		devices, err := bootchain.DisabledDevices(w)
		if err != nil {
			all = append(all, notRead(w, "Devices", err))
		}
		if len(devices) == 0 {
			continue
		}
		f := Finding{Result: Present, Severity: Fatal, Confidence: High, Windows: w, Fixable: true, Symptom: stop7B}
		var what []string
		for _, d := range devices {
			if !slices.Contains(what, d.What) {
				what = append(what, d.What)
			}
			for _, flag := range d.Flags {
				f.Evidence = append(f.Evidence, keyEvidence(w, flag.KeyPath+`\`+flag.Value, "the device is not disabled", fmt.Sprintf("%#x", flag.N)))
			}
		}
		f.Summary = fmt.Sprintf("Devices that %s starts from are disabled: %s.", w.Label(), strings.Join(what, ", "))
		all = append(all, f)
	}
	return all
}
