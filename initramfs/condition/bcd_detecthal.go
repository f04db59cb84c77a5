package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// Vista is to take the HAL that lies in its folder, and that is not the one that its device
// tree was made with.
//
// Seen as: a hang with a black screen, STOP 0x00000079 or 0x0000007B, after a move to
// another machine. Windows Vista and Server 2008, 32 bits: 7 and later always look for the right
// HAL, and 64 bits have one only.
// Cause: detecthal missing or off in a store that was made for the old machine.
// Evidence: the name that hal.dll was built under (halacpi or halmacpi), the computer in
// Enum\Root\ACPI_HAL, detecthal (26000010) of the entry.
// Fix: on request detecthal is turned on, as bcdboot does for Vista: the loader then takes
// the HAL that fits the machine out of system32.
// Not fixed: where the other HAL is not in system32. Whether a machine has an
// interrupt controller that fits is not known here.
// Source: Geoff Chappell, BCD Elements; hal.inf.
var bcdDetecthal = Condition{
	ID:       "bcd-detecthal",
	Title:    "Vista does not look for the HAL that fits",
	Hardware: true,
	InHive:   true,
	Detect:   detectBCDDetecthal,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		return editStore(p, f.Volume, "Vista takes the HAL that fits the machine", func(m *bootchain.BootManager, e *bcd.Editor) error {
			for _, h := range fixedHALs(m) {
				if err := e.Set(h.entry.ID, bcd.ElementDetectHAL, bcd.Boolean(true)); err != nil {
					return err
				}
			}
			return nil
		})
	},
}

// fixedHAL is an entry that starts a Vista with the wrong HAL.
type fixedHAL struct {
	windows   *inspect.Installation
	entry     *bcd.Object
	installed string // "halacpi.dll"
	wants     string
	from      string // where the latter was read
}

func fixedHALs(m *bootchain.BootManager) []fixedHAL {
	var all []fixedHAL
	for _, w := range m.Windows {
		if w.Version.Major != 6 || w.Version.Minor != 0 || w.Arch != inspect.X86 {
			continue
		}
		entry := startEntry(m, w)
		installed, ok := bootchain.InstalledHAL(w)
		registered, known := bootchain.RegisteredHAL(w)
		if entry == nil || !ok || !known || installed.File == registered.File || isYes(entry.Element(bcd.ElementDetectHAL)) {
			continue
		}
		all = append(all, fixedHAL{w, entry, installed.File, registered.File, registered.From})
	}
	return all
}

func detectBCDDetecthal(_ context.Context, p *inspect.Patient) []Finding {
	return storeFindings(p, func(m *bootchain.BootManager) *Finding {
		wrong := fixedHALs(m)
		if len(wrong) == 0 {
			return nil
		}
		f := &Finding{Result: Present, Severity: Warning, Confidence: Low, Fixable: true,
			Symptom: `"STOP 0x00000079 MISMATCHED_HAL", STOP 0x0000007B or a hang with a black screen`,
			Advice:  "If Windows does not start, repair --only bcd-detecthal lets it look for the HAL itself."}
		var labels []string
		for _, h := range wrong {
			labels = append(labels, h.windows.Label())
			f.Evidence = append(f.Evidence, elementEvidence(m, h.entry, bcd.ElementDetectHAL, "yes"),
				inspect.Evidence{Volume: h.windows.Volume.ID(), Path: h.windows.Path(`system32\hal.dll`), Offset: -1, Expected: h.wants + ": " + h.from, Actual: h.installed})
			if !bootchain.HasFile(h.windows.Volume.FS, h.windows.Path(`system32\`+h.wants)) {
				f.Fixable = false
				f.Advice = fmt.Sprintf("%s is not in system32, so that looking for it would not help; put it there from a medium of this Windows.", h.wants)
			}
		}
		f.Summary = fmt.Sprintf("The entry of %s starts it with a HAL that is not its own, and does not look for another.", strings.Join(labels, ", "))
		return f
	})
}
