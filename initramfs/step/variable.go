package step

import (
	"fmt"

	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/initramfs/efi"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// SetVariable gives a variable of the machine's UEFI firmware another value. Disks
// stay as they are; it is done when they are written.
type SetVariable struct {
	Disk *inspect.Disk // the one that is started by it
	Name string        // efi.BootOrder, efi.EntryName(0), ...
	Old  *efi.Variable // what must be there, nil: it must not be there
	New  *efi.Variable // nil: it is deleted
	Why  string
}

// Place implements Step: what keeps the disk from being changed keeps this, too.
func (s SetVariable) Place() (*inspect.Disk, *inspect.Volume) { return s.Disk, nil }

// Describe implements Step.
func (s SetVariable) Describe() Description {
	return Description{Action: "set-efi-variable", Volume: s.Disk.Path, Value: s.Name, Old: variableText(s.Name, s.Old), New: variableText(s.Name, s.New), Why: s.Why,
		Text: fmt.Sprintf("set the firmware's variable %s from %s to %s", shortName(s.Name), variableText(s.Name, s.Old), variableText(s.Name, s.New))}
}

// shortName leaves out the vendor.
func shortName(name string) string {
	const vendor = len("-" + efi.Global)
	return name[:max(0, len(name)-vendor)]
}

// variableText is a value for people.
func variableText(name string, v *efi.Variable) string {
	if v == nil {
		return "nothing"
	}
	if !edition.NT6 {
		return fmt.Sprintf("% x", v.Data)
	}
	if name == efi.BootOrder {
		if order, err := efi.ParseOrder(v.Data); err == nil {
			return fmt.Sprintf("%04X", order)
		}
	}
	if _, ok := efi.EntryNumber(name); ok {
		if o, err := efi.ParseLoadOption(v.Data); err == nil {
			state := "inactive"
			if o.IsActive() {
				state = "active"
			}
			return fmt.Sprintf("%s (%s)", o, state)
		}
	}
	return fmt.Sprintf("% x", v.Data)
}
