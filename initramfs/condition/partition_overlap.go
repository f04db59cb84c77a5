package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
)

// Two partitions share bytes of the disk: writing to one destroys the other.
//
// Seen as: files that turn to garbage, chkdsk that finds new errors every time,
// "Invalid partition table". Any Windows.
// Cause: a table put together by hand or by a recovery tool.
// Fix: none; which of the two is right only the files in them can tell. Nothing
// is written to such a disk.
var partitionOverlap = Condition{
	ID:     "partition-overlap",
	Title:  "Partitions overlap",
	Detect: detectPartitionOverlap,
}

func detectPartitionOverlap(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, d := range p.Disks {
		if d.Err != nil || d.Rescue {
			continue
		}
		f := ofDisk(d)
		f.Severity = Blocker
		for _, damage := range d.Table.Damage {
			if damage.Kind == part.Overlap {
				f.Evidence = append(f.Evidence, at(d, damage.Off, damage.Expected, damage.What+" is "+damage.Actual))
			}
		}
		if len(f.Evidence) == 0 {
			continue
		}
		f.Symptom = "Files that turn to garbage, errors of chkdsk that come back"
		f.Summary = fmt.Sprintf("Partitions of %s overlap, in %d places.", d.Path, len(f.Evidence))
		f.Advice = "Copy the disk first (ddrescue), then save the files of each partition, and write the table anew (testdisk finds where file systems begin). Nothing is written to it as it is."
		all = append(all, f)
	}
	return all
}
