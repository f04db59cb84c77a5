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
// Evidence: a FAT volume of a GPT disk with a Windows, with \EFI\Microsoft\Boot\bootmgfw.efi
// or a BCD store that names this very partition, and no partition of the right type on any
// disk.
// Fix: the type, in both copies of the GPT. Where neither the store nor the name in the GPT
// says that it is the one, on request: media and data partitions have such files, too.
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
		if d.Err != nil || d.Rescue || !isGPT(d) || !hasUEFIWindows(p, d) || slices.ContainsFunc(d.Table.Partitions, part.Partition.IsESP) ||
			slices.ContainsFunc(p.Volumes(), func(v *inspect.Volume) bool { return startsByUEFI(p, v) }) {
			continue
		}
		for _, v := range d.Volumes {
			if f, found := espFinding(p, v); found {
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

// hasUEFIWindows reports whether a Windows that may need the partition lies on the disk,
// be it in a locked volume.
func hasUEFIWindows(p *inspect.Patient, d *inspect.Disk) bool {
	return slices.ContainsFunc(d.Volumes, func(v *inspect.Volume) bool { return v.Kind == fs.BitLocker }) || slices.ContainsFunc(p.Windows, func(w *inspect.Installation) bool { return w.Volume.Disk == d && !bootchain.IsNT5(w) })
}

// startsByUEFI reports an EFI system partition with the boot manager of Windows: it may
// start those of all disks.
func startsByUEFI(p *inspect.Patient, v *inspect.Volume) bool {
	if v.FS == nil || v.Disk.Rescue || !v.Partition.IsESP() {
		return false
	}
	mark, err := bootchain.ReadESPMark(p, v)
	return err == nil && mark.Loader
}

func espFinding(p *inspect.Patient, v *inspect.Volume) (Finding, bool) {
	if v.FS == nil || v.Kind != fs.FAT32 && v.Kind != fs.FAT16 && v.Kind != fs.FAT12 {
		return Finding{}, false
	}
	mark, err := bootchain.ReadESPMark(p, v)
	if !mark.Any() && err == nil {
		return Finding{}, false
	}
	f := ofVolume(v)
	f.Symptom = `"No bootable device" or 0xc000000e`
	f.Summary = fmt.Sprintf("%s holds what Windows is started by on UEFI, but has not the type of an EFI system partition.", v.ID())
	f.Evidence = append(f.Evidence, at(v.Disk, -1, part.GUIDESP, "type of partition "+fmt.Sprint(v.Partition.Number)+" is "+v.Partition.TypeGUID))
	if !mark.Any() {
		f.Result, f.Advice = Unknown, fmt.Sprintf("It cannot be read: %v", err)
		return f, true
	}
	if mark.Named {
		f.Evidence = append(f.Evidence, at(v.Disk, -1, "", "the boot configuration on it names it as the partition of the boot manager"))
	}
	patches, err := espType(v)
	f.fixableBy(patches, err, "Set the type with gdisk or diskpart.")
	if !mark.Named && (mark.Other || v.Partition.Name != espName) {
		f.Confidence = Low
		f.Advice = "It may be a copy of these files on a partition for data: its boot configuration does not name it. If it is the one: bootmend repair --only esp-type-wrong."
		return f, true
	}
	f.Hides = f.Fixable // the store and what it starts: nobody knows yet that the partition is the one
	return f, true
}

// espName is what Windows' set-up and most tools call the partition in the GPT.
const espName = "EFI system partition"

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
