package condition

import (
	"context"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// boot.ini (or the freeldr.ini of ReactOS) is missing, empty, or has no entry.
//
// Seen as: "Invalid BOOT.INI file. Booting from C:\windows\", which works only
// where Windows is in the default folder of the first partition; else "Windows
// could not start because the following file is missing or corrupt: <Windows
// root>\system32\hal.dll". FreeLoader: "Error opening freeldr.ini or file not
// found". NT 4 to Server 2003, ReactOS.
// Cause: deleted or lost when only the Windows volume was copied.
// Evidence: the root of the system volume, and the installations that were found.
// Fix: a menu with every installation in the folder and on the partition where it
// really is, with the switches that set-up gives, CR LF, and the attributes
// read-only, hidden and system. No copy boot.ini.bak is kept: the undo bundle
// has what was there.
// Not fixed: a file that cannot be read, or one in UTF-16 or with zeros in it.
var bootiniMissing = Condition{
	ID:     "bootini-missing",
	Title:  "The boot menu of NTLDR is missing",
	Detect: detectBootiniMissing,
	Fix:    fixBootiniMissing,
}

func detectBootiniMissing(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, l := range bootchain.NTLoaders(p) {
		m := l.Menu
		f := Finding{Result: Present, Severity: Fatal, Confidence: High, Volume: l.System, Fixable: true,
			Evidence: []inspect.Evidence{{Volume: l.System.ID(), Path: m.Path, Offset: -1, Actual: "does not exist", Expected: "a menu"}}}
		switch {
		case errors.Is(m.Err, bootchain.ErrMenuUTF16), errors.Is(m.Err, bootchain.ErrMenuZeros):
			all = append(all, notText(l, f))
			continue
		case m.Err != nil:
			f.Result, f.Severity, f.Confidence, f.Fixable = Unknown, Warning, Low, false
			f.Summary = fmt.Sprintf("%s on %s cannot be read: %v.", m.Path, l.System.ID(), m.Err)
			f.Advice = "If the file is compressed or encrypted, undo that in a Windows that starts; otherwise have the volume checked."
			f.Evidence[0].Actual = m.Err.Error()
			all = append(all, f)
			continue
		case m.Missing && len(m.Data) > 0:
			f.Evidence[0].Actual = fmt.Sprintf("%d bytes of nothing", len(m.Data))
		case m.Missing:
		case l.EmptyMenu():
			f.Evidence[0].Actual = "has no entry"
		default:
			continue
		}
		f.Summary = fmt.Sprintf("The boot menu %s on %s %s.", m.Path, l.System.ID(), map[bool]string{true: "is missing", false: "has no entry"}[m.Missing])
		f.Symptom = `"Invalid BOOT.INI file", then "Windows could not start because the following file is missing or corrupt: <Windows root>\system32\hal.dll"`
		if l.FreeLoader {
			f.Symptom = `"Error opening freeldr.ini or file not found"`
			if !m.Missing {
				f.Symptom = fmt.Sprintf("%q", l.EmptySymptom())
			}
		} else if l.StartsWithoutMenu() {
			f.Severity, f.Symptom = Warning, `"Invalid BOOT.INI file. Booting from C:\windows\"`
		}
		if _, err := l.NewMenu(); err != nil {
			f.Fixable, f.Advice = false, "Attach the disk as the BIOS sees it: "+err.Error()+"."
		}
		all = append(all, f)
	}
	return all
}

// notText is the finding for a menu that is not edited. With a byte order mark in
// front no section of it is seen; with zeros further on it cannot be told.
func notText(l *bootchain.NTLoader, f Finding) Finding {
	m := l.Menu
	f.Severity, f.Confidence, f.Fixable = Warning, Low, false
	f.Result = Unknown
	if errors.Is(m.Err, bootchain.ErrMenuUTF16) {
		f.Result, f.Symptom = Present, `"Invalid BOOT.INI file. Booting from C:\windows\"`
		if l.FreeLoader {
			f.Symptom = `"Unable to read operating systems section in freeldr.ini."`
		}
		if !l.StartsWithoutMenu() {
			f.Severity = Fatal
		}
	}
	f.Summary = fmt.Sprintf("%s on %s is no plain text: %v.", m.Path, l.System.ID(), m.Err)
	f.Advice = "It is not changed. Save it in the Windows (ANSI) encoding with an editor, or rename it: then repair writes a new one."
	f.Evidence[0].Actual, f.Evidence[0].Expected = m.Err.Error(), "a text of one byte for each character"
	return f
}

func fixBootiniMissing(p *inspect.Patient, f Finding) ([]step.Step, error) {
	l, err := loaderOn(p, f.Volume)
	if err != nil {
		return nil, err
	}
	content, err := l.NewMenu()
	if err != nil {
		return nil, err
	}
	if l.Menu.Missing {
		return writeMenu(l, content, "the loader finds Windows where it is")
	}
	// What else the file holds stays.
	var add []bootchain.Correction
	for i, w := range l.Windows {
		add = append(add, bootchain.Correction{To: w, Default: i == 0})
	}
	if content, err = l.Apply(add); err != nil {
		return nil, err
	}
	return writeMenu(l, content, "the loader finds Windows where it is")
}
