package condition

import (
	"context"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/donor"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// The loader of NT 3.1 to Server 2003 (ntldr), or that of ReactOS
// (freeldr.sys), is missing, empty, or filled with zeros.
//
// Seen as: "NTLDR is missing. Press Ctrl+Alt+Del to restart", "BOOT: Couldn't find
// NTLDR"; ReactOS: "freeldr.sys not found. Press any key to restart".
// Cause: deleted, lost when only the Windows partition was copied, overwritten by
// another system (KB 318728).
// Evidence: the root of the system volume.
// Fix: a copy of ntldr from the patient or an attached medium, of the newest
// Windows that it has to start or later: newer loaders start older Windows. It is
// written as plain data, read-only, hidden and system.
// Not fixed by itself: where the version of the only copies is not known. Not at
// all where they are older, or where there is none.
var ntldrMissing = Condition{
	ID:     "ntldr-missing",
	Title:  "NTLDR is missing",
	Detect: func(_ context.Context, p *inspect.Patient) []Finding { return loaderFindings(p, ntldrFile) },
	Fix:    func(p *inspect.Patient, f Finding) ([]step.Step, error) { return fetchLoader(p, f, ntldrFile) },
}

// loaderFile is a file of the loader: its path, what the person sees without it;
// "" where the loader has no such file.
type loaderFile func(l *bootchain.NTLoader) (path, symptom string)

func ntldrFile(l *bootchain.NTLoader) (path, symptom string) {
	if l.FreeLoader {
		return l.LoaderPath(), `"freeldr.sys not found. Press any key to restart"`
	}
	return l.LoaderPath(), `"NTLDR is missing. Press Ctrl+Alt+Del to restart"`
}

func loaderFindings(p *inspect.Patient, which loaderFile) []Finding {
	var all []Finding
	for _, l := range bootchain.NTLoaders(p) {
		path, symptom := which(l)
		if path == "" {
			continue
		}
		err := bootchain.LoaderFileFault(l.System, path)
		if err == nil || errors.Is(err, bootchain.ErrCompressed) || errors.Is(err, bootchain.ErrFileUnread) {
			continue // the last is volume-damaged
		}
		f := Finding{Result: Present, Severity: Fatal, Confidence: High, Volume: l.System, Symptom: symptom,
			Summary:  fmt.Sprintf("%s: %v.", l.System.ID(), err),
			Evidence: []inspect.Evidence{{Volume: l.System.ID(), Path: path, Offset: -1, Actual: err.Error(), Expected: "the loader's file"}}}
		c, sure, others := donor.BestLoaderFile(p, l, path[1:])
		switch {
		case c == nil:
			f.Advice = fmt.Sprintf("There is no copy of %s on this machine. Attach a medium that has it (the i386 folder of a Windows CD of the same or a later version) and run repair again.", path[1:])
		case sure:
			f.Fixable = true
			f.Evidence = append(f.Evidence, inspect.Evidence{Volume: l.System.ID(), Path: path, Offset: -1, Actual: "a copy is " + c.Describe()})
		case c.Known:
			f.Advice = fmt.Sprintf("The newest copy (%s) is older than the newest Windows that it has to start. Attach a medium that has one of the same or a later version and run repair again.", c.Describe())
		default:
			f.Fixable, f.Confidence = true, Low
			f.Advice = fmt.Sprintf("The only copy is %s. Take it with --only, or attach a medium that has one of the same or a later version.", c.Describe())
			f.Evidence = append(f.Evidence, inspect.Evidence{Volume: l.System.ID(), Path: path, Offset: -1, Actual: "a copy is " + c.Describe()})
		}
		if bootchain.Exists(l.System, `\bootmgr`) && f.Fixable {
			f.Confidence = Low
			f.Advice = "A newer Windows starts from the same volume, and the older one may be a leftover. With --only the file is put back."
		}
		for _, where := range others {
			f.Evidence = append(f.Evidence, inspect.Evidence{Volume: l.System.ID(), Path: path, Offset: -1, Actual: "another copy is " + where})
		}
		all = append(all, f)
	}
	return all
}

func fetchLoader(p *inspect.Patient, f Finding, which loaderFile) ([]step.Step, error) {
	l, err := loaderOn(p, f.Volume)
	if err != nil {
		return nil, err
	}
	path, _ := which(l)
	c, _, _ := donor.BestLoaderFile(p, l, path[1:])
	if c == nil {
		return nil, fmt.Errorf("%s: there is no copy any more", path)
	}
	s, err := writeFile(l.System, path, c.Data, "taken from "+c.Describe())
	if err != nil {
		return nil, err
	}
	return []step.Step{s}, nil
}
