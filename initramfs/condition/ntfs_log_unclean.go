package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
)

// The NTFS log holds transactions that were not carried out yet.
//
// Windows replays them at the next mount; a change made before that would be
// partly overwritten, and reading without the replay can show stale metadata.
// Evidence: restart pages of $LogFile by the rules of ntfs-3g's logfile.c.
// Fix: none yet; emptying the log, as other tools do, drops the transactions.
var ntfsLogUnclean = Condition{
	ID:     "ntfs-log-unclean",
	Title:  "The NTFS log has open transactions",
	Detect: detectNTFSLogUnclean,
}

func detectNTFSLogUnclean(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, v := range p.Volumes() {
		if v.State == nil || v.State.Log.Clean {
			continue
		}
		all = append(all, Finding{
			Result: Present, Severity: Blocker, Confidence: High, Volume: v,
			Summary:  fmt.Sprintf("%s was not dismounted cleanly: %s.", v.ID(), v.State.Log.Why),
			Advice:   "Attach the disk to a working Windows, which replays the log when it mounts the volume, then detach it cleanly; or shut the virtual machine down instead of copying its disk while it runs.",
			Evidence: v.NTFSEvidence(v.State.Log.Evidence),
		})
	}
	return all
}
