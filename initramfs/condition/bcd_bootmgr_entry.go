package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// The store has no object of the boot manager, or one that does not say where the
// boot manager is.
//
// Seen as: 0xc0000098 "does not contain a valid OS entry", 0xc0000034; without the
// device Windows starts, and bcdedit and updates say "The boot configuration data
// store could not be opened". Vista and later.
// Evidence: {bootmgr} and its device.
// Fix: the object as setup makes it, for the entry of Windows; the partition that the
// firmware starts from as its device.
// Not fixed: where no entry starts a Windows, either; bcd-device-stale and the action
// rebuild-bcd are for that.
var bcdBootmgrEntry = Condition{
	ID:     "bcd-bootmgr-entry",
	Title:  "The boot configuration (BCD) lacks the boot manager's own entry",
	Detect: detectBCDBootmgrEntry,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		return editStore(p, f.Volume, "the boot manager has its settings", func(m *bootchain.BootManager, e *bcd.Editor) error {
			if m.Store.Object(bcd.BootManager) == nil {
				o, w := firstEntry(m)
				if o == nil {
					return fmt.Errorf("%s: no entry starts a Windows", m.Path)
				}
				return m.AddManager(e, w, o)
			}
			id, err := bootchain.StoreIdentity(m.System)
			if err != nil {
				return err
			}
			return e.Set(bcd.BootManager, bcd.ElementDevice, bcd.DeviceValue(bcd.PartitionDevice(id)))
		})
	},
}

func detectBCDBootmgrEntry(_ context.Context, p *inspect.Patient) []Finding {
	return storeFindings(p, func(m *bootchain.BootManager) *Finding {
		if len(m.Store.Objects) == 0 {
			return nil // bcd-unreadable
		}
		manager := m.Store.Object(bcd.BootManager)
		f := &Finding{Result: Present, Severity: Fatal, Confidence: High, Fixable: true}
		_, err := bootchain.StoreIdentity(m.System)
		switch {
		case manager == nil:
			f.Symptom = `0xc0000098 "does not contain a valid OS entry", or 0xc0000034`
			f.Summary = fmt.Sprintf("%s on %s has no object of the boot manager.", m.Path, m.System.ID())
			f.Evidence = []inspect.Evidence{storeEvidence(m, "{bootmgr}", "an object", "missing")}
			if o, _ := firstEntry(m); o == nil || err != nil {
				f.Fixable, f.Advice = false, "No entry starts a Windows, either: make a new store with repair --action rebuild-bcd."
			}
		case manager.Element(bcd.ElementDevice) == nil:
			f.Severity = Warning
			f.Symptom = `bcdedit and updates of Windows say "The boot configuration data store could not be opened"`
			f.Summary = fmt.Sprintf("The boot manager's object in %s on %s does not say where the boot manager is.", m.Path, m.System.ID())
			f.Evidence = []inspect.Evidence{elementEvidence(m, manager, bcd.ElementDevice, "the partition that the firmware starts from")}
			f.Fixable = err == nil
		default:
			return nil
		}
		return f
	})
}
