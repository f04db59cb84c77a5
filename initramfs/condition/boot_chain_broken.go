package condition

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// A link of the boot chain before the registry is broken: no system partition,
// no boot sector signature, boot loader, its configuration or the kernel
// missing or empty.
//
// Seen as: "Missing operating system", "BOOTMGR is missing", "NTLDR is
// missing", 0xc000000f, "ntoskrnl.exe is missing or corrupt". Any Windows.
// Evidence: the walk of package bootchain.
// Fix: none yet; the links get conditions of their own with their repairs.
// Confidence is low where a foreign boot manager could stand in for the link.
var bootChainBroken = Condition{
	ID:     "boot-chain-broken",
	Title:  "A file or structure that starts Windows is missing",
	Detect: detectBootChainBroken,
}

// chainSymptoms says what the person sees when a stage is broken. Stages that
// are not here have conditions of their own.
func chainSymptoms() map[string]string {
	return map[string]string{
		"master boot record": "A black screen with a cursor, or no bootable device",
		"system partition":   "Missing operating system, or no bootable device",
		"boot sector":        "Missing operating system",
		"boot loader":        "BOOTMGR is missing, NTLDR is missing, or no bootable device",
		"boot configuration": "0xc000000f (Vista and later), or ntoskrnl.exe or hal.dll is missing or corrupt",
		"kernel":             "ntoskrnl.exe is missing or corrupt, or 0xc000000f",
	}
}

// hasOwn reports whether conditions of their own judge the stage of a Windows whose
// generation is known.
func hasOwn(w *inspect.Installation, stage string) bool {
	switch stage {
	case "boot loader", "boot configuration":
		return bootchain.IsNT5(w) || w.VersionErr == nil
	case "kernel":
		return bootchain.IsNT5(w) || bootchain.IsNT6(w)
	}
	return false
}

// earlyStages are those before the boot loader, which have conditions of their
// own; they are ours only where none of these says anything.
func earlyStages() map[string]bool {
	return map[string]bool{"master boot record": true, "system partition": true, "boot sector": true}
}

// startFaults reports whether a condition names what is wrong before the boot
// loader.
func startFaults(ctx context.Context, p *inspect.Patient) bool {
	for _, c := range []Condition{mbrCodeMissing, activeMissing, activeMultiple, activeWrong, espTypeWrong, systemPartitionMissing,
		vbrDamaged, vbrCodeMissing, vbrWrongGeneration, vbrHiddenSectors, vbrGeometry, ntfsDamaged} {
		if len(c.Detect(ctx, p)) > 0 {
			return true
		}
	}
	return false
}

func detectBootChainBroken(ctx context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	named := sync.OnceValue(func() bool { return startFaults(ctx, p) }) // seldom asked, and not for nothing
	for _, w := range p.Windows {
		if !edition.NT6 && !bootchain.IsNT5(w) {
			all = append(all, Finding{Result: Unknown, Severity: Fatal, Confidence: Low, Windows: w,
				Summary: fmt.Sprintf("What starts %s is not looked at: this small bootmend knows NT 4 to Server 2003.", w.Label()),
				Advice:  "Start the whole bootmend, from CD, USB stick or network, for this Windows."})
			continue
		}
		f := Finding{Result: Present, Severity: Fatal, Confidence: High, Windows: w,
			Advice: "bootmend cannot mend this link yet. bootrec and bcdboot of a Windows medium (Vista and later) or fixboot and bootcfg of the Recovery Console (2000 to 2003) can."}
		var broken []string
		for _, s := range bootchain.Walk(p, w) {
			symptom, ours := chainSymptoms()[s.Name]
			if s.State != bootchain.Broken || !ours || hasOwn(w, s.Name) || earlyStages()[s.Name] && named() {
				continue
			}
			if f.Symptom == "" {
				f.Symptom = symptom
			}
			if s.Name == "system partition" {
				f.Confidence = Low // a boot manager in the MBR needs no active partition
			}
			broken = append(broken, s.Name)
			f.Evidence = append(f.Evidence, inspect.Evidence{Volume: w.Volume.Disk.Path, Path: s.Where, Offset: -1, Actual: s.Name + ": " + s.What})
		}
		if len(broken) > 0 {
			f.Summary = fmt.Sprintf("%s does not start, because of: %s.", w.Label(), strings.Join(broken, ", "))
			all = append(all, f)
		}
	}
	return all
}
