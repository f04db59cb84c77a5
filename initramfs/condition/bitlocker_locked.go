package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// The volume is encrypted with BitLocker.
//
// Seen as: a Windows that cannot be found. Windows Vista and later.
// Evidence: the signature "-FVE-FS-" in the boot sector (libbde documentation).
// Fix: none without the key. On a disk with such a volume nothing else is
// changed either: Windows would ask for the recovery key.
var bitlockerLocked = Condition{
	ID:     "bitlocker-locked",
	Title:  "The volume is encrypted with BitLocker",
	Detect: detectBitlockerLocked,
}

func detectBitlockerLocked(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, v := range p.Volumes() {
		if v.Kind != fs.BitLocker {
			continue
		}
		all = append(all, Finding{
			Result: Present, Severity: Blocker, Confidence: High, Volume: v,
			Summary:  fmt.Sprintf("%s is encrypted with BitLocker; what is on it cannot be seen.", v.ID()),
			Advice:   "Unlock it with the 48-digit recovery key first (for instance with dislocker or cryptsetup), or decrypt it in a Windows that starts.",
			Evidence: []inspect.Evidence{{Volume: v.ID(), Offset: 3, Actual: "signature of BitLocker"}},
		})
	}
	return all
}
