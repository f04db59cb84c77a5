package condition

import (
	"context"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// The boot manager of Windows is missing on the EFI system partition, empty, or no
// program.
//
// Seen as: the firmware finds no bootable device, goes on to the next entry or to its
// set-up; 0xc000000f. Windows 8 and later, UEFI.
// Cause: an EFI system partition that was formatted, cleaned or not copied.
// Evidence: \EFI\Microsoft\Boot\bootmgfw.efi.
// Fix: the copy that Windows keeps in \Windows\Boot\EFI, for the same processor, or the
// one in \Windows\Boot\EFI_EX, which is signed by the certificate of 2023: where bootmend
// runs on the machine under Secure Boot the one that its firmware takes, else of the kind
// that is on the partition.
var espLoaderMissing = Condition{
	ID:     "esp-loader-missing",
	Title:  "The boot manager is missing on the EFI system partition",
	Detect: detectESPLoaderMissing,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		m, err := managerOn(p, f.Volume)
		if err != nil {
			return nil, err
		}
		return putCopy(m.System, espLoaderPath, efiLoaderCopy(p, m))
	},
}

func detectESPLoaderMissing(_ context.Context, p *inspect.Patient) []Finding {
	return managerFindings(p, func(m *bootchain.BootManager) *Finding {
		if isBIOS(m) {
			return nil
		}
		fault := missingFile(m.System, espLoaderPath)
		if fault == nil {
			return nil
		}
		f := fileFinding(m.System, espLoaderPath, "The firmware finds nothing to start, or opens its set-up", fault, efiLoaderCopy(p, m))
		if path := fallbackPath(m.NewestFirst()[0]); path != "" && missingFile(m.System, path) == nil {
			f.Severity = Warning // firmware that finds nothing else starts that
		}
		askWhoseESP(m, f)
		return f
	})
}
