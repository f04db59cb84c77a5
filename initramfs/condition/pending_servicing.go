package condition

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// An update waits to be completed at the next start.
//
// Seen as: mostly nothing. Where it goes wrong: STOP 0xC000021A, "C0000034 ...
// applying update operation", or "Undoing changes" at every start. Vista and
// later.
// Evidence: WinSxS\pending.xml, and poqexec in SetupExecute of the Session
// Manager. Both are ordinary between an update and the next start; whether the
// update goes round in circles the person sees, not the disk.
// Fix: on request, the last resort: pending.xml is renamed and poqexec leaves
// SetupExecute, in every control set, so that Windows starts as it is, with the
// update half applied. dism /image: /cleanup-image /revertpendingactions of a
// Windows medium is better.
var pendingServicing = Condition{
	ID:     "pending-servicing",
	Title:  "An update waits to be completed",
	Detect: detectPendingServicing,
	Fix:    fixPendingServicing,
}

func pendingXML(w *inspect.Installation) string { return w.Path(`WinSxS\pending.xml`) }

const sessionManager = `\Control\Session Manager`

// poqexec lists the values SetupExecute that start the servicing stack.
func poqexec(w *inspect.Installation) (map[string]*step.Data, error) {
	all := map[string]*step.Data{}
	if !readable(w) {
		return all, nil
	}
	for _, set := range w.ControlSets {
		d, err := valueData(w, set.Path+sessionManager, "SetupExecute")
		if err != nil {
			return all, err
		}
		if d != nil && d.Type == regf.RegMultiSZ && bytes.Contains(bytes.ToLower(d.Bytes), registry.Units("poqexec")) {
			all[set.Path+sessionManager] = d
		}
	}
	return all, nil
}

func detectPendingServicing(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		if w.VersionErr != nil || !w.Version.AtLeast(6, 0) {
			continue
		}
		f := Finding{Result: Present, Severity: Info, Confidence: Low, Windows: w, Fixable: true,
			Symptom: "STOP 0xC000021A, \"C0000034 ... applying update operation\", or \"Undoing changes\" at every start; mostly nothing",
			Summary: fmt.Sprintf("%s has an update that is completed at its next start.", w.Label()),
			Advice:  "Ordinary after an update: let Windows start. If it does so again and again without end, dism /image:X:\\ /cleanup-image /revertpendingactions of a Windows medium takes the update back; repair --only pending-servicing makes Windows start without it, half applied."}
		if _, err := w.Volume.FS.Stat(pendingXML(w)); err == nil {
			f.Evidence = append(f.Evidence, inspect.Evidence{Volume: w.Volume.ID(), Path: pendingXML(w), Offset: -1, Actual: "it is there"})
		}
		values, err := poqexec(w)
		if err != nil {
			all = append(all, notRead(w, "SetupExecute", err))
		}
		for _, key := range slices.Sorted(maps.Keys(values)) {
			f.Evidence = append(f.Evidence, keyEvidence(w, key+`\SetupExecute`, "", "it starts poqexec"))
		}
		if len(f.Evidence) > 0 {
			f.Evidence = append(f.Evidence, servicingState(w)...)
			all = append(all, f)
		}
	}
	return all
}

func fixPendingServicing(_ *inspect.Patient, f Finding) ([]step.Step, error) {
	w := f.Windows
	values, err := poqexec(w)
	if err != nil {
		return nil, err
	}
	const why = "Windows starts without completing the update"
	var steps []step.Step
	for _, key := range slices.Sorted(maps.Keys(values)) {
		old := values[key]
		k, err := w.System.Hive.Key(key)
		if err != nil {
			return nil, err
		}
		v, err := k.Value("SetupExecute")
		if err != nil {
			return nil, err
		}
		lines, err := v.MultiString()
		if err != nil {
			return nil, err
		}
		var kept []string
		for _, l := range lines {
			if !strings.Contains(strings.ToLower(l), "poqexec") {
				kept = append(kept, l)
			}
		}
		steps = append(steps, step.SetValue{Volume: w.Volume, File: w.HivePath, Key: key, Value: v.Name(), Old: old,
			New: &step.Data{Type: regf.RegMultiSZ, Bytes: registry.MultiSZ(kept...)}, Why: why})
	}
	switch _, err := w.Volume.FS.Stat(pendingXML(w)); {
	case err == nil:
		steps = append(steps, step.Rename{Volume: w.Volume, From: pendingXML(w), To: pendingXML(w) + ".old", Why: why})
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrNotDir):
		return nil, err
	}
	return steps, nil
}
