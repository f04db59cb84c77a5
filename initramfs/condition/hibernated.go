package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
)

// A Windows is hibernated on the volume, perhaps by Fast Startup.
//
// When it resumes it writes what it has in memory, over anything that was
// changed meanwhile: SYSTEM hive and file system metadata above all.
// Evidence: \hiberfil.sys begins with "hibr" (ntfs-3g, volume.c).
// Such a Windows may hold any volume of the machine in its memory, so nothing
// at all is written while there is one.
// Fix: none by itself; throwing the memory image away loses what was open. A
// person may say --discard-hibernation, which overwrites its header with zeros.
var hibernated = Condition{
	ID:     "hibernated",
	Title:  "Windows is hibernated",
	Detect: detectHibernated,
}

func detectHibernated(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, v := range p.Volumes() {
		if v.Hibernated == "" {
			continue
		}
		all = append(all, Finding{
			Result: Present, Severity: Blocker, Confidence: High, Volume: v,
			Summary:  fmt.Sprintf("A Windows on %s is hibernated (or was shut down with Fast Startup): %s.", v.ID(), v.Hibernated),
			Advice:   "Start that Windows where it still starts and shut it down completely (shutdown /s /t 0, or hold Shift while choosing Shut down). Where it does not start, --discard-hibernation throws the memory image away: documents that were open and not saved are lost.",
			Evidence: v.HibernatedBy,
		})
	}
	return all
}
