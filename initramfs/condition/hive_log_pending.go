package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
)

// The SYSTEM hive needs its transaction logs.
//
// Windows keeps recent changes in SYSTEM.LOG1 and LOG2 and replays them at the
// next start; since 8.1 up to an hour of changes may live only there. Editing
// the hive without the replay edits stale data, and the replay then undoes the
// edit. The state is ordinary after a crash and no fault by itself.
// Evidence: sequence numbers or checksum of the base block, and the logs (regf
// specification).
// Fix: where the logs complete the hive none is needed: it is read with them, and
// an edit writes what they hold, too. Where they do not help the hive is read as
// it is and not changed; on request it is taken as it is, if everything in it is
// whole, so that other repairs become possible.
var hiveLogPending = Condition{
	ID:     "hive-log-pending",
	Title:  "The SYSTEM hive has changes waiting in its log",
	Detect: detectHiveLogPending,
	Fix: func(_ *inspect.Patient, f Finding) ([]step.Step, error) {
		return hiveSteps(f.Windows, []string{"SYSTEM"})
	},
}

func detectHiveLogPending(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		if w.HiveErr != nil || w.HiveLogs.State == hivelog.Clean {
			continue
		}
		f := Finding{
			Result: Present, Severity: Blocker, Confidence: Low, Windows: w, Fixable: true, Hides: true,
			Summary: fmt.Sprintf("The SYSTEM hive of %s was not written completely, and its logs do not help: %s. It is read as it is and not changed.",
				w.Label(), strings.Join(w.HiveLogs.Reasons, "; ")),
			Advice: "repair --only hive-log-pending takes it as it is where everything in it is whole: changes that were not completed are lost. Or restore it from a backup: system32\\config\\RegBack, or the repair folder (XP).",
			Evidence: []inspect.Evidence{{Volume: w.Volume.ID(), Path: w.HivePath, Offset: 4, Expected: "equal sequence numbers and a valid checksum",
				Actual: string(w.HiveLogs.State)}},
		}
		switch {
		case w.HiveLogs.WholeUnused() > 0:
			f.Fixable, f.Hides = false, false
			f.Summary = fmt.Sprintf("The logs of the SYSTEM hive of %s are damaged: %d whole entries in them cannot be used, because what comes before is missing. The hive is read without them and not changed.",
				w.Label(), w.HiveLogs.WholeUnused())
			f.Advice = "bootmend hive check names the entries. Let Windows start from a copy of the disk, or go on without them: bootmend hive repair --drop-logs."
		case w.HiveLogs.Usable():
			f.Severity, f.Confidence, f.Fixable, f.Hides = Info, High, false, false
			f.Summary = fmt.Sprintf("The SYSTEM hive of %s has changes that are in its logs only; it is read with them.", w.Label())
			f.Advice = "Nothing: Windows does the same when it starts, and an edit writes them into the hive."
		default:
			if r, err := bestHive(w, "SYSTEM"); err != nil || r == nil {
				f.Fixable = false
				f.Advice = "It is damaged, too, and nothing can take its place: restore it from a backup of your own; bootmend hive check says what is left of it."
			}
		}
		all = append(all, f)
	}
	return all
}
