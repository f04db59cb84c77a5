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
// Disks that were imaged while their Windows ran, or that lost their power, are
// often so.
// Evidence: restart pages of $LogFile by the rules of ntfs-3g's logfile.c.
// Fix: none of its own. A log of version 1.1 in which every record is understood
// is replayed in memory for looking, and on the disk before anything else is
// written. Otherwise content of files that the log does not mention may still
// be overwritten where it lies; a person may say --discard-log, which drops the
// transactions, as other tools do.
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
		all = append(all, logFinding(v))
	}
	return all
}

func logFinding(v *inspect.Volume) Finding {
	f := Finding{Result: Present, Severity: Blocker, Confidence: High, Volume: v, Evidence: v.NTFSEvidence(v.State.Log.Evidence)}
	const attach = "Attach the disk to a working Windows, which replays the log when it mounts the volume, then detach it cleanly; or shut the virtual machine down instead of copying its disk while it runs."
	switch {
	case v.Replayed != nil:
		f.Severity = Info
		f.Summary = fmt.Sprintf("%s was not dismounted cleanly; what its log holds was carried out in memory (%d changes redone, %d taken back), and the volume is shown so. It is carried out on the disk before anything else is written.",
			v.ID(), v.Replayed.Redone, v.Replayed.Undone)
		f.Advice = "Nothing: Windows does the same when it starts."
	case v.State.Log.Major == 2:
		f.Summary = fmt.Sprintf("%s was not dismounted cleanly: %s.", v.ID(), v.State.Log.Why)
		f.Advice = attach
	default:
		f.InPlaceAllowed = v.Log != nil
		f.Summary = fmt.Sprintf("%s was not dismounted cleanly, and its log cannot be replayed: %v.", v.ID(), v.ReplayErr)
		f.Advice = attach + " Where that cannot be done, --discard-log empties the log: what was changed in the last seconds before the volume was cut off is lost, and the volume is judged before anything is written."
	}
	return f
}
