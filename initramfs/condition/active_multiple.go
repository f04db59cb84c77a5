package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// More than one partition is active, at which the code in the MBR stops.
//
// Seen as: "Invalid partition table". Any Windows on BIOS.
// Cause: a partitioning tool, two installations, a table put together by hand.
// Evidence: more than one of the four slots has 80, used or not.
// Fix: the flag stays with the one that has a boot loader; where there are
// several, with that whose boot sector loads what is there, if it is one.
// Not fixed: a disk whose MBR holds a boot manager, which may not mind.
var activeMultiple = Condition{
	ID:     "active-multiple",
	Title:  "More than one partition is active",
	Detect: detectActiveMultiple,
	Fix:    fixActive,
}

func detectActiveMultiple(_ context.Context, p *inspect.Patient) []Finding {
	return eachStart(p, func(b *bootchain.BIOSDisk) (Finding, bool) {
		if len(b.Flagged) < 2 || b.RunsOwn() {
			return Finding{}, false
		}
		f := ofDisk(b.Disk)
		f.Symptom = `"Invalid partition table"`
		f.Summary = fmt.Sprintf("%d partitions of %s are active; only one may be.", len(b.Flagged), b.Disk.Path)
		activate(&f, b)
		return f, true
	})
}
