package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
)

// The SYSTEM hive needs its transaction log before it may be edited.
//
// Windows keeps recent changes in SYSTEM.LOG1 and LOG2 and replays them at the
// next start; since 8.1 up to an hour of changes may live only there. Editing
// the hive without the replay edits stale data, and the replay then undoes the
// edit. The state is ordinary after a crash and no fault by itself.
// Evidence: sequence numbers or checksum of the base block (regf
// specification).
// Fix: none yet; bootmend cannot replay logs so far. Until then the hive is
// read as it is, for diagnosis only.
var hiveDirty = Condition{
	ID:     "hive-dirty",
	Title:  "The SYSTEM hive has changes waiting in its log",
	Detect: detectHiveDirty,
}

func detectHiveDirty(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		if w.HiveErr != nil || w.Hive.State().Clean {
			continue
		}
		h := w.Hive.Header()
		all = append(all, Finding{
			Result: Present, Severity: Blocker, Confidence: High, Windows: w,
			Summary: fmt.Sprintf("The SYSTEM hive of %s is dirty: %s. Its transaction log has to be replayed first, which bootmend cannot do yet, so the hive is read but not changed.",
				w.Label(), strings.Join(w.Hive.State().Reasons, "; ")),
			Advice: "Load the hive once in a working Windows (regedit, Load Hive, then Unload Hive): that replays the log.",
			Evidence: []inspect.Evidence{{Volume: w.Volume.ID(), Path: w.HivePath, Offset: 4, Expected: "equal sequence numbers and a valid checksum",
				Actual: fmt.Sprintf("sequence numbers %d and %d, checksum %#x (computed %#x)", h.Seq1, h.Seq2, h.Checksum, h.Computed)}},
		})
	}
	return all
}
