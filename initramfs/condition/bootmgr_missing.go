package condition

import (
	"context"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// The boot manager of Vista and later (bootmgr) is missing, empty, or filled with
// zeros. BIOS.
//
// Seen as: "BOOTMGR is missing. Press Ctrl+Alt+Del to restart", "BOOTMGR image is
// corrupt. The system cannot boot."
// Cause: deleted, lost with a system partition that was cleaned or not copied.
// Evidence: the root of the volume that the BIOS starts from.
// Fix: the copy that each Windows keeps in \Windows\Boot\PCAT, of the newest Windows;
// on request one from the root of another volume.
// Not fixed by itself: where an older loader (ntldr) is on the volume, whose Windows
// may be what is meant to start.
var bootmgrMissing = Condition{
	ID:     "bootmgr-missing",
	Title:  "BOOTMGR is missing",
	Detect: detectBootmgrMissing,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		m, err := managerOn(p, f.Volume)
		if err != nil {
			return nil, err
		}
		return putCopy(m.System, bootmgrPath, bootmgrCopy(p, m))
	},
}

func detectBootmgrMissing(_ context.Context, p *inspect.Patient) []Finding {
	return managerFindings(p, func(m *bootchain.BootManager) *Finding {
		if !isBIOS(m) {
			return nil
		}
		fault := missingFile(m.System, bootmgrPath)
		if fault == nil {
			return nil
		}
		f := fileFinding(m.System, bootmgrPath, `"BOOTMGR is missing. Press Ctrl+Alt+Del to restart"`, fault, bootmgrCopy(p, m))
		if f.Fixable && bootchain.HasFile(m.System.FS, `\ntldr`) {
			f.Confidence, f.Advice = Low, "An older Windows starts from the same volume, which may be meant. With --only the file is put back."
		}
		return f
	})
}
