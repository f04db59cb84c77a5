package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
)

// The volume is encrypted with BitLocker, and was unlocked with a key.
//
// Seen as: nothing. Windows 7 and later.
// Evidence: the metadata, and which protector the key belongs to.
// Fix: none is needed. What is wrong inside of the volume is repaired there, encrypted; the
// boot chain outside of it only where the finding is named: Windows may ask for the
// recovery key after such a change. Where the unit of the encryption is larger than a
// sector of the disk, a power cut could leave half of one: nothing is written there.
var bitlockerUnlocked = Condition{
	ID:     "bitlocker-unlocked",
	Title:  "The volume is encrypted with BitLocker and unlocked",
	Detect: detectBitlockerUnlocked,
}

func detectBitlockerUnlocked(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, v := range p.Volumes() {
		if v.UnlockedBy == nil {
			continue
		}
		f := Finding{Result: Present, Severity: Info, Confidence: High, Volume: v,
			Summary:  fmt.Sprintf("%s is encrypted with BitLocker (%s) and was unlocked: %s %s.", v.ID(), v.BitLocker.Method, v.UnlockedBy.Kind, v.UnlockedBy.ShortID()),
			Advice:   "Have the recovery key at hand when Windows starts again. The boot chain outside of the volume is changed only where a finding is named: repair --only ID.",
			Evidence: []inspect.Evidence{{Volume: v.ID(), Offset: -1, Actual: fmt.Sprintf("%s, ID %s", v.UnlockedBy.Kind, strings.ToUpper(v.UnlockedBy.ID.String()))}}}
		if unit, sector := v.BitLocker.SectorSize(), v.Disk.Dev.SectorSize(); unit > sector {
			f.Severity = Blocker
			f.Advice = fmt.Sprintf("It is encrypted by %d bytes, and the disk writes %d at once: repair it in a Windows that starts, or attach the disk by an adapter that shows its true sectors.", unit, sector)
		}
		describeDoubts(&f, v)
		all = append(all, f)
	}
	return all
}
