package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
)

// A repair of ours was interrupted, and the disk was used before it could be
// carried on; or its journal cannot be judged.
//
// Windows may have been started in between: carrying on would write stale data
// over newer.
// Evidence: places that are neither as before nor as after the repair, or
// volumes that somebody mounted.
// Fix: none; nothing is replayed, and nothing else is written.
var journalOvertaken = Condition{
	ID:     "journal-overtaken",
	Title:  "An interrupted repair cannot be carried on",
	Detect: detectJournalOvertaken,
}

func detectJournalOvertaken(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, j := range p.Journals {
		if !j.Overtaken && j.Err == nil {
			continue
		}
		f := Finding{Result: Present, Severity: Blocker, Confidence: High, Evidence: j.Evidence,
			Summary: fmt.Sprintf("A repair was interrupted (journal %s) and the disk was used since; it is not carried on.", j.Where),
			Advice:  "Let Windows check the volumes (chkdsk). The journal is kept; it can be deleted by hand where it is a file.",
		}
		if j.Err != nil {
			f.Result = Unknown
			f.Summary = fmt.Sprintf("The journal of an interrupted repair (%s) cannot be judged: %v.", j.Where, j.Err)
			f.Advice = "Attach all disks of the repair. If another bootmend made the journal, use that one. Where a disk is failing and has nothing to do with it, name the others on the command line."
		}
		all = append(all, f)
	}
	return all
}
