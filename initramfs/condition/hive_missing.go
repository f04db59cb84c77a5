package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// The SYSTEM or SOFTWARE hive does not exist, or is a file without content.
//
// Seen as: "Windows could not start because the following file is missing or
// corrupt: \WINDOWS\SYSTEM32\CONFIG\SYSTEM" (NT 4 to 2003), 0xc000014c (Vista
// and later), STOP 0xC0000218 for SOFTWARE.
// Cause: a file system check threw the file away, or a copy broke off.
// Fix: the copy that Windows itself kept: the mirror (NT 4, 2000), RegBack. By
// itself only where it is whole and about as old as the other hives; a snapshot
// of System Restore or the copy from the installation (repair) on request.
// Not fixed: where no copy is usable. RegBack holds files of 0 bytes since
// Windows 10 1803.
var hiveMissing = Condition{
	ID:     "hive-missing",
	Title:  "A hive of the registry is missing or empty",
	Detect: detectHiveMissing,
	Fix: func(_ *inspect.Patient, f Finding) ([]step.Step, error) {
		return hiveSteps(f.Windows, missingHives(f.Windows))
	},
}

func missingHives(w *inspect.Installation) []string {
	var names []string
	for _, name := range vitalHives {
		if gone, _ := hiveGone(w, name); gone {
			names = append(names, name)
		}
	}
	return names
}

func detectHiveMissing(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		names := missingHives(w)
		if len(names) == 0 {
			continue
		}
		f := Finding{ID: "hive-missing", Result: Present, Severity: Fatal, Confidence: High, Windows: w, Fixable: true, Hides: names[0] == "SYSTEM",
			Symptom: hiveSymptom(names[0]),
			Summary: fmt.Sprintf("Hives of %s are missing or empty: %s.", w.Label(), strings.Join(names, ", "))}
		for _, name := range names {
			_, why := hiveGone(w, name)
			f.Evidence = append(f.Evidence, inspect.Evidence{Volume: w.Volume.ID(), Path: hivePath(w, name), Offset: -1, Expected: "a hive", Actual: why})
			judgeReplacement(&f, w, name)
		}
		adviseOnHives(&f)
		all = append(all, f)
	}
	return all
}
