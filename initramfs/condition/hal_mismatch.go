package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/donor"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Kernel and HAL do not go together (one is for a single processor, the other for
// several), or the HAL is not the one that the device tree was made with.
//
// Seen as: STOP 0x00000079 MISMATCHED_HAL; with a HAL of another kind a hang, or
// STOP 0x0000007B, because the device tree does not fit (ACPI against others). 2000
// to Server 2003.
// Cause: hal.dll or ntoskrnl.exe was replaced by a file of the same name from a
// medium, where that is another kind.
// Evidence: the names under which the files were built, the computer in
// Enum\Root, the log of set-up.
// Fix: none that touches the files. A second entry of the menu gets /HAL= and
// /KERNEL= with a pair that fits, copied beside the others from the patient's own
// sources; the person chooses it. It is done on request only (--only
// hal-mismatch).
// Not fixed: no copy of the right kind and service pack.
var halMismatch = Condition{
	ID:       "hal-mismatch",
	Title:    "Kernel and HAL do not go together",
	Hardware: true,
	Detect:   detectHALMismatch,
	Fix:      fixHALMismatch,
}

func detectHALMismatch(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		if w.Volume.FS == nil || !bootchain.IsNT5(w) || w.IsReactOS() {
			continue
		}
		m := bootchain.Mismatch(p, w)
		if m == nil {
			continue
		}
		f := Finding{Result: Present, Severity: Fatal, Confidence: Low, Windows: w,
			Symptom: "STOP 0x00000079 MISMATCHED_HAL", Summary: fmt.Sprintf("%s: %s.", w.Label(), m.Why)}
		if !m.Count {
			f.Symptom = "a hang at the start, or STOP 0x0000007B INACCESSIBLE_BOOT_DEVICE"
		}
		for _, e := range m.Evidence {
			f.Evidence = append(f.Evidence, inspect.Evidence{Volume: w.Volume.ID(), Path: w.Path(`system32`), Offset: -1, Actual: e})
		}
		if _, err := halSteps(p, w, m); err != nil {
			f.Advice = fmt.Sprintf("It takes kernel and HAL of the same kind (%s): %v.", m.Want.File, err)
		} else {
			f.Fixable = true
			f.Advice = "With --only hal-mismatch a second entry with a pair that fits is added to the menu; choose it at the start."
		}
		all = append(all, f)
	}
	return all
}

func fixHALMismatch(p *inspect.Patient, f Finding) ([]step.Step, error) {
	m := bootchain.Mismatch(p, f.Windows)
	if m == nil {
		return nil, fmt.Errorf("%s: kernel and HAL go together now", f.Windows.Label())
	}
	return halSteps(p, f.Windows, m)
}

// halSteps puts the files that are needed beside the others, under the names that
// they were built as, and adds the entry.
func halSteps(p *inspect.Patient, w *inspect.Installation, m *bootchain.HALMismatch) ([]step.Step, error) {
	l := bootchain.NTLoaderOf(p, w)
	if l == nil || l.EntryFor(w) == nil {
		return nil, fmt.Errorf("no entry of the menu starts it")
	}
	kernel := "ntoskrnl.exe"
	if m.Want.Multi() {
		kernel = "ntkrnlmp.exe"
	}
	var steps []step.Step
	var switches []string
	for _, need := range []struct{ name, as, installed string }{
		{kernel, "/KERNEL=", m.Kernel}, {m.Want.File, "/HAL=", m.Installed.File}} {
		if need.name == need.installed {
			continue // the usual name is the right one
		}
		c, rejected := donor.BuiltAs(p, w, need.name)
		if c == nil {
			return nil, fmt.Errorf("there is no %s of the same service pack (%s)", need.name, strings.Join(rejected[:min(2, len(rejected))], "; "))
		}
		file := need.name
		if file == "ntoskrnl.exe" || file == "hal.dll" {
			file = map[string]string{"ntoskrnl.exe": "ntkrnlup.exe", "hal.dll": "halstd.dll"}[file]
		}
		switches = append(switches, need.as+file)
		if bootchain.Exists(w.Volume, w.Path(`system32\`+file)) {
			continue
		}
		s, err := replaceFile(w.Volume, w.Path(`system32\`+file), c.Data, fmt.Sprintf("taken from %s, version %v", c.Where, c.Version))
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
	add := bootchain.Correction{Entry: l.EntryFor(w), Copy: true, Switches: switches}
	content, err := l.Apply(append(corrections(l), add))
	if err != nil {
		return nil, err
	}
	more, err := writeMenu(l, content, "kernel and HAL that go together can be chosen")
	return append(steps, more...), err
}
