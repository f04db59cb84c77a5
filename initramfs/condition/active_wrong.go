package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// The active partition has nothing that could be started, another one has.
//
// Seen as: "NTLDR is missing", "BOOTMGR is missing", "Missing operating system",
// or a cursor. Any Windows on BIOS.
// Cause: a data or recovery partition made active, a system partition copied
// without its flag.
// Evidence: the root of the active partition can be read and has no boot loader
// of Windows, ReactOS or DOS, or the slot holds no partition at all; a primary
// partition has one.
// Fix: the flag moves to the partition with the boot loader.
// Not fixed: an active partition, extended ones and those of Linux too, whose first
// sector has code of another system or of nobody known; one that cannot be read;
// a disk whose MBR holds a boot manager.
var activeWrong = Condition{
	ID:     "active-wrong",
	Title:  "The wrong partition is active",
	Detect: detectActiveWrong,
	Fix:    fixActive,
}

func detectActiveWrong(_ context.Context, p *inspect.Patient) []Finding {
	return eachStart(p, func(b *bootchain.BIOSDisk) (Finding, bool) {
		if !b.ActiveWrong() || b.RunsOwn() {
			return Finding{}, false
		}
		f := ofDisk(b.Disk)
		f.Symptom = `"NTLDR is missing", "BOOTMGR is missing" or "Missing operating system"`
		f.Summary = fmt.Sprintf("Partition %d of %s is active and has no boot loader; another partition has.", b.Flagged[0], b.Disk.Path)
		activate(&f, b)
		return f, true
	})
}
