package condition

import (
	"context"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Structures of an NTFS volume that everything else hangs on contradict
// themselves or their copies: boot sector, $MFTMirr, the records of the file
// system, the way to the files that start Windows, their attribute lists and
// their clusters in $Bitmap.
//
// Seen as: STOP 0x00000024 NTFS_FILE_SYSTEM (among others from an attribute
// list whose names stand two bytes too far), STOP 0x000000ED
// UNMOUNTABLE_BOOT_VOLUME, "A disk read error occurred", or a volume that
// cannot be found at all. Any Windows.
// Evidence: package check, which looks at a few records whatever the size of the
// volume; bootmend fs check looks at all of it.
// Fix: what can be told without guessing is mended, from the copy that is sound
// or by what the records prove. Everything else is for chkdsk.
// Not looked at: volumes that are marked for a check or whose log cannot be
// replayed; there contradictions are to be expected, and Windows looks itself.
// Partitions that hold something of Linux (an array, LVM, LUKS, ext, XFS, btrfs):
// the NTFS of which something is left there is gone, and what took its place is alive.
var ntfsDamaged = Condition{
	ID:     "ntfs-damaged",
	Title:  "Structures of an NTFS volume are damaged",
	Detect: detectNTFSDamaged,
	Fix:    fixNTFSDamaged,
}

func detectNTFSDamaged(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, v := range p.Volumes() {
		if !checkable(v) {
			continue
		}
		report, err := check.Quick(v.Dev, p.BootFiles(v))
		f, bad := damageOf(v, report, err)
		switch {
		case bad && (f.Fixable || v.FS != nil):
			all = append(all, f)
		case bad && provedByCopy(v, report):
			all = append(all, onceNTFS(f))
		}
	}
	return all
}

// provedByCopy reports whether the boot sector is gone, nothing is in its place, and
// the copy of it says that the volume was NTFS, although the rest is not for us to mend.
func provedByCopy(v *inspect.Volume, report *check.Report) bool {
	if report == nil || report.Copy == 0 {
		return false
	}
	sector := make([]byte, 512)
	_, err := v.Dev.ReadAt(sector, 0)
	return err == nil && !slices.ContainsFunc(sector, func(b byte) bool { return b != 0 })
}

// onceNTFS is the finding where only the copy of the boot sector is left: that is a
// damaged volume, or one that somebody cleared and uses for something else.
func onceNTFS(f Finding) Finding {
	f.Severity, f.Confidence, f.Symptom, f.Fixable = Warning, Low, "", false
	f.Summary = fmt.Sprintf("%s was NTFS once: its last sector still holds the copy of the boot sector, but the boot sector is empty and $MFT is not where the copy says.", f.Volume.ID())
	f.Advice = "If something else uses the partition now, nothing is wrong. If Windows or files of yours were on it, write nothing to it, and look for them with a program that recovers files (TestDisk) on a copy of the disk."
	return f
}

// damageOf turns what a check found into a finding.
func damageOf(v *inspect.Volume, report *check.Report, err error) (Finding, bool) {
	if err != nil {
		return Finding{Result: Unknown, Severity: Warning, Confidence: High, Volume: v,
			Summary: fmt.Sprintf("%s could not be checked: %v.", v.ID(), err),
			Advice:  "The disk may be failing: copy it to a healthy one (ddrescue) and work on the copy."}, true
	}
	bad := append(report.Serious(), mendable(report)...)
	if len(bad) == 0 {
		return Finding{}, false
	}
	f := Finding{Result: Present, Severity: Warning, Confidence: High, Volume: v, Fixable: true,
		Summary: fmt.Sprintf("%s is damaged: %v", v.ID(), bad[0])}
	if len(bad) > 1 {
		f.Summary += fmt.Sprintf(" (and %d more places)", len(bad)-1)
	}
	if v.Kind == fs.Unknown && v.FS == nil && !wasWindows(v) {
		// There is something else in its place. It may be no accident.
		f.Confidence = Low
		f.Advice = "If the partition held NTFS and nothing else was put there on purpose, repair it with --only ntfs-damaged."
	}
	for _, problem := range bad {
		if isFatal(problem) {
			f.Severity = Fatal
			f.Symptom = "STOP 0x00000024 NTFS_FILE_SYSTEM, STOP 0x000000ED UNMOUNTABLE_BOOT_VOLUME, or \"A disk read error occurred\""
		}
		if !problem.Mendable {
			// Mending a part would hide from chkdsk how the rest came about.
			f.Fixable = false
			f.Advice = "Save what can be saved to another disk first, then let chkdsk of a working Windows check the volume."
		}
		f.Evidence = append(f.Evidence, inspect.Evidence{Volume: v.ID(), Path: problem.Place, Offset: problem.Off,
			Expected: problem.Expected, Actual: fmt.Sprintf("%s: %s", problem.Kind, problem.Actual)})
	}
	return f, true
}

// wasWindows reports whether the start of a volume whose boot sector is gone is
// still that of a Windows volume, so that its copy may come back.
func wasWindows(v *inspect.Volume) bool {
	start, err := bootsect.Read(v.Dev)
	if err != nil || start.Damage == nil {
		return false
	}
	_, _, err = start.Restore(bootsect.Consent{})
	return err == nil
}

func mendable(r *check.Report) []check.Problem {
	serious := map[check.Problem]bool{}
	for _, p := range r.Serious() {
		serious[p] = true
	}
	var all []check.Problem
	for _, p := range r.Problems {
		if p.Mendable && !serious[p] {
			all = append(all, p)
		}
	}
	return all
}

// isFatal: copies that are out of date keep no Windows from starting.
func isFatal(p check.Problem) bool {
	return p.Kind != check.Mirror && p.Kind != check.BackupBoot && p.Kind != check.ClusterLost
}

// checkable reports whether the check says something of the volume: NTFS that
// is in order as far as its flags and its log go, or a partition of its type in
// which nothing was recognised. Of the latter only those count that can be
// mended: what else it may have been nobody knows. Nothing is said of a partition
// that something else than Windows occupies.
func checkable(v *inspect.Volume) bool {
	switch {
	case v.Dev == nil:
		return false
	case v.FS != nil:
		return v.Kind == fs.NTFS && v.State != nil && len(v.State.FlagBlockers()) == 0 && (v.State.Log.Clean || v.Replayed != nil) &&
			part.OccupantOfNTFS(v.Dev) == ""
	}
	return (v.Kind == fs.NTFS || v.Kind == fs.Unknown || v.Kind == fs.Empty) && v.Partition.MayHoldNTFS() && part.Occupant(v.Dev) == ""
}

func fixNTFSDamaged(p *inspect.Patient, f Finding) ([]step.Step, error) {
	v := f.Volume
	patches, err := check.Mend(v.Dev, p.BootFiles(v))
	if err != nil {
		return nil, err
	}
	var steps []step.Step
	for _, m := range patches {
		steps = append(steps, step.Patch{Disk: v.Disk, Volume: v, What: string(m.Kind), Off: v.Partition.Range.Off + m.Off,
			Old: m.Before, New: m.After, Why: "the file system is what its sound copy or its records say"})
	}
	return steps, nil
}
