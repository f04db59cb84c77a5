package condition

import (
	"context"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
)

// The partition with Windows, or with its boot loader, has the type of a hidden
// one, or of another system: Windows gives it no drive letter.
//
// Seen as: STOP 0x0000007B, "NTLDR is missing" (Windows before Vista), a Windows
// without its drives. MBR disks.
// Cause: a boot manager that hides what it does not start, a partitioning tool, a
// recovery that was broken off.
// Evidence: type 11, 14, 16, 17, 1B, 1C or 1E (a type of Windows and 10), and in
// it the only Windows, or the only boot loader of the disk. Type 27 is the type
// of recovery partitions, 12 that of a manufacturer's; a Windows in it is reported
// only. Or any other type but those of Windows' file systems, for instance 83.
// Fix: the plain type; on request where the type is of another system, then that
// of the file system which is there.
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
		if v.Disk.Table.Scheme != part.MBR || v.Disk.Rescue || slices.ContainsFunc(v.Disk.Table.Partitions, part.Partition.IsDynamic) {
			continue
		}
		hidden, recovery, alien := part.IsHidden(v.Partition.Type), hasRecoveryType(v), hasAlienType(v)
		what := holdsOnly(p, v)
		if !hidden && !recovery && !alien || what == "" {
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
			f.Advice = fmt.Sprintf("%02X is the type of recovery partitions. If this is none, give it its own: bootmend part type DISK N 07", v.Partition.Type)
			all = append(all, f)
			continue
		}
		if alien {
			f.Confidence = Low
			f.Summary = fmt.Sprintf("%s has type %s, which is none of Windows', and holds %s.", v.ID(), v.Partition.TypeName(), what)
			f.Evidence[0].Expected = "a type of Windows' file systems"
			f.Advice += "If no other system needs this type: bootmend repair --only partition-hidden. "
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
			return !hasAlienType(v) && !on(w) && !part.IsHidden(w.Volume.Partition.Type) && !hasRecoveryType(w.Volume)
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
	if !hasAlienType(v) {
		return e.Unhide(v.Partition.Number)
	}
	typ, ok := map[fs.Kind]byte{fs.NTFS: 0x07, fs.FAT32: 0x0C, fs.FAT16: 0x06, fs.FAT12: 0x01}[v.Kind]
	if !ok {
		return nil, part.Refuse("which type belongs to its file system cannot be told")
	}
	return e.SetType(v.Partition.Number, typ)
}

// hasRecoveryType: the types of recovery partitions and of a manufacturer's.
func hasRecoveryType(v *inspect.Volume) bool {
	return v.Partition.Type == 0x27 || v.Partition.Type == 0x12
}

// hasAlienType reports whether the type is of another system. An EFI system partition
// gets no letter and is none.
func hasAlienType(v *inspect.Volume) bool {
	typ := v.Partition.Type
	return !v.IsDisc() && typ != 0 && !part.GetsLetter(typ) && !part.IsHidden(typ) && !hasRecoveryType(v) && !v.Partition.IsESP()
}

func fixPartitionHidden(_ *inspect.Patient, f Finding) ([]step.Step, error) {
	patches, err := unhide(f.Volume)
	return patchDisk(f.Volume.Disk, "Windows sees the partition", patches, err)
}
