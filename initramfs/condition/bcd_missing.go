package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// What the boot manager of Vista and later reads, the BCD store, is missing or
// empty.
//
// Seen as: 0xc000000f "An error occurred while attempting to read the boot
// configuration data", \Boot\BCD or \EFI\Microsoft\Boot\BCD; BIOS and UEFI.
// Cause: a system partition that was not copied or was cleaned, file system damage, an
// interrupted bcdboot.
// Evidence: the file on the volume that the firmware starts from.
// Fix: a new store with an entry for each Windows that starts from there, as setup
// would make it; for Vista with detecthal. Windows RE has to be registered again
// (reagentc /enable).
// Not fixed: disks without a signature, which no store can name.
var bcdMissing = Condition{
	ID:     "bcd-missing",
	Title:  "The boot configuration (BCD) is missing",
	Detect: detectBCDMissing,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		return writeStore(p, f.Volume, "the boot manager finds Windows")
	},
}

// readSymptom is what the boot manager shows when it cannot read its store.
const readSymptom = `0xc000000f "An error occurred while attempting to read the boot configuration data"`

func detectBCDMissing(_ context.Context, p *inspect.Patient) []Finding {
	return managerFindings(p, func(m *bootchain.BootManager) *Finding {
		if m.Gone == "" {
			return nil
		}
		f := &Finding{Result: Present, Severity: Fatal, Confidence: High, Symptom: readSymptom,
			Summary:  fmt.Sprintf("The boot configuration %s on %s is gone: %s.", m.Path, m.System.ID(), m.Gone),
			Evidence: []inspect.Evidence{storeEvidence(m, "", "a BCD store", m.Gone)}}
		mayWriteStore(p, m, f)
		askWhoseESP(m, f)
		return f
	})
}
