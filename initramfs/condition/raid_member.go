package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
)

// The disk says that it is a member of a RAID.
//
// Seen as: nothing by itself. Each half of a mirror looks like a whole disk with Windows
// on it, and two of them like a disk and its clone.
// Cause: the array is made by the firmware (Intel), by a controller (DDF) or by Linux;
// or the disk was taken out of one, and its mark was left.
// Evidence: the mark at its place: sector 8 or the end of the disk.
// Fix: none. What is written to one half only makes the halves differ, and the array
// may copy the wrong one over the other.
var raidMember = Condition{
	ID:     "raid-member",
	Title:  "The disk is a member of a RAID",
	Detect: detectRAIDMember,
}

func detectRAIDMember(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, d := range p.Disks {
		if d.Rescue || d.Dev == nil || d.Err != nil {
			continue
		}
		name, off, err := part.RAID(d.Dev)
		if name == "" && err == nil {
			continue
		}
		f := ofDisk(d)
		if name == "" {
			f.Result, f.Severity, f.Confidence = Unknown, Warning, Low
			f.Summary = fmt.Sprintf("Whether %s is a member of a RAID could not be told: %v.", d.Name(), err)
			all = append(all, f)
			continue
		}
		f.Severity = Blocker
		f.Summary = fmt.Sprintf("%s says that it is %s; what is written to one member alone destroys the array.", d.Name(), name)
		f.Advice = "Assemble the array with a Linux that has mdadm (mdadm --assemble --scan), and run bootmend on the array. " +
			"If the disk left the array long ago, wipefs shows the old mark and removes it. Nothing is written to the disk."
		f.Evidence = []inspect.Evidence{at(d, off, "", "the mark of "+name)}
		all = append(all, f)
	}
	return all
}
