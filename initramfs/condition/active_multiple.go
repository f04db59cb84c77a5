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
// On request only where one of them has the boot sector of another system.
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
		if slot, code, ok := b.FlaggedManager(); ok {
			f.Confidence = Low
			f.Advice = fmt.Sprintf("Partition %d holds %s, which may be what is to start: then bootmend part active DISK N, or fdisk for an extended partition. If Windows is to start without it: bootmend repair --only active-multiple. %s", slot, code, f.Advice)
		}
		return f, true
	})
}
