package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// A volume is ReFS, which bootmend does not read.
//
// Seen as: no Windows is found on it; Windows starts from ReFS only on a few
// installations of Windows 11 and Server 2025.
// Evidence: "ReFS" at 3 and "FSRS" at 10 of the boot sector.
// Fix: none; the volume is left alone. Beside a Windows that was found it is an
// ordinary data volume.
var refs = Condition{
	ID:     "refs",
	Title:  "The volume is ReFS",
	Detect: detectReFS,
}

func detectReFS(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, v := range p.Volumes() {
		if v.Kind != fs.ReFS {
			continue
		}
		f := ofVolume(v)
		f.Severity = Warning
		if len(p.Windows) > 0 {
			f.Severity = Info
		}
		f.Summary = fmt.Sprintf("%s is ReFS, which bootmend does not look into.", v.ID())
		f.Advice = "Look at it in a Windows that starts (refsutil can salvage files). It is left alone."
		f.Evidence = append(f.Evidence, inVolume(v, 3, "", "ReFS"))
		all = append(all, f)
	}
	return all
}
