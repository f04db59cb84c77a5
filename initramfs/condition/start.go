package condition

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
)

// What the conditions of MBR, partition table and boot sectors share.

// eachStart asks detect about every disk that is meant to start a Windows by
// BIOS. What could not be read is Unknown.
func eachStart(p *inspect.Patient, detect func(b *bootchain.BIOSDisk) (Finding, bool)) []Finding {
	disks, errs := bootchain.BIOSDisks(p)
	var all []Finding
	for _, err := range errs {
		all = append(all, Finding{Result: Unknown, Severity: Warning, Confidence: High,
			Summary: fmt.Sprintf("What starts from a disk could not be told: %v.", err),
			Advice:  "The disk may be failing: copy it to a healthy one (ddrescue) and work on the copy."})
	}
	for _, b := range disks {
		f, found := detect(b)
		if !found {
			continue
		}
		all = append(all, startedElsewhere(p, b.Disk, f))
	}
	return all
}

// startedElsewhere makes the finding a note where another disk may be the one that
// the machine starts from.
func startedElsewhere(p *inspect.Patient, d *inspect.Disk, f Finding) Finding {
	if other := bootchain.StartedElsewhere(p, d); other != "" && f.Result == Present {
		f.Severity, f.Confidence = Info, Low
		f.Advice = fmt.Sprintf("The machine may be started from %s, and this may be meant to be so. If it is not: bootmend repair --only with the ID of this finding. %s", other, f.Advice)
	}
	return f
}

// ofDisk begins a finding about a disk that keeps Windows from starting.
func ofDisk(d *inspect.Disk) Finding {
	return Finding{Result: Present, Severity: Fatal, Confidence: High, Disk: d}
}

// ofVolume begins a finding about a volume that keeps Windows from starting.
func ofVolume(v *inspect.Volume) Finding {
	return Finding{Result: Present, Severity: Fatal, Confidence: High, Volume: v}
}

// at is evidence at a byte of a disk.
func at(d *inspect.Disk, off int64, expected, actual string) inspect.Evidence {
	return inspect.Evidence{Volume: d.Path, Offset: off, Expected: expected, Actual: actual}
}

// inVolume is evidence at a byte of a volume.
func inVolume(v *inspect.Volume, off int64, expected, actual string) inspect.Evidence {
	return inspect.Evidence{Volume: v.ID(), Offset: off, Expected: expected, Actual: actual}
}

// fixableBy says whether the patches that end a finding can be made; where not,
// the finding carries the reason, and the advice for a person.
func (f *Finding) fixableBy(patches []part.Patch, err error, otherwise string) {
	f.Fixable = err == nil && len(patches) > 0
	switch {
	case f.Fixable:
	case errors.Is(err, part.ErrRefused):
		f.Advice += fmt.Sprintf("bootmend does not do it: %v. %s", err, otherwise)
	case err != nil:
		f.Advice += fmt.Sprintf("It cannot be mended: %v. %s", err, otherwise)
	default:
		f.Advice += otherwise
	}
}

// patchDisk are the steps that write patches of a disk.
func patchDisk(d *inspect.Disk, why string, patches []part.Patch, err error) ([]step.Step, error) {
	if err != nil {
		return nil, err
	}
	var steps []step.Step
	for _, m := range patches {
		steps = append(steps, step.Patch{Disk: d, What: m.What, Off: m.Off, Old: m.Old, New: m.New, Why: why})
	}
	return steps, nil
}

// patchVolume are the steps that write patches of a volume.
func patchVolume(v *inspect.Volume, why string, patches []part.Patch, err error) ([]step.Step, error) {
	if err != nil {
		return nil, err
	}
	var steps []step.Step
	for _, m := range patches {
		m = m.At(v.Partition.Range.Off)
		steps = append(steps, step.Patch{Disk: v.Disk, Volume: v, What: m.What, Off: m.Off, Old: m.Old, New: m.New, Why: why})
	}
	return steps, nil
}

// PatchDisk and PatchVolume are patchDisk and patchVolume for the commands that
// make the same changes because a person wants them.
func PatchDisk(d *inspect.Disk, why string, patches []part.Patch) ([]step.Step, error) {
	return patchDisk(d, why, patches, nil)
}

// PatchVolume is PatchDisk for patches of a volume.
func PatchVolume(v *inspect.Volume, why string, patches []part.Patch) ([]step.Step, error) {
	return patchVolume(v, why, patches, nil)
}

// startOf is the BIOS' view of the disk of a finding, made anew.
func startOf(d *inspect.Disk) (*bootchain.BIOSDisk, error) {
	b, err := bootchain.ReadBIOSDisk(d)
	if err == nil && b == nil {
		err = part.Refuse("%s has no MBR any more", d.Path)
	}
	return b, err
}

// withWindows leaves the manual way out for people, by the age of their Windows.
const withWindows = "With a Windows medium: bootrec /fixmbr and /fixboot, or bootsect /nt60 SYS (Vista and later); fixmbr and fixboot of the Recovery Console (2000 to 2003)."

// OfTables reports whether a condition is about partition tables, boot code, or
// disks that are managed otherwise.
func OfTables(id string) bool {
	for _, c := range []Condition{partitionBeyondDisk, partitionOverlap, dynamicDisk, storageSpaces, protectiveMBRWrong, gptPrimaryDamaged,
		gptBackupDamaged, gptSlotGap, espTypeWrong, diskSignatureCollision, mbrSignatureMissing, mbrCodeMissing, activeMissing, activeMultiple,
		activeWrong, partitionHidden, vbrDamaged, vbrCodeMissing, vbrWrongGeneration, vbrHiddenSectors, vbrGeometry} {
		if c.ID == id {
			return true
		}
	}
	return false
}
