package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// The entry of a Windows starts it in safe mode, every time.
//
// Seen as: "Safe Mode" in the corners of the screen, no network, drivers and
// programs that do not start; directory services restore mode on servers. Vista and
// later.
// Cause: msconfig, bcdedit or a repair tool turned it on (also action safe-mode of
// bootmend) and nobody turned it off.
// Evidence: safeboot (25000080) of the entry.
// Fix: on request the element and its alternate shell are removed. It may be meant.
var bcdSafebootLeft = Condition{
	ID:     "bcd-safeboot-left",
	Title:  "Windows is set to start in safe mode every time",
	Detect: detectBCDSafebootLeft,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		return removeElements(p, f, "Windows starts as usual", safebootLeft)
	},
}

// elementSafeShell: with a command prompt instead of the desktop.
const elementSafeShell bcd.ElementType = 0x26000081

func safebootLeft(m *bootchain.BootManager) []leftElement {
	return leftIn(windowsEntries(m), nil, bcd.ElementSafeBoot, elementSafeShell)
}

func detectBCDSafebootLeft(_ context.Context, p *inspect.Patient) []Finding {
	return storeFindings(p, func(m *bootchain.BootManager) *Finding {
		return leftFinding(m, safebootLeft(m), Finding{Symptom: "Windows starts in safe mode every time",
			Summary: fmt.Sprintf("%s on %s starts Windows in safe mode.", m.Path, m.System.ID()),
			Advice:  "It may be meant. repair --only bcd-safeboot-left, or repair --action safe-mode=off, takes it back."})
	})
}
