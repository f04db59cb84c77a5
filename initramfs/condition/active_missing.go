package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// No partition is active, so that the code in the MBR has nothing to start.
//
// Seen as: "Missing operating system", "No bootable device", "Reboot and select
// proper boot device". Any Windows on BIOS.
// Cause: partitions copied one by one, a partitioning tool, diskpart inactive.
// Evidence: none of the four slots has 80; a primary partition has a boot loader.
// Fix: the flag of the partition with the boot loader; where there are several,
// that whose boot sector loads what is there, if it is one.
// Not fixed: a disk whose MBR holds a boot manager, which needs no flag.
var activeMissing = Condition{
	ID:     "active-missing",
	Title:  "No partition is active",
	Detect: detectActiveMissing,
	Fix:    fixActive,
}

func detectActiveMissing(_ context.Context, p *inspect.Patient) []Finding {
	return eachStart(p, func(b *bootchain.BIOSDisk) (Finding, bool) {
		if len(b.Flagged) > 0 || b.RunsOwn() {
			return Finding{}, false
		}
		f := ofDisk(b.Disk)
		f.Symptom = `"Missing operating system" or "No bootable device"`
		f.Summary = fmt.Sprintf("No partition of %s is active.", b.Disk.Path)
		activate(&f, b)
		return f, true
	})
}
