package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// The volume is marked for a check, a check was interrupted, or it carries
// flags that we do not know.
//
// Seen as: "Checking file system on C:" at the next start, or STOP 0x000000ED.
// Evidence: flags of $VOLUME_INFORMATION (ntfs-3g, layout.h); 0x0080 is set on
// healthy volumes of Windows 8 and later and is no sign of damage.
// Fix: none; the flag stays so that Windows checks the volume itself.
var volumeDirty = Condition{
	ID:     "volume-dirty",
	Title:  "The volume is marked for a check",
	Detect: detectVolumeDirty,
}

func detectVolumeDirty(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, v := range p.Volumes() {
		if v.State == nil {
			continue
		}
		why := v.State.FlagBlockers()
		if len(why) == 0 {
			continue
		}
		all = append(all, Finding{
			Result: Present, Severity: Blocker, Confidence: High, Volume: v,
			Symptom:  "Checking file system at the next start, or STOP 0x000000ED UNMOUNTABLE_BOOT_VOLUME",
			Summary:  fmt.Sprintf("%s: %s.", v.ID(), strings.Join(why, "; ")),
			Advice:   "Let a working Windows check the volume (chkdsk /f), then start bootmend again.",
			Evidence: volumeEvidence(v, v.State.Evidence),
		})
	}
	return all
}

// volumeEvidence shows what the file system package read as evidence.
func volumeEvidence(v *inspect.Volume, list []ntfs.Evidence) []inspect.Evidence {
	var all []inspect.Evidence
	for _, e := range list {
		all = append(all, inspect.Evidence{Volume: v.ID(), Path: e.Path, Offset: e.Off, Actual: e.What + " is " + e.Got})
	}
	return all
}
