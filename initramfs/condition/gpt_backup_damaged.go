package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
)

// The second copy of the GPT, at the end of the disk, is damaged; the first is
// sound.
//
// Seen as: nothing, until the first is damaged, too; partitioning tools complain.
// Evidence: as for gpt-primary-damaged.
// Fix: header and entries from the primary, at the place that it names.
// Not a fault: a backup that is not in the last sector of a disk that has grown.
// Not fixed: a place behind the end of the disk (partition-beyond-disk).
var gptBackupDamaged = Condition{
	ID:     "gpt-backup-damaged",
	Title:  "The backup GPT is damaged",
	Detect: detectGPTBackupDamaged,
	Fix:    fixGPTBackupDamaged,
}

func detectGPTBackupDamaged(_ context.Context, p *inspect.Patient) []Finding {
	return eachGPT(p, func(d *inspect.Disk, e *part.GPTEditor) (Finding, bool) {
		if e.Backup() == nil || e.BackupCut() || !isGPT(d) {
			return Finding{}, false
		}
		f := ofDisk(d)
		f.Severity = Warning
		f.Symptom = "None as long as the primary GPT is sound"
		f.Summary = fmt.Sprintf("The backup GPT at the end of %s is damaged, the primary is sound.", d.Path)
		f.Evidence = append(f.Evidence, at(d, -1, "a GPT header with its entries", e.Backup().Error()))
		patches, err := e.MendBackup()
		f.fixableBy(patches, err, "Use sgdisk -e, which writes it to the end of the disk.")
		if name := e.Foreign(); name != "" {
			f.Severity = Blocker
			f.Summary = fmt.Sprintf("The end of %s, where the backup GPT would be, says that the disk is %s as a whole.", d.Path, name)
			f.Advice = "Leave it as it is: whatever writes the backup anew destroys what binds the disk to the others. If it belongs to no RAID, wipefs shows the trace."
		}
		return f, true
	})
}

func fixGPTBackupDamaged(_ *inspect.Patient, f Finding) ([]step.Step, error) {
	e, err := part.EditGPT(f.Disk.Dev)
	if err != nil {
		return nil, err
	}
	patches, err := e.MendBackup()
	return patchDisk(f.Disk, "the backup GPT is what the primary says", patches, err)
}
