package condition

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// Windows knows the bus of Hyper-V under its old name only.
//
// Seen as: STOP 0x0000007B on a newer Hyper-V or in Azure. Windows 8 and 8.1,
// Server 2012 and 2012 R2, which were set up on an older one.
// Cause: newer hosts call the ACPI device MSFT1000 (and the generation counter
// MSFT1002), older ones VMBus and Hyper_V_Gen_Counter_V1; these Windows start it
// at boot only under a name that they have met.
// Evidence: Enum\ACPI\VMBus is there and Enum\ACPI\MSFT1000 is not, under Hyper-V.
// The source is Microsoft's repair scripts for Azure; that an older host would
// still use the old name is why it is done on request only.
// Fix: the keys of the old names are copied to the new ones, in every control set.
var vmbusDeviceMissing = Condition{
	ID:       "vmbus-device-missing",
	Title:    "The bus of a newer Hyper-V is not known to Windows",
	Hardware: true,
	InHive:   true,
	Detect:   detectVMBusDevice,
	Fix:      fixVMBusDevice,
}

// renamedDevice is a key below Enum\ACPI and its new name.
type renamedDevice struct{ set, from, to string }

// renamedDevices lists the keys that are to be copied; the bus itself must be
// among them.
func renamedDevices(w *inspect.Installation) ([]renamedDevice, error) {
	var all []renamedDevice
	for _, set := range w.ControlSets {
		for i, names := range [][2]string{{"VMBus", "MSFT1000"}, {"Hyper_V_Gen_Counter_V1", "MSFT1002"}} {
			acpi := set.Path + `\Enum\ACPI\`
			_, errOld := w.System.Hive.Key(acpi + names[0])
			_, errNew := w.System.Hive.Key(acpi + names[1])
			for _, err := range []error{errOld, errNew} {
				if err != nil && !errors.Is(err, regf.ErrNotExist) {
					return nil, err
				}
			}
			if errOld == nil && errNew != nil {
				all = append(all, renamedDevice{set.Path, acpi + names[0], acpi + names[1]})
			} else if i == 0 {
				break // the bus decides
			}
		}
	}
	return all, nil
}

func detectVMBusDevice(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		if !readable(w) || w.VersionErr != nil || !w.Version.AtLeast(6, 2) || w.Version.AtLeast(10, 0) || p.Machine.RunsUnder() != machine.HyperV {
			continue
		}
		devices, err := renamedDevices(w)
		if err != nil {
			all = append(all, notRead(w, "Devices", err))
		}
		if len(devices) == 0 {
			continue
		}
		f := Finding{Result: Present, Severity: Info, Confidence: Low, Windows: w, Fixable: true, Symptom: stop7B,
			Summary: fmt.Sprintf("%s knows the bus of Hyper-V under its old name only.", w.Label()),
			Advice:  "Under a host of the age of this Windows that is right. If Windows stops with 0x0000007B on a newer host, repair --only vmbus-device-missing gives it the new name."}
		for _, d := range devices {
			f.Evidence = append(f.Evidence, keyEvidence(w, d.from, "a key "+d.to[strings.LastIndex(d.to, `\`)+1:]+" beside it", "it is there alone"))
		}
		all = append(all, f)
	}
	return all
}

func fixVMBusDevice(_ *inspect.Patient, f Finding) ([]step.Step, error) {
	devices, err := renamedDevices(f.Windows)
	if err != nil {
		return nil, err
	}
	var steps []step.Step
	for _, d := range devices {
		copied, err := copyKey(f.Windows, d.from, d.to, "a newer Hyper-V calls the device so")
		if err != nil {
			return nil, err
		}
		steps = append(steps, copied...)
	}
	return steps, nil
}

// copyKey are the steps that make a key like another, with all below it.
func copyKey(w *inspect.Installation, from, to, why string) ([]step.Step, error) {
	k, err := w.System.Hive.Key(from)
	if err != nil {
		return nil, err
	}
	class, err := k.Class()
	if err != nil {
		return nil, err
	}
	steps := []step.Step{step.MakeKey{Volume: w.Volume, File: w.HivePath, Key: to, Class: class, Why: why}}
	values, err := k.Values()
	if err != nil {
		return nil, err
	}
	for _, v := range values {
		data, err := v.Data()
		if err != nil {
			return nil, err
		}
		steps = append(steps, step.SetValue{Volume: w.Volume, File: w.HivePath, Key: to, Value: v.Name(), New: &step.Data{Type: v.Type(), Bytes: data}, Why: why})
	}
	keys, err := k.Subkeys()
	if err != nil {
		return nil, err
	}
	for _, sub := range keys {
		below, err := copyKey(w, from+`\`+sub.Name(), to+`\`+sub.Name(), why)
		if err != nil {
			return nil, err
		}
		steps = append(steps, below...)
	}
	return steps, nil
}
