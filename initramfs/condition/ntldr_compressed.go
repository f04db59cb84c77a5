package condition

import (
	"context"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// ntldr is compressed by NTFS, which the code in the boot sector cannot read.
//
// Seen as: "NTLDR is compressed. Press Ctrl+Alt+Del to restart". NT 4 to Server
// 2003.
// Cause: somebody compressed the whole drive.
// Evidence: the attribute of the file.
// Fix: the same content as plain data.
var ntldrCompressed = Condition{
	ID:     "ntldr-compressed",
	Title:  "NTLDR is compressed",
	Detect: detectNTLDRCompressed,
	Fix:    fixNTLDRCompressed,
}

func detectNTLDRCompressed(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, l := range bootchain.NTLoaders(p) {
		path := l.LoaderPath()
		if !errors.Is(bootchain.LoaderFileFault(l.System, path), bootchain.ErrCompressed) {
			continue
		}
		all = append(all, Finding{Result: Present, Severity: Fatal, Confidence: High, Volume: l.System, Fixable: true,
			Symptom:  `"NTLDR is compressed. Press Ctrl+Alt+Del to restart"`,
			Summary:  fmt.Sprintf("%s on %s is compressed by NTFS; boot sectors read plain files only.", path, l.System.ID()),
			Evidence: []inspect.Evidence{{Volume: l.System.ID(), Path: path, Offset: -1, Expected: "plain data", Actual: "attribute compressed"}}})
	}
	return all
}

func fixNTLDRCompressed(p *inspect.Patient, f Finding) ([]step.Step, error) {
	l, err := loaderOn(p, f.Volume)
	if err != nil {
		return nil, err
	}
	data, err := bootchain.ReadSmall(l.System.FS, l.LoaderPath(), 4<<20)
	if err != nil {
		return nil, err
	}
	s, err := writeFile(l.System, l.LoaderPath(), data, "the boot sector can read it")
	if err != nil {
		return nil, err
	}
	return []step.Step{s}, nil
}
