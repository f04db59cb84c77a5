package condition

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/donor"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// A file that the loader or the kernel loads is missing, empty, no program, or for
// another processor: ntoskrnl.exe, ntkrnlpa.exe, hal.dll, kdcom.dll, bootvid.dll, from
// Vista on pshed.dll, ci.dll and clfs.sys, what these import, ntdll.dll. From Vista on so
// are the programs that are started before logon: smss.exe, csrss.exe, wininit.exe,
// services.exe, lsass.exe, winlogon.exe; from 7 on apisetschema.dll.
//
// Seen as: NT 4 to Server 2003: "Windows could not start because the following file is
// missing or corrupt: <Windows root>\system32\<file>. Please re-install a copy of the
// above file"; Vista and later: 0xc000000f, 0xc0000221, 0xc0000225 or 0xc000007b and "the
// kernel is missing", "the HAL is missing", "a required file is missing, or contains
// errors"; ntdll.dll: STOP 0x0000006B PROCESS1_INITIALIZATION_FAILED; the
// programs: STOP 0xC000021A, 0x0000006F SESSION3_INITIALIZATION_FAILED, 0x000000EF or
// 0x000000F4 CRITICAL_PROCESS_DIED, or it starts anew again and again; ReactOS: "Error
// loading NTOS core."
// Evidence: the files, and what kernel and HAL import.
// Fix: before Vista a copy from the patient (file protection's cache, service pack
// files, driver cache, set-up folders, another installation) or an attached medium, of
// the same version and service pack and the same processor; of kernel and HAL the kind
// that the registry or set-up's log names. After it XP and 2003 may ask to be activated
// again; the files of activation are not touched. From Vista on a copy from the component
// store, else from the driver store (not of oem*.inf), or one of exactly that version from
// another installation or an attached medium. Its first three numbers are those of Windows
// (19041 where an enablement package made 19045 of it; what a service pack did not change
// has that from before, where other files of the component or SOFTWARE alone say so),
// and it is the version in use: other files of its component in system32 have exactly that
// version and SOFTWARE (Winners) names no other; or SOFTWARE names it, its last number is
// not above the update revision (UBR) of Windows, those files do not contradict and no
// update waits; or its last number is the update revision and no update waits. Where none
// of this is so and there is one version of that build only, on request, but not from the
// driver store.
// Not fixed: a file of which there is no such copy, or where files in system32 contradict,
// two components have the name and nothing tells which it is, or there are several versions
// and nothing tells which is in use; copies that the component store keeps as differences
// to another version (PA30). Then none is replaced. A file from Vista on whose checksum
// alone is wrong is replaced on request.
var systemFileMissing = Condition{
	ID:     "system-file-missing",
	Title:  "A system file that starts Windows is missing",
	Detect: detectSystemFileMissing,
	Fix:    fixSystemFileMissing,
}

func detectSystemFileMissing(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		if !bootchain.IsNT5(w) && !bootchain.IsNT6(w) || w.Volume.FS == nil {
			continue
		}
		bad := badSystemFiles(p, w)
		if len(bad) == 0 {
			continue
		}
		f := Finding{Result: Present, Severity: Fatal, Confidence: High, Windows: w, Fixable: true, Symptom: bad[0].Symptom(w)}
		var names, advice []string
		for _, b := range bad {
			names = append(names, b.Name)
			e := inspect.Evidence{Volume: w.Volume.ID(), Path: b.Path(w), Offset: -1, Expected: "a " + b.Role, Actual: b.Err.Error()}
			if b.By != "" {
				e.Actual += ", and " + b.By + " imports it"
			}
			f.Evidence = append(f.Evidence, e)
			c, rejected, problems := donor.SystemFile(p, w, b.Name)
			if c != nil {
				f.Evidence = append(f.Evidence, inspect.Evidence{Volume: w.Volume.ID(), Path: b.Path(w), Offset: -1, Actual: fmt.Sprintf("a copy is %s, version %v", c.Where, c.Version)})
				if c.Doubt != "" {
					f.Confidence = Low
					advice = append(advice, fmt.Sprintf("%s: %s. bootmend repair --only system-file-missing takes the copy nevertheless.", b.Name, c.Doubt))
				}
				continue
			}
			f.Fixable = false
			advice = append(advice, adviceFor(w, b.Name, rejected, problems))
		}
		f.Summary = fmt.Sprintf("%s cannot start: %v.", w.Label(), bad[0].Err)
		if len(bad) > 1 {
			f.Summary = fmt.Sprintf("%s cannot start: %v; also bad: %s.", w.Label(), bad[0].Err, strings.Join(names[1:], ", "))
		}
		f.Advice = strings.Join(advice, " ")
		if n := wrongChecksums(bad); n > 0 {
			if f.Confidence = Low; n == len(bad) {
				f.Severity = Warning
			}
			f.Advice = strings.TrimSpace(f.Advice + " Where it is the checksum that is wrong, somebody may have changed the file on purpose. If not: bootmend repair --only system-file-missing.")
		}
		all = append(all, f)
	}
	return all
}

// wrongChecksums counts whole programs that were damaged inside, or changed.
func wrongChecksums(bad []bootchain.SystemFile) (n int) {
	for _, f := range bad {
		if errors.Is(f.Err, bootchain.ErrChecksum) {
			n++
		}
	}
	return n
}

// badSystemFiles lists what cannot be loaded. What cannot be read is the
// volume's condition.
func badSystemFiles(p *inspect.Patient, w *inspect.Installation) (bad []bootchain.SystemFile) {
	var entries []bootchain.MenuEntry
	if l := bootchain.NTLoaderOf(p, w); l != nil {
		entries = l.Menu.Entries
	}
	for _, f := range bootchain.SystemFiles(w, entries) {
		if f.Err == nil && bootchain.IsNT6(w) {
			f.Err = f.CheckSum(w)
		}
		if f.Err != nil && !errors.Is(f.Err, bootchain.ErrFileUnread) {
			bad = append(bad, f)
		}
	}
	return bad
}

func adviceFor(w *inspect.Installation, name string, rejected []string, problems []error) string {
	text := fmt.Sprintf("There is no copy of %s that fits. Attach a medium with one of the same Windows and service pack (%s), or name its folder with --drivers.", name, w.Label())
	if bootchain.IsNT6(w) {
		text = fmt.Sprintf("There is no copy of %s of which it is certain that it fits. Attach the disk of a Windows of the same version and updates (%s), or let the recovery environment of a Windows medium put the file back: sfc /scannow /offbootdir=C:\\ /offwindir=C:\\Windows.", name, w.Label())
	}
	if len(rejected) > 0 {
		text += " Not taken: " + strings.Join(rejected[:min(len(rejected), 3)], "; ") + "."
	}
	for _, err := range problems {
		text += " " + err.Error() + "."
		break
	}
	return text
}

func fixSystemFileMissing(p *inspect.Patient, f Finding) ([]step.Step, error) {
	w := f.Windows
	var steps []step.Step
	for _, b := range badSystemFiles(p, w) {
		c, _, _ := donor.SystemFile(p, w, b.Name)
		if c == nil {
			return nil, fmt.Errorf("%s: there is no copy any more", b.Path(w))
		}
		s, err := replaceFile(w.Volume, b.Path(w), c.Data, fmt.Sprintf("taken from %s, version %v", c.Where, c.Version))
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
	return steps, nil
}
