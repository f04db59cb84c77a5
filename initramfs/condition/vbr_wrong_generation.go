package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
)

// The boot sector loads the boot loader of another Windows than there is: NTLDR
// where only BOOTMGR is, or the other way, or it is code for another file system.
//
// Seen as: "NTLDR is missing", "BOOTMGR is missing", "A disk read error
// occurred". Windows on BIOS.
// Cause: an older Windows set up after a younger one, fixboot of the wrong medium,
// a boot sector copied from elsewhere.
// Evidence: the name of the file in the code, and the files in the root
// directory.
// Fix: code of the right generation, from another volume of the machine.
// Not fixed by itself: a volume that has both loaders, where one Windows still
// starts; and BOOTMGR code on an NTFS volume with NTLDR only, which is said to
// load that.
var vbrWrongGeneration = Condition{
	ID:     "vbr-wrong-generation",
	Title:  "The boot sector is that of another Windows",
	Detect: detectVBRWrongGeneration,
	Fix:    fixCode,
}

func detectVBRWrongGeneration(_ context.Context, p *inspect.Patient) []Finding {
	return eachTarget(p, func(v *bootchain.BootVolume) (Finding, bool) {
		code := v.Sector.Code
		if v.Sector.Damage != nil || code.Owner != bootsect.Microsoft && code.Owner != bootsect.ReactOS || !code.Whole() {
			return Finding{}, false
		}
		f := ofVolume(v.Volume)
		f.Symptom = fmt.Sprintf(`"%s is missing"`, code.Loads)
		f.Evidence = append(f.Evidence, inVolume(v.Volume, 0, "boot code that loads "+v.Wants(), code.String()))
		wants, sure := v.Mismatch()
		switch {
		case !v.ReadsAlike():
			f.Symptom = `"A disk read error occurred"`
			f.Summary = fmt.Sprintf("The boot code of %s is for %s, the volume is %s.", v.Volume.ID(), code.Reads, v.Sector.Kind)
		case wants == "":
			return f, false
		case sure:
			f.Summary = fmt.Sprintf("The boot sector of %s loads %s, but the volume has %s.", v.Volume.ID(), code.Loads, wants)
		case v.HasLoader(code.Loads):
			f.Confidence, f.Severity = Low, Warning
			f.Summary = fmt.Sprintf("The boot sector of %s loads %s although the volume has %s, too: only the older Windows starts.", v.Volume.ID(), code.Loads, wants)
			f.Advice = "If the younger one should start, repair with --only vbr-wrong-generation. "
		default:
			f.Confidence, f.Severity = Low, Warning
			f.Summary = fmt.Sprintf("The boot sector of %s is that of Vista or later, but the volume has %s only; it may load that all the same.", v.Volume.ID(), wants)
			f.Advice = "If it does not start, repair with --only vbr-wrong-generation. "
		}
		withCode(&f, p, v)
		return f, true
	})
}
