package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
)

// The MBR before a sound GPT does not say that the disk belongs to the GPT.
//
// Seen as: "No bootable device"; the disk seems to be empty or not initialised.
// Any Windows on UEFI.
// Cause: something cleared sector 0 or the first sectors, or wrote an empty table.
// Evidence: no entry of type EE that begins at LBA 1, or no 55 AA; no partition in
// the MBR; both copies of the GPT sound and equal, or the backup alone, with a file
// system that fits in each partition of Windows.
// Fix: the one entry and the signature; boot code and disk signature stay. A primary
// GPT that went with it is gpt-primary-damaged's, in the next round.
// Not fixed: an MBR with partitions of its own (hybrid, which is noted, or a disk
// that was partitioned anew), a GPT of which one copy is damaged and the other not
// proved by file systems.
var protectiveMBRWrong = Condition{
	ID:     "protective-mbr-wrong",
	Title:  "The protective MBR of a GPT is missing",
	Detect: detectProtectiveMBRWrong,
	Fix:    fixProtectiveMBRWrong,
}

func detectProtectiveMBRWrong(_ context.Context, p *inspect.Patient) []Finding {
	return eachGPT(p, func(d *inspect.Disk, e *part.GPTEditor) (Finding, bool) {
		why := e.Protective()
		f := ofDisk(d)
		if own := e.Hybrid(); len(own) > 0 && isGPT(d) {
			f.Severity, f.Confidence = Info, Low
			f.Symptom = "Mostly none: UEFI and Windows go by the GPT, a BIOS by the MBR"
			f.Summary = fmt.Sprintf("%s has a GPT and a hybrid MBR, with partitions of its own.", d.Path)
			f.Evidence = append(f.Evidence, at(d, 0x1BE, "one entry of type EE", fmt.Sprintf("partitions in the slots %v besides", own)))
			f.Advice = "This is so on purpose (Boot Camp, gdisk, sticks that start on everything) and is left as it is. What a BIOS starts by way of the MBR was not looked at."
			return f, true
		}
		if why == "" {
			return Finding{}, false
		}
		f.Symptom = `"No bootable device", or the disk seems to be empty`
		f.Summary = fmt.Sprintf("%s has a GPT, but its MBR does not say so: %s.", d.Path, why)
		f.Evidence = append(f.Evidence, at(d, 0x1BE, "one entry of type EE from LBA 1, and 55 AA", why))
		patches, err := e.MendProtective()
		f.fixableBy(patches, err, "Use gdisk: it writes a protective MBR with the table.")
		return f, true
	})
}

func fixProtectiveMBRWrong(_ *inspect.Patient, f Finding) ([]step.Step, error) {
	e, err := part.EditGPT(f.Disk.Dev)
	if err != nil {
		return nil, err
	}
	patches, err := e.MendProtective()
	return patchDisk(f.Disk, "firmware and Windows see the GPT", patches, err)
}
