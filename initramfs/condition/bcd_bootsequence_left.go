package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// The boot manager starts something else than the default entry next time.
//
// Seen as: set-up, a recovery environment or another system starts once, or again and
// again where the boot manager cannot write its store. Vista and later.
// Cause: an update or a reset that was under way, a restart into recovery, a tool.
// Evidence: bootsequence (24000002) of {bootmgr}.
// Fix: on request the list is removed. An update that is under way goes on through
// it.
var bcdBootsequenceLeft = Condition{
	ID:     "bcd-bootsequence-left",
	Title:  "The boot manager is told to start something else next time",
	Detect: detectBCDBootsequenceLeft,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		return removeElements(p, f, "the boot manager starts the default entry", bootsequenceLeft)
	},
}

func bootsequenceLeft(m *bootchain.BootManager) []leftElement {
	return leftIn([]*bcd.Object{m.Store.Object(bcd.BootManager)}, nil, bcd.ElementBootSequence)
}

func detectBCDBootsequenceLeft(_ context.Context, p *inspect.Patient) []Finding {
	return storeFindings(p, func(m *bootchain.BootManager) *Finding {
		return leftFinding(m, bootsequenceLeft(m), Finding{Symptom: "Set-up or a recovery environment starts instead of Windows",
			Summary: fmt.Sprintf("%s on %s starts something else than the default entry next time.", m.Path, m.System.ID()),
			Advice:  "An update or a reset under way needs it. If nothing is under way, repair --only bcd-bootsequence-left takes it back."})
	})
}
