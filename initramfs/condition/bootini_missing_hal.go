package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// An entry of boot.ini names a kernel or HAL (/KERNEL=, /HAL=) that is not
// there or cannot be loaded.
//
// Seen as: "Windows could not start because the following file is missing or
// corrupt: <Windows root>\system32\<file>". NT 3.51 to Server 2003, ReactOS.
// Cause: a checked build or another HAL was tried and removed, or a service pack
// replaced the files.
// Evidence: the switch and the file in system32 of the Windows that the entry
// leads to.
// Fix: the switch is dropped; the entry then starts with ntoskrnl.exe and
// hal.dll. All other switches stay.
// An entry that does not start by itself is told and left: it may be meant for a
// file that somebody puts there; --only bootini-missing-hal mends it, too.
var bootiniMissingHAL = Condition{
	ID:       "bootini-missing-hal",
	Title:    "The boot menu of NTLDR names a kernel or HAL that is missing",
	Hardware: true,
	Detect:   detectBootiniMissingHAL,
	Fix:      fixBootiniMissingHAL,
}

func detectBootiniMissingHAL(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, l := range bootchain.NTLoaders(p) {
		wrong := l.MissingSwitchFiles()
		f, found := menuFinding(l, wrong, nil)
		if !found {
			continue
		}
		f.Symptom = `"Windows could not start because the following file is missing or corrupt", with the name of the file`
		f.Summary = fmt.Sprintf("%s on %s: %s.", l.Menu.Path, l.System.ID(), firstReason(wrong, nil))
		if f.Severity != Fatal {
			f.Severity, f.Confidence = Info, Low
			f.Advice = "Nothing, unless somebody chooses that entry: it does not start by itself."
		}
		all = append(all, f)
	}
	return all
}

func fixBootiniMissingHAL(p *inspect.Patient, f Finding) ([]step.Step, error) {
	l, err := loaderOn(p, f.Volume)
	if err != nil {
		return nil, err
	}
	var more []bootchain.Correction
	if f.Confidence == Low {
		more = l.MissingSwitchFiles()
	}
	return fixMenu(p, f, more...)
}
