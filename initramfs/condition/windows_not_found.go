package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
)

// There is no Windows on any of the disks.
//
// Evidence: no directory in the root of any volume holds a registry folder
// with a SYSTEM hive or a kernel beside it.
// Fix: none.
var windowsNotFound = Condition{
	ID:     "windows-not-found",
	Title:  "No Windows was found",
	Detect: detectWindowsNotFound,
}

func detectWindowsNotFound(_ context.Context, p *inspect.Patient) []Finding {
	if len(p.Windows) > 0 {
		return nil
	}
	f := Finding{
		Result: Present, Severity: Fatal, Confidence: High,
		Symptom: "No bootable device, or the boot loader finds no Windows",
		Advice:  "Check that all disks of the machine are attached and that their controller is supported. The other findings, if any, tell what kept us from looking.",
	}
	var looked []string
	for _, d := range p.Disks {
		if d.Rescue {
			continue
		}
		looked = append(looked, d.Path)
		if len(d.Volumes) == 0 {
			f.Evidence = append(f.Evidence, inspect.Evidence{Volume: d.Path, Offset: -1, Actual: "no partition"})
		}
		for _, v := range d.Volumes {
			f.Evidence = append(f.Evidence, inspect.Evidence{Volume: v.ID(), Offset: -1, Actual: describeVolume(v)})
		}
	}
	if len(looked) == 0 {
		looked = []string{"this machine: no disk but the rescue medium was found"}
	}
	f.Summary = fmt.Sprintf("There is no Windows on %s.", strings.Join(looked, ", "))
	return []Finding{f}
}

func describeVolume(v *inspect.Volume) string {
	switch {
	case v.Err != nil:
		return v.Err.Error()
	case v.Kind == "":
		return "no file system that is known to us"
	}
	return fmt.Sprintf("%s without a Windows folder", v.Kind)
}
