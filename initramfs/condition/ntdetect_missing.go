package condition

import (
	"context"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// ntdetect.com, by which NTLDR finds the hardware, is missing, empty, or
// filled with zeros.
//
// Seen as: "NTDETECT failed" after the menu, then the machine restarts or stops.
// NT 3.1 to Server 2003.
// Evidence: the root of the system volume.
// Fix, and not fixed: as for ntldr-missing.
var ntdetectMissing = Condition{
	ID:     "ntdetect-missing",
	Title:  "ntdetect.com is missing",
	Detect: func(_ context.Context, p *inspect.Patient) []Finding { return loaderFindings(p, ntdetectFile) },
	Fix:    func(p *inspect.Patient, f Finding) ([]step.Step, error) { return fetchLoader(p, f, ntdetectFile) },
}

func ntdetectFile(l *bootchain.NTLoader) (path, symptom string) {
	if l.FreeLoader {
		return "", "" // it is a part of FreeLoader
	}
	return bootchain.NTDetectPath, `"NTDETECT failed"`
}
