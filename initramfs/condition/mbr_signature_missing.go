package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Sector 0 lacks its signature 55 AA, without which neither BIOS nor Windows
// takes it for an MBR: the disk seems to be empty.
//
// Seen as: "No bootable device", "Missing operating system"; no partition is
// shown. Any Windows on BIOS.
// Evidence: the four slots make a table in which nothing contradicts itself, and
// a file system begins where a partition does, or its copy of the boot sector is at
// the end.
// Fix: the two bytes. What lies in the partitions is judged after that.
// Not fixed: a dynamic disk, to which nothing is written; a table that contradicts
// itself; a disk with a GPT (protective-mbr-wrong), a volume that fills the disk.
var mbrSignatureMissing = Condition{
	ID:     "mbr-signature-missing",
	Title:  "The MBR has lost its signature",
	Detect: detectMBRSignatureMissing,
	Fix:    fixMBRSignatureMissing,
}

func detectMBRSignatureMissing(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, d := range p.Disks {
		if d.Err != nil || d.Rescue || d.Table.Scheme != part.None || len(d.Table.Partitions) > 0 {
			continue
		}
		patches, table, err := part.MendMagic(d.Dev)
		if table == nil || err == nil && len(patches) == 0 {
			continue // no table that could be seen: an empty disk, or something else
		}
		known := 0
		for _, e := range table.Partitions {
			if section, err := block.NewSection(d.Dev, e.Range); err == nil && hasVolume(section) {
				known++
			}
		}
		if err != nil && known == 0 {
			continue
		}
		f := ofDisk(d)
		f.Symptom = `"No bootable device" or "Missing operating system"`
		f.Summary = fmt.Sprintf("The MBR of %s has lost its signature; it describes %d partitions, %d of them with a file system.", d.Path, len(table.Partitions), known)
		f.Evidence = append(f.Evidence, at(d, 0x1FE, "55 AA", "the signature is something else"))
		f.fixableBy(patches, err, "")
		if err == nil && known == 0 {
			f.Confidence, f.Severity = Low, Warning
			f.Advice = "Nothing known lies in these partitions. If the disk was partitioned for Windows, repair it with --only mbr-signature-missing."
		}
		all = append(all, f)
	}
	return all
}

// hasVolume reports whether a file system begins there, or begins no more but has a
// copy of its boot sector where that belongs.
func hasVolume(partition block.Device) bool {
	v, err := bootsect.Read(partition)
	if err != nil {
		return false
	}
	if v.Damage == nil || v.Code.Owner == bootsect.Encryption {
		return true
	}
	patches, _, err := v.Restore(bootsect.Consent{})
	return err == nil && len(patches) > 0
}

func fixMBRSignatureMissing(_ *inspect.Patient, f Finding) ([]step.Step, error) {
	patches, _, err := part.MendMagic(f.Disk.Dev)
	return patchDisk(f.Disk, "BIOS and Windows see the partition table", patches, err)
}
