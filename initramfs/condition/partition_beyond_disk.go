package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
)

// The partition table contradicts itself or the disk; above all a partition
// ends behind the end of the disk.
//
// Seen as: Windows or its boot loader missing or unreadable; boot loader stops
// with "A disk read error occurred". Any Windows.
// Cause: an image that was cut short while being copied, a disk restored to a
// smaller one, a damaged table.
// Fix: none; the missing bytes are somewhere else. Nothing is written to such
// a disk.
var partitionBeyondDisk = Condition{
	ID:     "partition-beyond-disk",
	Title:  "The partition table does not fit the disk",
	Detect: detectPartitionBeyondDisk,
}

func detectPartitionBeyondDisk(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, d := range p.Disks {
		if d.Err != nil {
			all = append(all, Finding{Result: Unknown, Severity: Blocker, Confidence: High, Disk: d,
				Summary: fmt.Sprintf("The partition table of %s cannot be read: %v", d.Path, d.Err)})
			continue
		}
		if f, ok := tableFinding(d); ok && !d.Rescue {
			all = append(all, f)
		}
	}
	return all
}

func tableFinding(d *inspect.Disk) (Finding, bool) {
	f := Finding{Result: Present, Severity: Blocker, Confidence: High, Disk: d,
		Advice: "If this is an image, compare its size with the original disk and copy it again. Nothing is written to it as it is."}
	var what []string
	for _, damage := range d.Table.Damage {
		if d.Table.Scheme == part.None && len(d.Table.Partitions) == 0 {
			continue // no table at all: an empty disk, which is not ours to judge
		}
		switch damage.Kind {
		case part.Overlap, part.GPTPrimary, part.GPTBackup:
			continue // conditions of their own
		}
		what = append(what, damage.What)
		f.Evidence = append(f.Evidence, inspect.Evidence{Volume: d.Path, Offset: damage.Off, Expected: damage.Expected, Actual: damage.What + " is " + damage.Actual})
	}
	f.Summary = fmt.Sprintf("The partition table of %s does not fit the disk of %d bytes (%s): the image is truncated or the table is damaged.",
		d.Path, d.Dev.Size(), strings.Join(what, "; "))
	return f, len(what) > 0
}
