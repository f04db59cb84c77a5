package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// What the boot manager is to start by default is no entry of the store.
//
// Seen as: 0xc0000225 or 0xc0000034 "The boot configuration data for your PC is
// missing or contains errors". Vista and later.
// Cause: an entry that was deleted by a tool, a store mended by hand.
// Evidence: default of {bootmgr}.
// Fix: the first entry of the menu that starts a Windows becomes the default; where
// none does, the newest Windows gets one, as setup would make it.
var bcdDefaultDangling = Condition{
	ID:     "bcd-default-dangling",
	Title:  "The default entry of the boot configuration (BCD) does not exist",
	Detect: detectBCDDefaultDangling,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		return editStore(p, f.Volume, "the boot manager starts Windows by default", func(m *bootchain.BootManager, e *bcd.Editor) error {
			if o, _ := firstEntry(m); o != nil {
				return setDefault(e, o.ID)
			}
			id, err := m.AddWindows(e, m.NewestFirst()[0])
			if err != nil {
				return err
			}
			return setDefault(e, id)
		})
	},
}

func detectBCDDefaultDangling(_ context.Context, p *inspect.Patient) []Finding {
	return storeFindings(p, func(m *bootchain.BootManager) *Finding {
		manager := m.Store.Object(bcd.BootManager)
		if manager == nil || manager.Element(bcd.ElementDefault) == nil || m.Store.Object(bcd.DefaultEntry) != nil {
			return nil
		}
		f := &Finding{Result: Present, Severity: Fatal, Confidence: High, Fixable: true,
			Symptom:  `0xc0000225 or 0xc0000034 "The boot configuration data is missing or contains errors"`,
			Summary:  fmt.Sprintf("%s on %s has no entry to start by default.", m.Path, m.System.ID()),
			Evidence: []inspect.Evidence{elementEvidence(m, manager, bcd.ElementDefault, "an entry that exists")}}
		if o, _ := firstEntry(m); o == nil {
			if _, err := bootchain.StoreIdentity(m.NewestFirst()[0].Volume); err != nil {
				f.Fixable, f.Advice = false, fmt.Sprintf("No entry can be made: %v.", err)
			}
		}
		return f
	})
}
