package condition

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
)

// activate completes a finding about the active flag: which partition is to
// get it, or that a person has to say.
func activate(f *Finding, b *bootchain.BIOSDisk) {
	f.Evidence = append(f.Evidence, at(b.Disk, 0x1BE, "the active flag in exactly one of four slots", flagged(b)))
	for _, v := range b.Loading() {
		f.Evidence = append(f.Evidence, inVolume(v.Volume, -1, "", "has "+strings.Join(append(v.Loaders, v.Lost...), " and ")+", or what belongs to it, in its root"))
	}
	target := b.Target()
	if target == nil {
		f.Confidence = Low
		f.Advice = "Which partition is to start cannot be told; make it the active one with: bootmend part active DISK N"
		return
	}
	patches, err := setActive(b.Disk, target)
	f.fixableBy(patches, err, "Make the right partition active with fdisk or diskpart.")
}

func flagged(b *bootchain.BIOSDisk) string {
	if len(b.Flagged) == 0 {
		return "no slot has it"
	}
	names := make([]string, len(b.Flagged))
	for i, slot := range b.Flagged {
		names[i] = strconv.Itoa(slot)
	}
	if len(names) == 1 {
		return "slot " + names[0] + " has it"
	}
	return "slots " + strings.Join(names, ", ") + " have it"
}

func setActive(d *inspect.Disk, v *bootchain.BootVolume) ([]part.Patch, error) {
	e, err := part.Edit(d.Dev)
	if err != nil {
		return nil, err
	}
	return e.SetActive(v.Volume.Partition.Number)
}

// fixActive makes the partition active that Windows is to start from.
func fixActive(_ *inspect.Patient, f Finding) ([]step.Step, error) {
	b, err := startOf(f.Disk)
	if err != nil {
		return nil, err
	}
	target := b.Target()
	if target == nil {
		return nil, part.Refuse("which partition is to start cannot be told")
	}
	patches, err := setActive(f.Disk, target)
	return patchDisk(f.Disk, fmt.Sprintf("the MBR starts partition %d, which has %s", target.Volume.Partition.Number, target.Wants()), patches, err)
}
