package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// The entry of a Windows loads a registry hive for in-memory configuration.
//
// Seen as: STOP 0x00000067 CONFIG_INITIALIZATION_FAILED. Windows 8 and later.
// Cause: elements of a deployment that stayed (Azure).
// Evidence: imchivename (22000137), imcdevice (21000138) of the entry; installed
// Windows has neither.
// Fix: both are removed; on request where the hive that they name is there.
var bcdIMCLeft = Condition{
	ID:     "bcd-imc-left",
	Title:  "The boot configuration (BCD) loads an in-memory registry",
	Detect: detectBCDIMCLeft,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		return removeElements(p, f, "Windows starts with its own registry", imcLeft)
	},
}

const (
	elementIMCHive   bcd.ElementType = 0x22000137
	elementIMCDevice bcd.ElementType = 0x21000138
)

func imcLeft(m *bootchain.BootManager) []leftElement {
	return leftIn(windowsEntries(m), nil, elementIMCHive, elementIMCDevice)
}

func detectBCDIMCLeft(_ context.Context, p *inspect.Patient) []Finding {
	return storeFindings(p, func(m *bootchain.BootManager) *Finding {
		f := leftFinding(m, imcLeft(m), Finding{Symptom: "STOP 0x00000067 CONFIG_INITIALIZATION_FAILED",
			Summary: fmt.Sprintf("%s on %s gives Windows a registry hive of a deployment.", m.Path, m.System.ID()),
			Advice:  "If Windows is no part of a deployment any more, repair --only bcd-imc-left removes it."})
		if f == nil {
			return nil
		}
		f.Severity = Warning
		for _, w := range m.Windows {
			if o := startEntry(m, w); o != nil && (o.Element(elementIMCHive) != nil || o.Element(elementIMCDevice) != nil) &&
				!bootchain.HasFile(w.Volume.FS, textOf(o, elementIMCHive)) {
				f.Severity, f.Confidence = Fatal, High
			}
		}
		return f
	})
}
