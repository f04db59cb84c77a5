package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// The menu of the boot manager lists entries that do not exist.
//
// Seen as: entries that are missing in the menu, or 0xc0000034. Vista and later.
// Cause: an entry that was deleted without its place in the menu.
// Evidence: displayorder of {bootmgr}.
// Fix: what does not exist is taken out of the list; where nothing is left of it,
// the entry of Windows is put in.
var bcdDisplayOrder = Condition{
	ID:     "bcd-display-order",
	Title:  "The boot menu (BCD) lists entries that do not exist",
	Detect: detectBCDDisplayOrder,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		return editStore(p, f.Volume, "the boot manager shows what there is", func(m *bootchain.BootManager, e *bcd.Editor) error {
			gone, left := danglingMenu(m)
			if left == 0 {
				if o, _ := firstEntry(m); o != nil {
					if err := e.AddFirst(bcd.BootManager, bcd.ElementDisplayOrder, o.ID); err != nil {
						return err
					}
				}
			}
			return e.RemoveFrom(bcd.BootManager, bcd.ElementDisplayOrder, gone...)
		})
	},
}

// danglingMenu are the names in the menu that lead nowhere, and how many lead
// somewhere.
func danglingMenu(m *bootchain.BootManager) (gone []bcd.GUID, left int) {
	manager := m.Store.Object(bcd.BootManager)
	if manager == nil || manager.Element(bcd.ElementDisplayOrder) == nil {
		return nil, 0
	}
	list, err := manager.Element(bcd.ElementDisplayOrder).Objects()
	if err != nil {
		return nil, 0
	}
	for _, id := range list {
		if m.Store.Object(id) == nil {
			gone = append(gone, id)
		} else {
			left++
		}
	}
	return gone, left
}

func detectBCDDisplayOrder(_ context.Context, p *inspect.Patient) []Finding {
	return storeFindings(p, func(m *bootchain.BootManager) *Finding {
		gone, _ := danglingMenu(m)
		if len(gone) == 0 {
			return nil
		}
		return &Finding{Result: Present, Severity: Warning, Confidence: High, Fixable: true,
			Symptom:  "An entry is missing in the boot menu, or 0xc0000034",
			Summary:  fmt.Sprintf("The menu in %s on %s lists %d entries that do not exist.", m.Path, m.System.ID(), len(gone)),
			Evidence: []inspect.Evidence{elementEvidence(m, m.Store.Object(bcd.BootManager), bcd.ElementDisplayOrder, fmt.Sprintf("without %v", gone))}}
	})
}
