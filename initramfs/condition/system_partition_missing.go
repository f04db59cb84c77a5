package condition

import (
	"context"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/systempart"
)

// The system partition is lost: no partition of the disk has a boot manager, and none that
// should hold one can be read.
//
// Seen as: "Missing operating system", "No bootable device", "BOOTMGR is missing"
// after a restore or copy of C: alone; on UEFI the firmware opens its set-up. Windows Vista and
// later.
// Cause: the 100, 350 or 500 MB partition before Windows was not copied, was deleted
// or formatted; an EFI system partition without a file system.
// Evidence: the partition table, the first sectors of the partition that is active or
// of the right type, \Windows\System32\winload.
// Fix: BIOS: boot files out of \Windows\Boot go onto the partition of Windows, with a new
// store; its boot sector gets the code that loads them, from its own copy or another
// volume, and the active flag moves. UEFI: an EFI system partition that is all zeros is
// formatted (FAT32) and filled, one is made in 100 MB of free space where there is
// none; where only its entry in the GPT is gone, that is made again.
// Not fixed by itself: what would be written over anything but zeros, for which a person has to
// name the finding; then the partition is formatted, and the next repair fills
// it. No free space, a Windows in a logical drive, no boot code. What can be read
// and lacks files is bootmgr-missing's, esp-loader-missing's and bcd-missing's.
var systemPartitionMissing = Condition{
	ID:     "system-partition-missing",
	Title:  "The system partition is lost",
	Detect: detectSystemPartitionMissing,
	Fix:    fixSystemPartitionMissing,
}

func detectSystemPartitionMissing(_ context.Context, p *inspect.Patient) []Finding {
	if !edition.NT6 {
		return nil
	}
	var all []Finding
	for _, l := range systempart.Missing(p) {
		all = append(all, lostFinding(p, l))
	}
	return all
}

func lostFinding(p *inspect.Patient, l *systempart.Lost) Finding {
	f := ofDisk(l.Disk)
	w := l.Windows[0]
	f.Symptom = `"Missing operating system", "No bootable device" or "BOOTMGR is missing"`
	f.Summary = fmt.Sprintf("%s has no partition that starts %s.", l.Disk.Name(), w.Label())
	expected := "an active partition with a boot manager"
	if l.UEFI {
		f.Symptom = "The firmware finds nothing to start, or opens its set-up"
		f.Summary = fmt.Sprintf("%s has no EFI system partition that starts %s.", l.Disk.Name(), w.Label())
		expected = "an EFI system partition"
	}
	f.Evidence = append(f.Evidence, at(l.Disk, -1, expected, "none"))
	if v := l.Volume; v != nil {
		f.Evidence = append(f.Evidence, inVolume(v, 0, "a file system", describeVolume(v)))
	}
	if l.What != "" {
		f.Evidence = append(f.Evidence, at(l.Disk, -1, "", l.What))
	}
	f.Fixable = l.Err == nil && len(l.Steps) > 0
	switch {
	case errors.Is(l.Err, part.ErrRefused):
		f.Advice = fmt.Sprintf("bootmend does not do it: %v.", l.Err)
	case l.Err != nil:
		f.Advice = fmt.Sprintf("It cannot be mended: %v.", l.Err)
	case l.Doubt != "":
		f.Confidence = Low
		f.Advice = fmt.Sprintf("%s. If that is right: bootmend repair --only system-partition-missing.", l.Doubt)
	}
	if other := bootchain.StartedElsewhere(p, l.Disk); other != "" {
		f.Severity, f.Confidence = Info, Low
		f.Advice = fmt.Sprintf("The machine may be started from %s, and this may be meant to be so. If it is not: bootmend repair --only with the ID of this finding. %s", other, f.Advice)
	}
	return f
}

func fixSystemPartitionMissing(p *inspect.Patient, f Finding) ([]step.Step, error) {
	for _, l := range systempart.Missing(p) {
		if l.Disk == f.Disk {
			return l.Steps, l.Err
		}
	}
	return nil, fmt.Errorf("%s: the system partition is there by now", f.Disk.Path)
}
