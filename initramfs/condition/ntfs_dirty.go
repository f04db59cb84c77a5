package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// The volume is marked for a check, a check was interrupted, or it carries
// flags that we do not know.
//
// Seen as: "Checking file system on C:" at the next start, or STOP 0x000000ED.
// Evidence: flags of $VOLUME_INFORMATION (ntfs-3g, layout.h), of boot sector and
// second FAT entry on FAT; 0x0080 is set on
// healthy volumes of Windows 8 and later and is no sign of damage.
// Fix: none; the flag stays so that Windows checks the volume itself.
var ntfsDirty = Condition{
	ID:     "ntfs-dirty",
	Title:  "The volume is marked for a check",
	Detect: detectNTFSDirty,
}

func detectNTFSDirty(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, v := range p.Volumes() {
		why, evidence := dirtyFlags(v)
		if len(why) == 0 {
			continue
		}
		all = append(all, Finding{
			Result: Present, Severity: Blocker, Confidence: High, Volume: v,
			Symptom:  "Checking file system at the next start, or STOP 0x000000ED UNMOUNTABLE_BOOT_VOLUME",
			Summary:  fmt.Sprintf("%s: %s.", v.ID(), strings.Join(why, "; ")),
			Advice:   "Let a working Windows check the volume (chkdsk /f), then start bootmend again.",
			Evidence: evidence,
		})
	}
	return all
}

// dirtyFlags says why the volume wants a check: by the flags of $Volume on NTFS,
// by those of boot sector and FAT on FAT.
func dirtyFlags(v *inspect.Volume) (why []string, evidence []inspect.Evidence) {
	if v.State != nil {
		return v.State.FlagBlockers(), v.NTFSEvidence(v.State.Evidence)
	}
	f, ok := v.FS.(*fat.Volume)
	if !ok {
		return nil, nil
	}
	if f.State().Dirty {
		why = append(why, "the volume was not dismounted in order: Windows has to check it first (chkdsk)")
	}
	if f.State().HadError {
		why = append(why, "Windows met a disk error on the volume: it has to be checked first (chkdsk)")
	}
	for _, w := range why {
		evidence = append(evidence, inspect.Evidence{Volume: v.ID(), Offset: -1, Actual: w})
	}
	return why, evidence
}
