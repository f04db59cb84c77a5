package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// The SYSTEM hive does not fit into the memory that NTLDR has for it.
//
// Seen as: "\WINDOWS\SYSTEM32\CONFIG\SYSTEM is missing or corrupt", although the
// hive is whole. Windows NT 4 and 2000 (kernel, hive and drivers share the lowest
// 16 MB, KB 102721, 306038), XP and Server 2003 beyond 32 MB (KB 919807 for x64).
// Evidence: size of the hive. NT 4 and 2000 may get along with more than the 10
// MB that count here, where few drivers are loaded.
// Fix: none: what can go out of the hive a person has to say.
var hiveTooLarge = Condition{
	ID:     "hive-too-large",
	Title:  "The SYSTEM hive is too large for the boot loader",
	InHive: true,
	Detect: detectHiveTooLarge,
}

func detectHiveTooLarge(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		if !readable(w) || w.VersionErr != nil || w.Version.AtLeast(6, 0) {
			continue
		}
		limit, size := int64(registry.LimitXP), int64(w.Hive.Header().BinsSize)
		if !w.Version.AtLeast(5, 1) {
			limit = registry.LimitNT4
		}
		if size <= limit {
			continue
		}
		f := Finding{Result: Present, Severity: Fatal, Confidence: High, Windows: w,
			Symptom: `"\SYSTEM32\CONFIG\SYSTEM is missing or corrupt"`,
			Summary: fmt.Sprintf("The SYSTEM hive of %s has %d MB; its boot loader takes %d.", w.Label(), size>>20, limit>>20),
			Advice: "Find what fills it (bootmend hive info, bootmend hive ls) and delete it with bootmend hive rm: control sets that Select does not name, keys below Enum of devices that are gone, " +
				"printer and backup settings. Then let Windows or bootmend write the hive anew; an older, smaller copy (repair folder, System Restore) starts, too.",
			Evidence: []inspect.Evidence{{Volume: w.Volume.ID(), Path: w.HivePath, Offset: 0x28, Expected: fmt.Sprintf("at most %d bytes", limit), Actual: fmt.Sprintf("%d bytes of hbins", size)}}}
		if !w.Version.AtLeast(5, 1) {
			f.Severity, f.Confidence = Warning, Low
		}
		all = append(all, f)
	}
	return all
}
