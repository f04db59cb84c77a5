package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
)

// The disk is a dynamic one: its volumes are where the database of the Logical
// Disk Manager says, and not where the partition table says.
//
// Seen as: no Windows is found on it. Windows 2000 to 11.
// Evidence: type 42, or the GPT types of LDM; "PRIVHEAD" in sector 6 of an MBR
// disk.
// Fix: none; nothing is written to such a disk.
var dynamicDisk = Condition{
	ID:     "dynamic-disk",
	Title:  "The disk is a dynamic one",
	Detect: detectDynamicDisk,
}

func detectDynamicDisk(_ context.Context, p *inspect.Patient) []Finding {
	return eachManaged(p, isLDM, func(d *inspect.Disk) Finding {
		f := ofDisk(d)
		f.Summary = fmt.Sprintf("%s is a dynamic disk, whose volumes bootmend does not look into.", d.Path)
		f.Advice = "Linux maps its simple volumes with ldmtool, for reading. To repair a Windows on it, convert a copy of the disk to a basic one. "
		if head := make([]byte, 8); readAt(d, head, 6*512) && string(head) == "PRIVHEAD" {
			f.Evidence = append(f.Evidence, at(d, 6*512, "", "PRIVHEAD, the head of the database"))
		}
		return f
	})
}

func isLDM(e part.Partition) bool {
	return e.Type == part.TypeDynamic || e.TypeGUID == part.GUIDDynamicMeta || e.TypeGUID == part.GUIDDynamicData
}

func readAt(d *inspect.Disk, b []byte, off int64) bool {
	n, err := d.Dev.ReadAt(b, off)
	return err == nil && n == len(b)
}

// eachManaged begins a finding for every disk with such partitions. Where a
// Windows is found without it, it is an ordinary state of a data disk.
func eachManaged(p *inspect.Patient, is func(part.Partition) bool, begin func(*inspect.Disk) Finding) []Finding {
	var all []Finding
	for _, d := range p.Disks {
		if d.Err != nil || d.Rescue {
			continue
		}
		var evidence []inspect.Evidence
		for _, e := range d.Table.Partitions {
			if is(e) {
				evidence = append(evidence, at(d, e.Range.Off, "", fmt.Sprintf("partition %d has type %s", e.Number, e.TypeName())))
			}
		}
		if len(evidence) == 0 {
			continue
		}
		f := begin(d)
		f.Evidence = append(evidence, f.Evidence...)
		f.Severity, f.Advice = Blocker, f.Advice+"Nothing is written to it."
		if len(p.Windows) > 0 {
			f.Severity = Info
		}
		all = append(all, f)
	}
	return all
}
