package condition

import (
	"context"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
)

// The partition with the boot loader of Windows for UEFI has not the type of an
// EFI system partition.
//
// Seen as: "No bootable device", 0xc000000e; bcdboot that finds no system
// partition. Windows Vista SP1 and later on UEFI.
// Cause: a partition copied or made anew by a tool that knows no types, or whose
// type was changed so as to get a drive letter.
// Evidence: a FAT volume of a GPT disk with \EFI\Microsoft\Boot\bootmgfw.efi or, where
// that is lost, the BCD store beside it, and no partition of that disk with the right
// type.
// Fix: the type, in both copies of the GPT.
// Not fixed: where several volumes have these files.
var espTypeWrong = Condition{
	ID:     "esp-type-wrong",
	Title:  "The EFI system partition has another type",
	Detect: detectESPTypeWrong,
	Fix:    fixESPTypeWrong,
}

func detectESPTypeWrong(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, d := range p.Disks {
		if d.Err != nil || d.Rescue || !isGPT(d) || slices.ContainsFunc(d.Table.Partitions, part.Partition.IsESP) {
			continue
		}
		for _, v := range d.Volumes {
			if f, found := espFinding(v); found {
				all = append(all, f)
			}
		}
	}
	if len(all) > 1 {
		for i := range all {
			all[i].Confidence, all[i].Fixable = Low, false
			all[i].Advice = "Several volumes have these files; give the right one its type: bootmend part type DISK N " + part.GUIDESP
		}
	}
	return all
}

func espFinding(v *inspect.Volume) (Finding, bool) {
	if v.FS == nil || v.Kind != fs.FAT32 && v.Kind != fs.FAT16 && v.Kind != fs.FAT12 {
		return Finding{}, false
	}
	mark, err := bootchain.ESPMark(v.FS)
	if mark == "" && err == nil {
		return Finding{}, false
	}
	f := ofVolume(v)
	f.Symptom = `"No bootable device" or 0xc000000e`
	f.Summary = fmt.Sprintf("%s holds what Windows is started by on UEFI, but has not the type of an EFI system partition.", v.ID())
	f.Evidence = append(f.Evidence, at(v.Disk, -1, part.GUIDESP, "type of partition "+fmt.Sprint(v.Partition.Number)+" is "+v.Partition.TypeGUID))
	if mark == "" {
		f.Result, f.Advice = Unknown, fmt.Sprintf("It cannot be read: %v", err)
		return f, true
	}
	f.Evidence = append(f.Evidence, at(v.Disk, -1, "", v.ID()+" holds "+mark))
	patches, err := espType(v)
	f.fixableBy(patches, err, "Set the type with gdisk or diskpart.")
	f.Hides = f.Fixable // the store and what it starts: nobody knows yet that the partition is the one
	return f, true
}

func espType(v *inspect.Volume) ([]part.Patch, error) {
	e, err := part.EditGPT(v.Disk.Dev)
	if err != nil {
		return nil, err
	}
	return e.SetType(v.Partition.Number, part.GUIDESP)
}

func fixESPTypeWrong(_ *inspect.Patient, f Finding) ([]step.Step, error) {
	patches, err := espType(f.Volume)
	return patchDisk(f.Volume.Disk, "firmware and Windows take it for the EFI system partition", patches, err)
}
