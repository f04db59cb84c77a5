package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// The EFI system partition has no loader for firmware that knows no entry.
//
// Seen as: a virtual machine that was made anew, or a board whose settings were lost,
// finds no bootable device; where the firmware has its entry, nothing is seen. UEFI.
// Cause: the file was deleted, or never written; a new machine starts with empty
// variables.
// Evidence: \EFI\Boot\bootx64.efi (bootia32, bootaa64) does not exist or is empty,
// and \EFI\Microsoft\Boot\bootmgfw.efi does.
// Fix: a copy of bootmgfw.efi, on request where other systems have folders on the
// partition, and before Windows 8, whose set-up is the first that is known to write
// the file. A file that is there stays, whoever it belongs to.
var espFallbackMissing = Condition{
	ID:     "esp-fallback-missing",
	Title:  "The EFI system partition has no fallback loader",
	Detect: detectESPFallbackMissing,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		m, err := managerOn(p, f.Volume)
		if err != nil {
			return nil, err
		}
		return putCopy(m.System, fallbackPath(m.NewestFirst()[0]), fallbackCopy(p, m))
	},
}

// fallbackCopy is the boot manager on the partition itself, where the machine may
// start it, else that of Windows.
func fallbackCopy(p *inspect.Patient, m *bootchain.BootManager) *bootCopy {
	c := copyFrom(m.System, espLoaderPath, m.NewestFirst()[0].Arch)
	if c == nil {
		return efiLoaderCopy(p, m)
	}
	g := bootchain.GenerationOf(c.data)
	if g != bootchain.UnknownGeneration && !bootchain.ReadSecureBoot(p.Machine).Takes(g) {
		return efiLoaderCopy(p, m)
	}
	c.own = true
	return c
}

func detectESPFallbackMissing(_ context.Context, p *inspect.Patient) []Finding {
	return managerFindings(p, func(m *bootchain.BootManager) *Finding {
		if isBIOS(m) {
			return nil
		}
		newest := m.NewestFirst()[0]
		path := fallbackPath(newest)
		if path == "" {
			return nil
		}
		fault := missingFile(m.System, path)
		if fault == nil {
			return nil
		}
		f := fileFinding(m.System, path, "A machine that does not know this disk yet finds nothing to start", fault, fallbackCopy(p, m))
		if bootchain.HasFile(m.System.FS, espLoaderPath) {
			f.Severity = Warning
		}
		if bootchain.HasFile(m.System.FS, espLoaderPath) && !newest.Version.AtLeast(6, 2) {
			f.Confidence, f.Advice = Low, "Windows before 8 may have been set up without it. With --only it is made, so that firmware without an entry starts Windows."
		}
		if others := foreignLoaders(m.System); len(others) > 0 {
			f.Confidence, f.Advice = Low, fmt.Sprintf("Other systems have folders on the partition: %s. With --only Windows is what firmware without an entry starts.", strings.Join(others, ", "))
		}
		return f
	})
}
