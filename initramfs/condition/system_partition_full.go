package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/systempart"
)

// The partition that Windows starts from has too little room for what else needs
// it: shadow copies, image backup, converters, upgrades.
//
// Seen as: nothing at the start. 0x80780119 in a backup, a VSS error in VMware Converter, "We
// couldn't update the system reserved partition" in set-up. Windows Vista and later, on
// disks with a system partition of its own.
// Cause: a partition of 100 MB that languages and fonts, the recovery environment, or the loaders of
// other systems have filled.
// Evidence: the free clusters; the largest folders.
// Fix: none by itself, since Windows starts. On BIOS disks the action
// consolidate-system-partition lets Windows start from its own partition; on UEFI
// disks a person has to make room.
var systemPartitionFull = Condition{
	ID:     "system-partition-full",
	Title:  "The system partition is full",
	Detect: detectSystemPartitionFull,
}

func detectSystemPartitionFull(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, fill := range systempart.Fills(p) {
		if fill.Err == nil && fill.Free < fill.Least() {
			all = append(all, fullFinding(fill))
		}
	}
	return all
}

func fullFinding(fill systempart.Fill) Finding {
	fill.Measure()
	v := fill.System
	f := Finding{Result: Present, Severity: Info, Confidence: Low, Volume: v,
		Symptom: "None at the start; backups and converters fail (0x80780119, VSS errors)",
		Summary: fmt.Sprintf("The system partition %s has %d of %d MiB free; shadow copies, which backups and converters make, take %d.", v.ID(), fill.Free>>20, fill.Size>>20, systempart.BackupRoom>>20),
		Evidence: []inspect.Evidence{{Volume: v.ID(), Offset: -1, Expected: fmt.Sprintf("%d bytes free", fill.Least()),
			Actual: fmt.Sprintf("%d bytes free", fill.Free)}}}
	switch {
	case fill.Least() == systempart.UpgradeRoom:
		f.Symptom = `None at the start; "We couldn't update the system reserved partition" in an upgrade`
		f.Summary = fmt.Sprintf("The system partition %s has %d of %d MiB free; upgrades of Windows take %d.", v.ID(), fill.Free>>20, fill.Size>>20, systempart.UpgradeRoom>>20)
	case fill.Free < systempart.UpgradeRoom:
		f.Symptom = `None at the start; "We couldn't update the system reserved partition" in an upgrade; backups and converters fail`
		f.Summary = fmt.Sprintf("The system partition %s has %d of %d MiB free; upgrades of Windows take %d, shadow copies %d.", v.ID(), fill.Free>>20, fill.Size>>20,
			systempart.UpgradeRoom>>20, systempart.BackupRoom>>20)
	}
	if len(fill.Most) > 0 {
		f.Evidence = append(f.Evidence, inspect.Evidence{Volume: v.ID(), Path: `\`, Offset: -1, Actual: "the most of it take " + strings.Join(fill.Most, ", ")})
	}
	windows := fill.Windows[0]
	for _, w := range fill.Windows {
		if !bootchain.IsNT5(w) {
			windows = w
			break
		}
	}
	switch {
	case v.Disk.Table.Scheme == part.GPT:
		f.Advice = `Make room on it: folders below \EFI of systems that are no longer there, and languages below \EFI\Microsoft\Boot other than yours, can go; or make a larger one.`
	case v.Disk == windows.Volume.Disk:
		f.Advice = fmt.Sprintf("If that is in the way: bootmend repair --action consolidate-system-partition --windows %s lets %s start from its own partition, which has room.", windows.ID, windows.Label())
	default:
		f.Advice = "Make room on it; it is on another disk than Windows."
	}
	return f
}
