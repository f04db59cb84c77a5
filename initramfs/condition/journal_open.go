package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
)

// A repair of ours was interrupted, and its journal can be carried on.
//
// Seen as: whatever was being repaired; perhaps a check of the volume.
// Evidence: the journal's record; every place that it names is as before or as
// after, and nobody else used the volumes since.
// Fix: none of its own: repair, undo and recover finish a journal before they
// do anything else.
var journalOpen = Condition{
	ID:     "journal-open",
	Title:  "An interrupted repair can be finished",
	Detect: detectJournalOpen,
}

func detectJournalOpen(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, j := range p.Journals {
		if j.Overtaken || j.Err != nil {
			continue
		}
		all = append(all, Finding{Result: Present, Severity: Warning, Confidence: High,
			Summary:  fmt.Sprintf("A repair was interrupted; its journal (%s) is open and would %s. What is shown here is the disk after that.", j.Where, j.Verdict),
			Advice:   "Run bootmend recover, or bootmend repair, which does it first.",
			Evidence: []inspect.Evidence{{Volume: j.Where, Offset: -1, Actual: "open journal: " + j.Verdict}},
		})
	}
	return all
}
