package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// The boot manager and the loader may not use graphics.
//
// Seen as: a black screen until the logon, on UEFI machines without text mode; the
// start itself goes on. Windows 7 and later.
// Cause: set for a machine with another display, or by a tool for a virtual one.
// Evidence: graphicsmodedisabled (16000046) of {bootmgr}, {globalsettings} or the
// entry is yes.
// Fix: on request the element is removed.
var bcdGraphicsmodeDisabled = Condition{
	ID:     "bcd-graphicsmode-disabled",
	Title:  "The boot manager shows nothing in graphics mode",
	Detect: detectBCDGraphicsmodeDisabled,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		return removeElements(p, f, "boot manager and loader use the display", graphicsOff)
	},
}

func graphicsOff(m *bootchain.BootManager) []leftElement {
	where := []*bcd.Object{m.Store.Object(bcd.BootManager), m.Store.Object(bcd.GlobalSettings)}
	return leftIn(append(where, windowsEntries(m)...), isYes, bcd.ElementGraphicsDisabled)
}

func isYes(e *bcd.Element) bool { return bootchain.IsYes(e) }

func detectBCDGraphicsmodeDisabled(_ context.Context, p *inspect.Patient) []Finding {
	return storeFindings(p, func(m *bootchain.BootManager) *Finding {
		return leftFinding(m, graphicsOff(m), Finding{Symptom: "A black screen until Windows has started",
			Summary: fmt.Sprintf("%s on %s turns graphics off.", m.Path, m.System.ID()),
			Advice:  "If the screen stays black, repair --only bcd-graphicsmode-disabled turns it on."})
	})
}
