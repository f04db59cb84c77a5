package condition

import (
	"context"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// The SYSTEM hive is missing, is no hive, or is damaged where we need it.
//
// Seen as: "Windows could not start because the following file is missing or
// corrupt: \WINDOWS\SYSTEM32\CONFIG\SYSTEM" (NT 5), 0xc000014c (NT 6 and
// later), STOP 0x00000074 BAD_SYSTEM_CONFIG_INFO.
// Fix: none yet; replacement hives (RegBack, repair, restore points) are not
// looked for.
var hiveUnreadable = Condition{
	ID:     "hive-unreadable",
	Title:  "The SYSTEM hive cannot be read",
	Detect: detectHiveUnreadable,
}

func detectHiveUnreadable(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		err := w.HiveErr
		if err == nil {
			err = w.SystemErr
		}
		if err == nil && len(w.ControlSets) == 0 {
			err = errors.New("it holds no control set")
		}
		if err == nil || errors.Is(err, fs.ErrDamaged) {
			continue // the latter is volume-damaged
		}
		all = append(all, Finding{
			Result: Present, Severity: Blocker, Confidence: High, Windows: w,
			Symptom:  `"\SYSTEM32\CONFIG\SYSTEM is missing or corrupt", 0xc000014c, or STOP 0x00000074 BAD_SYSTEM_CONFIG_INFO`,
			Summary:  fmt.Sprintf("The SYSTEM hive of %s cannot be read: %v.", w.Label(), err),
			Advice:   `Restore the hive from a backup: system32\config\RegBack (Windows Vista to 10 1709), the repair folder (XP), or your own.`,
			Evidence: []inspect.Evidence{{Volume: w.Volume.ID(), Path: w.HivePath, Offset: -1, Actual: err.Error()}},
		})
	}
	return all
}
