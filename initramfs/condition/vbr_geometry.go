package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// The boot sector counts heads and sectors otherwise than the BIOS, and its code
// is that of Windows before Vista, which reads by cylinder, head and sector.
//
// Seen as: "A disk read error occurred", "NTLDR is missing". NT 4 to Server 2003
// on BIOS, above all after a move to a virtual machine (a Compaq with 240 heads,
// disks of less than 4 GiB).
// Evidence: heads (u16 at 1A) and sectors per track (u16 at 18) of the BPB against
// those that the BIOS of a virtual machine reports for a disk of this size.
// Fix: the fields, in the boot sector and in its copy.
// Not fixed by itself: on a physical or unknown machine, whose BIOS may count as
// the boot sector does, and for sizes at which the sources differ.
var vbrGeometry = Condition{
	ID:     "vbr-geometry",
	Title:  "The boot sector counts heads otherwise than the BIOS",
	Detect: detectVBRGeometry,
	Fix:    fixVBRGeometry,
}

func detectVBRGeometry(_ context.Context, p *inspect.Patient) []Finding {
	return eachTarget(p, func(v *bootchain.BootVolume) (Finding, bool) {
		g, matters := v.GeometryOf(p.Machine)
		if !matters || !g.Wrong || v.Foreign() {
			return Finding{}, false
		}
		f := ofVolume(v.Volume)
		f.Symptom = `"A disk read error occurred" or "NTLDR is missing"`
		f.Summary = fmt.Sprintf("The boot sector of %s counts %d heads and %d sectors per track; the BIOS of a virtual machine reports %d and %d for this disk.",
			v.Volume.ID(), g.Heads, g.Sectors, g.WantHeads, g.WantSectors)
		f.Evidence = append(f.Evidence, inVolume(v.Volume, 0x18, fmt.Sprintf("%d sectors per track, %d heads", g.WantSectors, g.WantHeads),
			fmt.Sprintf("%d sectors per track, %d heads", g.Sectors, g.Heads)))
		if !g.Sure {
			f.Confidence, f.Severity = Low, Warning
			f.Advice = "On a physical machine this may be right. Where it does not start in a virtual one, repair with --only vbr-geometry, or name the machine with --machine. "
		}
		patches, err := setGeometry(v, g)
		f.fixableBy(patches, err, "")
		return f, true
	})
}

func setGeometry(v *bootchain.BootVolume, g bootchain.Geometry) ([]part.Patch, error) {
	return setFields(v, map[bootsect.Field]uint64{bootsect.Heads: g.WantHeads, bootsect.SectorsPerTrack: g.WantSectors})
}

func fixVBRGeometry(p *inspect.Patient, f Finding) ([]step.Step, error) {
	v := bootchain.ReadBootVolume(f.Volume)
	g, _ := v.GeometryOf(p.Machine)
	patches, err := setGeometry(v, g)
	return patchVolume(f.Volume, "the boot code counts as the BIOS does", patches, err)
}
