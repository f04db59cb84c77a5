package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
)

// The first copy of the GPT, at the start of the disk, is damaged; the second is
// sound.
//
// Seen as: "No bootable device", a disk without partitions under Linux; some
// firmware repairs it by itself. Any Windows on UEFI.
// Cause: something wrote over the first sectors: a boot manager for MBR disks, dd.
// Evidence: header checksum, place, entry array and its checksum, all that the
// UEFI specification asks.
// Fix: header and entries from the copy at the end of the disk.
// Not fixed: where a partition begins in the room that the copy needs. Where a member of a
// RAID or another use of the whole disk lies there, the old partitions are what the disk was once,
// and nothing at all is written to it.
var gptPrimaryDamaged = Condition{
	ID:     "gpt-primary-damaged",
	Title:  "The primary GPT is damaged",
	Detect: detectGPTPrimaryDamaged,
	Fix:    fixGPTPrimaryDamaged,
}

func detectGPTPrimaryDamaged(_ context.Context, p *inspect.Patient) []Finding {
	return eachGPT(p, func(d *inspect.Disk, e *part.GPTEditor) (Finding, bool) {
		if e.Primary() == nil || !isGPT(d) {
			return Finding{}, false
		}
		f := ofDisk(d)
		f.Symptom = `"No bootable device", or a disk without partitions`
		f.Summary = fmt.Sprintf("The primary GPT of %s is damaged, its copy at the end of the disk is sound.", d.Path)
		f.Evidence = append(f.Evidence, at(d, int64(d.Dev.SectorSize()), "a GPT header with its entries", e.Primary().Error()))
		patches, err := e.MendPrimary()
		f.fixableBy(patches, err, "Use gdisk, which shows both copies.")
		if name := e.Foreign(); name != "" {
			f.Severity = Blocker
			f.Summary = fmt.Sprintf("%s is %s as a whole, and has the backup of an older GPT at its end.", d.Path, name)
			f.Symptom = "None, where that is what the disk is for"
			f.Advice = "Leave it as it is: the partitions of the old GPT are no longer there, and whatever writes the primary anew destroys what is on the disk now. If it is a Windows disk after all, wipefs shows the trace, and gdisk both copies of the GPT."
		}
		return f, true
	})
}

func fixGPTPrimaryDamaged(_ *inspect.Patient, f Finding) ([]step.Step, error) {
	e, err := part.EditGPT(f.Disk.Dev)
	if err != nil {
		return nil, err
	}
	patches, err := e.MendPrimary()
	return patchDisk(f.Disk, "the primary GPT is what its sound copy says", patches, err)
}
