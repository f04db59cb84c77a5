package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// The boot manager is told to resume from hibernation, and there is nothing to resume
// from.
//
// Seen as: 0xc000009a, 0xc0000411 or "Your PC could not resume from hibernation"
// before Windows starts anew, or a start that comes to nothing. Vista and later.
// Cause: hiberfil.sys was deleted or discarded outside of Windows.
// Evidence: resume (26000005) of {bootmgr} is yes, and no volume of its Windows holds a
// hibernation image.
// Fix: the element is removed. Where Windows is hibernated, nothing is said.
var bcdHibernationResume = Condition{
	ID:     "bcd-hibernation-resume",
	Title:  "The boot manager resumes from a hibernation that is not there",
	Detect: detectBCDHibernationResume,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		return removeElements(p, f, "the boot manager starts Windows anew", resumeLeft)
	},
}

// elementManagerResume is resume of the boot manager; of other objects the number
// means something else.
const elementManagerResume bcd.ElementType = 0x26000005

func resumeLeft(m *bootchain.BootManager) []leftElement {
	for _, w := range m.Windows {
		if w.Volume.Hibernated != "" {
			return nil
		}
	}
	return leftIn([]*bcd.Object{m.Store.Object(bcd.BootManager)}, isYes, elementManagerResume)
}

func detectBCDHibernationResume(_ context.Context, p *inspect.Patient) []Finding {
	return storeFindings(p, func(m *bootchain.BootManager) *Finding {
		f := leftFinding(m, resumeLeft(m), Finding{Symptom: `"Your PC could not resume from hibernation", 0xc000009a or 0xc0000411`,
			Summary: fmt.Sprintf("%s on %s resumes from a hibernation that is not there.", m.Path, m.System.ID())})
		if f != nil {
			f.Severity, f.Confidence = Warning, High
		}
		return f
	})
}
