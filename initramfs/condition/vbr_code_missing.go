package condition

import (
	"context"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
)

// The boot sector of the partition that starts Windows holds no boot code: the
// partition was formatted by Linux, or its first sectors were cleared.
//
// Seen as: a black screen with a cursor, or "This is not a bootable disk". Any
// Windows on BIOS.
// Evidence: what is behind the BPB is a fill byte, or the placeholder of mkfs.fat
// or mkntfs; the root directory has a boot loader.
// Fix: code of the right generation, from the copy of the boot sector or from
// another volume of the machine; data volumes that Windows formatted have it,
// too. BPB, label and serial number stay. Where no volume has it, but a file of
// Windows (untfs.dll) carries it, a person may try that.
// Not fixed: where there is no such code.
var vbrCodeMissing = Condition{
	ID:     "vbr-code-missing",
	Title:  "The boot sector holds no boot code",
	Detect: detectVBRCodeMissing,
	Fix:    fixCode,
}

func detectVBRCodeMissing(_ context.Context, p *inspect.Patient) []Finding {
	return eachTarget(p, func(v *bootchain.BootVolume) (Finding, bool) {
		owner := v.Sector.Code.Owner
		if v.Sector.Damage != nil || owner != bootsect.None && owner != bootsect.Placeholder {
			return Finding{}, false
		}
		f := sectorFault(v.Volume, &bootchain.SectorFault{What: "there is no boot code in it",
			Symptom: `A black screen with a cursor, or "This is not a bootable disk"`, Expected: "boot code that loads " + v.Wants(), Actual: v.Sector.Code.String()})
		withCode(&f, p, v)
		return f, true
	})
}
