package condition

import (
	"slices"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
)

// eachGPT asks detect about every disk on which a GPT can be edited: at least one
// copy is sound, and no other database manages the disk.
func eachGPT(p *inspect.Patient, detect func(d *inspect.Disk, e *part.GPTEditor) (Finding, bool)) []Finding {
	var all []Finding
	for _, d := range p.Disks {
		if d.Err != nil || d.Rescue || d.Table.Scheme == part.MBR && len(d.Table.Partitions) > 0 || slices.ContainsFunc(d.Table.Partitions, part.Partition.IsDynamic) {
			continue
		}
		e, err := part.EditGPT(d.Dev)
		if err != nil {
			continue // no GPT; one of which neither copy is sound is partition-beyond-disk's
		}
		if f, found := detect(d, e); found {
			all = append(all, f)
		}
	}
	return all
}

// isGPT reports whether the MBR says that the disk has a GPT.
func isGPT(d *inspect.Disk) bool { return d.Table.Scheme == part.GPT }
