package condition

import (
	"context"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// boot.ini (or freeldr.ini) names the wrong partition or disk, has paths that are
// none, or default= names no entry; or NTLDR does not see its first section.
//
// Seen as: "Windows could not start because the following file is missing or
// corrupt: <Windows root>\system32\hal.dll" (2000: ntoskrnl.exe), or "... because
// of a computer disk hardware configuration problem. Could not read from the
// selected boot disk. Check boot path and disk hardware." FreeLoader: "Opening
// hive file failed!". NT 4 to Server 2003, ReactOS.
// Cause: the disk was cloned without a partition before (recovery partitions),
// partitions were added or removed, or the disk is another one now (KB 330168).
// Evidence: each path followed by the numbering of NT: slots of the table in
// their order, then logical drives; containers do not count. Of a path that is no
// ARC path the folder says which Windows was meant.
// Fix: the number is corrected where the Windows that the entry was written for
// is certain: the only one in a folder of that name that no other entry leads to.
// default= follows. Where the entry cannot be attributed it stays, and one is
// added for the only Windows there is. Titles, switches, other entries, order and
// line ends stay byte for byte.
// Not by itself: where the disk of the entry is not there, and the Windows in a
// folder of that name does not say (Control\SystemBootDevice) that it was started
// from that path: the entry may be for a Windows on a disk that is not attached. On
// request it stays, and one for the Windows that is here is added.
// Not fixed: several Windows in folders of the same name of which none says that
// it was started from that path; a menu that starts another system and has no entry
// for Windows; a section [boot loader] that is misspelt or behind a byte order mark.
var bootiniWrongPartition = Condition{
	ID:     "bootini-wrong-partition",
	Title:  "The boot menu of NTLDR points to the wrong place",
	Detect: detectBootiniWrongPartition,
	Fix:    fixBootiniWrongPartition,
}

func fixBootiniWrongPartition(p *inspect.Patient, f Finding) ([]step.Step, error) {
	l, err := loaderOn(p, f.Volume)
	if err != nil {
		return nil, err
	}
	wrong, _ := l.Wrong()
	doubtful := slices.DeleteFunc(wrong, func(c bootchain.Correction) bool { return c.Doubt == "" })
	return fixMenu(p, f, doubtful...)
}

func detectBootiniWrongPartition(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, l := range bootchain.NTLoaders(p) {
		if l.Menu.Missing || l.EmptyMenu() {
			continue
		}
		if why := l.MissingSection(); why != "" {
			all = append(all, missingSection(l, why))
		}
		wrong, unsure := l.Wrong()
		f, found := menuFinding(l, wrong, unsure)
		if !found {
			continue
		}
		f.Symptom = l.PathSymptom()
		if f.Severity != Fatal && !f.Fixable {
			f.Severity = Fatal
			if l.DefaultStarts() {
				f.Severity = Warning
			}
		}
		f.Summary = fmt.Sprintf("%s on %s does not lead to Windows: %s.", l.Menu.Path, l.System.ID(), firstReason(wrong, unsure))
		all = append(all, f)
	}
	return all
}

// missingSection is the finding for a boot.ini whose section [boot loader] NTLDR
// does not see: which entry starts is then not what the file says.
func missingSection(l *bootchain.NTLoader, why string) Finding {
	return Finding{Result: Present, Severity: Warning, Confidence: Low, Volume: l.System,
		Symptom:  "Another entry starts than default= says, the menu does not wait, or \"Invalid BOOT.INI file. Booting from C:\\windows\\\"",
		Summary:  fmt.Sprintf("The section [boot loader] of %s on %s is not where NTLDR looks for it: %s.", l.Menu.Path, l.System.ID(), why),
		Advice:   "Correct the line [boot loader] with an editor, and save the file in the Windows (ANSI) encoding.",
		Evidence: []inspect.Evidence{{Volume: l.System.ID(), Path: l.Menu.Path, Offset: -1, Actual: why, Expected: "[boot loader] in a line of its own"}}}
}

func firstReason(wrong []bootchain.Correction, unsure []string) string {
	for _, c := range wrong {
		if c.Fatal {
			return c.Why
		}
	}
	if len(wrong) > 0 {
		return wrong[0].Why
	}
	return unsure[0]
}
