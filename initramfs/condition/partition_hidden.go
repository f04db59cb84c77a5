package condition

import (
	"context"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
)

// The partition with Windows, or with its boot loader, has the type of a hidden
// one: Windows gives it no drive letter.
//
// Seen as: STOP 0x0000007B, "NTLDR is missing" (Windows before Vista), a Windows
// without its drives. MBR disks.
// Cause: a boot manager that hides what it does not start, a partitioning tool, a
// recovery that was broken off.
// Evidence: type 11, 14, 16, 17, 1B, 1C or 1E (a type of Windows and 10), and in
// it the only Windows, or the only boot loader of the disk. Type 27 is the type
// of recovery partitions; a Windows in it is reported only.
// Fix: the plain type.
// Not fixed: hidden partitions beside others that have the same (recovery
// partitions, boot managers). Low where the MBR holds a boot manager, and for
// type 27.
var partitionHidden = Condition{
	ID:     "partition-hidden",
	Title:  "The partition with Windows is hidden",
	Detect: detectPartitionHidden,
	Fix:    fixPartitionHidden,
}

func detectPartitionHidden(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, v := range p.Volumes() {
		if v.Disk.Table.Scheme != part.MBR || v.Disk.Rescue {
			continue
		}
		hidden, recovery := part.IsHidden(v.Partition.Type), v.Partition.Type == 0x27
		what := holdsOnly(p, v)
		if !hidden && !recovery || what == "" {
			continue
		}
		f := ofVolume(v)
		f.Symptom = `STOP 0x0000007B, "NTLDR is missing", or drives without a letter`
		f.Summary = fmt.Sprintf("%s has type %s of a hidden partition and holds %s.", v.ID(), v.Partition.TypeName(), what)
		f.Evidence = append(f.Evidence, at(v.Disk, v.Partition.Entry.Off+4, "a type that is not hidden", v.Partition.TypeName()))
		if b, err := bootchain.ReadBIOSDisk(v.Disk); err != nil || b == nil || b.RunsOwn() {
			f.Confidence, f.Severity = Low, Warning
			f.Advice = "A boot manager may hide it on purpose. If not: bootmend repair --only partition-hidden. "
		}
		if recovery {
			f.Confidence, f.Severity = Low, Warning
			f.Advice = "27 is the type of recovery partitions. If this is none, give it its own: bootmend part type DISK N 07"
			all = append(all, f)
			continue
		}
		patches, err := unhide(v)
		f.fixableBy(patches, err, "Set the type with fdisk.")
		all = append(all, f)
	}
	return all
}

// holdsOnly says what of Windows is on the volume and nowhere else; "" for
// nothing.
func holdsOnly(p *inspect.Patient, v *inspect.Volume) string {
	on := func(w *inspect.Installation) bool { return w.Volume == v }
	if i := slices.IndexFunc(p.Windows, on); i >= 0 {
		if slices.ContainsFunc(p.Windows, func(w *inspect.Installation) bool {
			return !on(w) && !part.IsHidden(w.Volume.Partition.Type) && w.Volume.Partition.Type != 0x27
		}) {
			return ""
		}
		return p.Windows[i].Label()
	}
	b, err := bootchain.ReadBIOSDisk(v.Disk)
	if err != nil || b == nil {
		return ""
	}
	all := b.Loading()
	if len(all) != 1 || all[0].Volume != v || !slices.ContainsFunc(p.Windows, func(w *inspect.Installation) bool { return w.Volume.Disk == v.Disk }) {
		return ""
	}
	return "the only boot loader of the disk"
}

func unhide(v *inspect.Volume) ([]part.Patch, error) {
	e, err := part.Edit(v.Disk.Dev)
	if err != nil {
		return nil, err
	}
	return e.Unhide(v.Partition.Number)
}

func fixPartitionHidden(_ *inspect.Patient, f Finding) ([]step.Step, error) {
	patches, err := unhide(f.Volume)
	return patchDisk(f.Volume.Disk, "Windows sees the partition", patches, err)
}
