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

// A table of characters that NTLDR takes along is missing, empty, or none: that of
// the ANSI or the OEM code page (c_1252.nls, c_437.nls), or that of upper and lower
// case (l_intl.nls).
//
// Seen as: "Windows could not start because the following file is missing or
// corrupt: <Windows root>\system32\c_1252.nls. Please re-install a copy of the above
// file." NT 4 to Server 2003.
// Evidence: Control\Nls\CodePage and Control\Nls\Language of the SYSTEM hive, which
// name the files, and the files.
// Fix: a copy from the patient (file protection's cache, service pack files, another
// Windows of the same version). On request one from a set-up folder or a medium,
// whose version nothing tells.
// Not fixed: a file of which there is no copy; then none is replaced.
var nlsFileMissing = Condition{
	ID:     "nls-file-missing",
	Title:  "A table of characters that Windows starts with is missing",
	InHive: true,
	Detect: detectNLSFileMissing,
	Fix:    fixNLSFileMissing,
}

// badTables lists the tables that the loader cannot load.
func badTables(w *inspect.Installation) (bad []bootchain.NLSFile) {
	if !bootchain.IsNT5(w) || w.IsReactOS() || w.Volume.FS == nil {
		return nil
	}
	all, err := bootchain.NLSFiles(w)
	if err != nil {
		return nil // the registry does not name them, or its own conditions speak
	}
	for _, f := range all {
		if f.Err != nil && !errors.Is(f.Err, bootchain.ErrFileUnread) {
			bad = append(bad, f)
		}
	}
	return bad
}

func detectNLSFileMissing(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		bad := badTables(w)
		if len(bad) == 0 {
			continue
		}
		f := Finding{Result: Present, Severity: Fatal, Confidence: High, Windows: w, Fixable: true, Symptom: bad[0].Symptom(),
			Summary: fmt.Sprintf("%s cannot start: %v.", w.Label(), bad[0].Err)}
		var advice []string
		for _, b := range bad {
			f.Evidence = append(f.Evidence, inspect.Evidence{Volume: w.Volume.ID(), Path: b.Path(w), Offset: -1, Expected: "a table of characters", Actual: b.Err.Error()})
			c, rejected := donor.NLSFile(p, w, b)
			switch {
			case c == nil:
				f.Fixable = false
				text := fmt.Sprintf("There is no copy of %s. Attach a medium of this Windows, or name its folder with --drivers.", b.Name)
				if len(rejected) > 0 {
					text += " Not taken: " + strings.Join(rejected[:min(len(rejected), 3)], "; ") + "."
				}
				advice = append(advice, text)
				continue
			case !c.Own:
				f.Confidence = Low
				advice = append(advice, fmt.Sprintf("It is done on request only (--only %s): nothing tells the version of %s.", "nls-file-missing", c.Where))
			}
			f.Evidence = append(f.Evidence, inspect.Evidence{Volume: w.Volume.ID(), Path: b.Path(w), Offset: -1, Actual: "a copy is " + c.Where})
		}
		f.Advice = strings.Join(advice, " ")
		all = append(all, f)
	}
	return all
}

func fixNLSFileMissing(p *inspect.Patient, f Finding) ([]step.Step, error) {
	w := f.Windows
	var steps []step.Step
	for _, b := range badTables(w) {
		c, _ := donor.NLSFile(p, w, b)
		if c == nil {
			return nil, fmt.Errorf("%s: there is no copy any more", b.Path(w))
		}
		s, err := replaceFile(w.Volume, b.Path(w), c.Data, "taken from "+c.Where)
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
	return steps, nil
}
