package condition

import (
	"context"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// A volume of a kind that we read cannot be read.
//
// Seen as: STOP 0x00000024 NTFS_FILE_SYSTEM, STOP 0x000000ED
// UNMOUNTABLE_BOOT_VOLUME, or a Windows that cannot be found.
// Fix: none here; the volume needs chkdsk, or its data must be saved first.
// Volumes of a kind that nobody asked us to read (Linux, swap) are no finding.
var volumeDamaged = Condition{
	ID:     "volume-damaged",
	Title:  "The file system is damaged",
	Detect: detectVolumeDamaged,
}

func detectVolumeDamaged(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, v := range p.Volumes() {
		if v.Partition.IsDynamic() {
			continue // dynamic-disk and storage-spaces say what to do
		}
		errs := v.Damage
		for _, err := range []error{v.StateErr, v.Err} {
			if err != nil {
				errs = append([]error{err}, errs...)
			}
		}
		if len(errs) > 0 {
			all = append(all, volumeFinding(v, errs))
		}
	}
	return all
}

// volumeFinding judges by the first of the errors, which kept us from going on.
func volumeFinding(v *inspect.Volume, errs []error) Finding {
	f := Finding{
		Result: Present, Severity: Blocker, Confidence: High, Volume: v,
		Symptom: "STOP 0x000000ED UNMOUNTABLE_BOOT_VOLUME or STOP 0x00000024 NTFS_FILE_SYSTEM",
		Summary: fmt.Sprintf("%s cannot be read everywhere: %v", v.ID(), errs[0]),
		Advice:  "Save what can be saved to another disk first, then let chkdsk of a working Windows check the volume. Nothing is written to it.",
	}
	if len(errs) > 1 {
		f.Summary += fmt.Sprintf(" (and %d more places)", len(errs)-1)
	}
	for _, err := range errs {
		f.Evidence = append(f.Evidence, inspect.Evidence{Volume: v.ID(), Offset: -1, Actual: err.Error()})
	}
	switch {
	case errors.Is(errs[0], fs.ErrUnsupported):
		f.Result, f.Symptom = Unknown, ""
		f.Advice = "bootmend does not understand this kind of volume and leaves it alone."
	case !errors.Is(errs[0], fs.ErrDamaged):
		f.Result = Unknown // the disk did not give the bytes
		f.Advice = "The disk may be failing: copy it to a healthy one (ddrescue) and work on the copy."
	}
	return f
}
