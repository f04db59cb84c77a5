package bootchain

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// HALMismatch says how kernel and HAL of an installation do not go together.
type HALMismatch struct {
	Why      string // one sentence without a full stop
	Evidence []string
	// Count: one of the two is for several processors, the other for one.
	Count     bool
	Installed HAL    // in use
	Kernel    string // in use, by the name that it was built under; "" when it does not say
	Want      HAL    // that goes with the device tree
}

// Mismatch judges kernel and HAL; nil when they go together, cannot be told, or
// the menu has an entry that names a pair which does.
func Mismatch(p *inspect.Patient, w *inspect.Installation) *HALMismatch {
	// There is one HAL for 64 bits, and NT 4 has those of makers of computers, too.
	installed, ok := InstalledHAL(w)
	if !ok || MachineOf(w) != pe.X86 || w.VersionErr != nil || !w.Version.AtLeast(5, 0) {
		return nil
	}
	m := &HALMismatch{Installed: installed, Want: installed, Evidence: []string{installed.From}}
	registered, known := RegisteredHAL(w)
	if known {
		m.Want = registered
		m.Evidence = append(m.Evidence, registered.From)
	}
	multi, says := MultiKernel(w, "ntoskrnl.exe")
	if says {
		m.Kernel = map[bool]string{true: "ntkrnlmp.exe", false: "ntoskrnl.exe"}[multi]
		m.Evidence = append(m.Evidence, w.Path(`system32\ntoskrnl.exe`)+" was built as "+m.Kernel)
	}
	switch {
	case says && multi != installed.Multi():
		m.Count = true
		m.Why = fmt.Sprintf("the kernel is for %s, the HAL (%s) for %s", processors(multi), installed.File, processors(installed.Multi()))
	case known && registered.ACPI() != installed.ACPI():
		m.Why = fmt.Sprintf("the HAL is %s, the device tree was made with %s", installed.File, registered.File)
	default:
		return nil
	}
	if pairInMenu(p, w, m) {
		return nil
	}
	return m
}

func processors(multi bool) string {
	if multi {
		return "several processors"
	}
	return "one processor"
}

// pairInMenu asks whether an entry starts with a kernel and HAL that fit.
func pairInMenu(p *inspect.Patient, w *inspect.Installation, m *HALMismatch) bool {
	l := NTLoaderOf(p, w)
	if l == nil {
		return false
	}
	for _, e := range l.Menu.Entries {
		if e.Target.Windows != w || e.Kernel == "" && e.HAL == "" {
			continue
		}
		kernel, hal := e.Kernel, e.HAL
		if kernel == "" {
			kernel = "ntoskrnl.exe"
		}
		if hal == "" {
			hal = "hal.dll"
		}
		multi, says := MultiKernel(w, kernel)
		if says && multi == m.Want.Multi() && strings.EqualFold(builtAs(w, hal), m.Want.File) {
			return true
		}
	}
	return false
}

// EntryFor is the entry that starts the installation: the one that starts by
// itself, else the first that leads there.
func (l *NTLoader) EntryFor(w *inspect.Installation) *MenuEntry { return l.entryFor(w) }
