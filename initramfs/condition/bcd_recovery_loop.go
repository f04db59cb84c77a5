package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// The boot manager starts the recovery environment by default.
//
// Seen as: Windows RE ("Choose an option", Startup Repair) starts each time. Vista
// and later.
// Cause: Startup Repair, bcdboot or a person made it the default.
// Evidence: default of {bootmgr} names the entry that a Windows has as its
// recoverysequence, or one that says it is a recovery environment (46000010). That
// Windows has such an entry is normal.
// Fix: the entry of Windows becomes the default again.
var bcdRecoveryLoop = Condition{
	ID:     "bcd-recovery-loop",
	Title:  "The recovery environment starts instead of Windows",
	Detect: detectBCDRecoveryLoop,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		return editStore(p, f.Volume, "the boot manager starts Windows by default", defaultToWindows)
	},
}

func defaultToWindows(m *bootchain.BootManager, e *bcd.Editor) error {
	o, _ := firstEntry(m)
	if o == nil {
		return fmt.Errorf("%s: no entry starts a Windows", m.Path)
	}
	return setDefault(e, o.ID)
}

// isRecovery reports an object that starts a recovery environment.
func isRecovery(m *bootchain.BootManager, o *bcd.Object) bool {
	if bootchain.IsYes(o.Element(bcd.ElementRecoveryOS)) {
		return true
	}
	for _, w := range windowsEntries(m) {
		if e := w.Element(bcd.ElementRecoverySequence); e != nil {
			ids, _ := e.Objects() // with an error those before it
			for _, id := range ids {
				if id == o.ID && o != w {
					return true
				}
			}
		}
	}
	return false
}

func detectBCDRecoveryLoop(_ context.Context, p *inspect.Patient) []Finding {
	return storeFindings(p, func(m *bootchain.BootManager) *Finding {
		o := m.Store.Object(bcd.DefaultEntry)
		if o == nil || !isRecovery(m, o) {
			return nil
		}
		f := &Finding{Result: Present, Severity: Fatal, Confidence: High, Symptom: "The recovery environment starts each time",
			Summary:  fmt.Sprintf("%s on %s starts the recovery environment by default.", m.Path, m.System.ID()),
			Evidence: []inspect.Evidence{elementEvidence(m, m.Store.Object(bcd.BootManager), bcd.ElementDefault, "the entry of Windows")}}
		adviseDefault(m, f)
		return f
	})
}

// adviseDefault says whether there is an entry of Windows to make the default.
func adviseDefault(m *bootchain.BootManager, f *Finding) {
	o, _ := firstEntry(m)
	if f.Fixable = o != nil; !f.Fixable {
		f.Advice += "No entry starts a Windows: make a new store with repair --action rebuild-bcd."
	}
}
