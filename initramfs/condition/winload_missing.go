package condition

import (
	"context"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// The loader of Windows (winload.exe, winload.efi) is missing, empty, or no program.
//
// Seen as: 0xc000000f, 0xc0000225 or 0xc0000001 "The selected entry could not be
// loaded because the application is missing or corrupt",
// \Windows\system32\winload.exe or winload.efi. Vista and later.
// Evidence: the file for the firmware of the disk, in system32.
// Fix: a copy of the version that the kernel has, from system32\Boot, else that of the
// component store (WinSxS) that is known to be in use, as for system-file-missing; on
// request only where that is not certain.
// Not fixed: where the only copies are of another version or build.
var winloadMissing = Condition{
	ID:     "winload-missing",
	Title:  "The loader of Windows is missing",
	Detect: detectWinloadMissing,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		for _, m := range bootchain.BootManagers(p) {
			for _, w := range m.Windows {
				if w.Volume.Key() == f.Windows.Volume.Key() && w.Root == f.Windows.Root {
					return putCopy(w.Volume, winloadOf(m, w), winloadCopy(p, m, w))
				}
			}
		}
		return nil, nil
	},
}

func detectWinloadMissing(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, m := range bootchain.BootManagers(p) {
		for _, w := range m.Windows {
			path := winloadOf(m, w)
			fault := missingFile(w.Volume, path)
			if fault == nil {
				continue
			}
			f := fileFinding(w.Volume, path, `0xc000000f or 0xc0000225 "The selected entry could not be loaded because the application is missing or corrupt"`, fault, winloadCopy(p, m, w))
			f.Windows = w
			if f.Fixable && m.Locked() {
				f.Confidence, f.Advice = Low, "A volume of this disk is encrypted with BitLocker. Have the recovery key at hand, then name the finding with --only."
			}
			all = append(all, *f)
		}
	}
	return all
}
