package condition

import (
	"context"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// The boot sector says that its volume begins elsewhere on the disk than it
// does: the code in it reads the wrong sectors.
//
// Seen as: "A disk read error occurred", "NTLDR is missing", a cursor. Any
// Windows on BIOS.
// Cause: a partition that was moved, or copied to another place or disk.
// Evidence: the field "hidden sectors" (u32 at 1C of the BPB) against the start of
// the partition.
// Fix: the field, in the boot sector and in its copy.
// Not fixed: a partition beyond the 2^32nd sector.
var vbrHiddenSectors = Condition{
	ID:     "vbr-hidden-sectors",
	Title:  "The boot sector names another place on the disk",
	Detect: detectVBRHiddenSectors,
	Fix:    fixVBRHiddenSectors,
}

func detectVBRHiddenSectors(_ context.Context, p *inspect.Patient) []Finding {
	return eachTarget(p, func(v *bootchain.BootVolume) (Finding, bool) {
		fault := v.PlaceFault()
		if fault == nil || v.Foreign() {
			return Finding{}, false
		}
		f := sectorFault(v.Volume, fault)
		patches, err := setHidden(v)
		f.fixableBy(patches, err, withWindows)
		return f, true
	})
}

func setHidden(v *bootchain.BootVolume) ([]part.Patch, error) {
	return setFields(v, map[bootsect.Field]uint64{bootsect.HiddenSectors: uint64(v.StartLBA())})
}

func fixVBRHiddenSectors(_ *inspect.Patient, f Finding) ([]step.Step, error) {
	p, err := setHidden(bootchain.ReadBootVolume(f.Volume))
	return patchVolume(f.Volume, "the boot code finds its volume", p, err)
}
