package condition

import (
	"context"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// bootmgr is compressed by NTFS, which the code in the boot sector cannot read.
//
// Seen as: "BOOTMGR is compressed. Press Ctrl+Alt+Del to restart". Vista and later,
// BIOS.
// Cause: somebody compressed the whole drive.
// Evidence: the attribute of the file.
// Fix: the same content as plain data.
var bootmgrCompressed = Condition{
	ID:     "bootmgr-compressed",
	Title:  "BOOTMGR is compressed",
	Detect: detectBootmgrCompressed,
	Fix: func(_ *inspect.Patient, f Finding) ([]step.Step, error) {
		data, err := bootchain.ReadSmall(f.Volume.FS, bootmgrPath, maxBootFile)
		if err != nil {
			return nil, err
		}
		return putFile(f.Volume, bootmgrPath, data, "the boot sector can read it")
	},
}

func detectBootmgrCompressed(_ context.Context, p *inspect.Patient) []Finding {
	return managerFindings(p, func(m *bootchain.BootManager) *Finding {
		if !isBIOS(m) || !errors.Is(bootchain.LoaderFileFault(m.System, bootmgrPath), bootchain.ErrCompressed) {
			return nil
		}
		return &Finding{Result: Present, Severity: Fatal, Confidence: High, Fixable: true,
			Symptom:  `"BOOTMGR is compressed. Press Ctrl+Alt+Del to restart"`,
			Summary:  fmt.Sprintf("%s on %s is compressed by NTFS; boot sectors read plain files only.", bootmgrPath, m.System.ID()),
			Evidence: []inspect.Evidence{{Volume: m.System.ID(), Path: bootmgrPath, Offset: -1, Expected: "plain data", Actual: "attribute compressed"}}}
	})
}
