package bootchain

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// Messages of the boot manager of Vista and later. Sources: Microsoft's
// troubleshooting articles for these codes; Windows itself in both firmwares.
const (
	saysNoManager   = `"BOOTMGR is missing. Press Ctrl+Alt+Del to restart"`
	saysNoEFILoader = "the firmware finds nothing to start, or opens its set-up"
	saysNoStore     = `0xc000000f "An error occurred while attempting to read the boot configuration data"`
	saysBadStore    = `0xc0000098 "does not contain a valid OS entry", 0xc0000034 or 0xc000000f`
	saysNoEntry     = `0xc0000225 or 0xc0000034 "The boot configuration data is missing or contains errors"`
	saysNoDevice    = `0xc000000e "The boot selection failed because a required device is inaccessible", or 0xc0000225`
	saysNoWinload   = `0xc000000f or 0xc0000225 "The selected entry could not be loaded because the application is missing or corrupt"`
)

// managerOf is the boot manager that starts a Windows of Vista and later; nil for
// others, and where there is no system volume.
func managerOf(p *inspect.Patient, w *inspect.Installation) *BootManager {
	for _, m := range BootManagers(p) {
		if slices.Contains(m.Windows, w) {
			return m
		}
	}
	return nil
}

// managerStage says what the person sees where the boot manager's file is missing.
func (m *BootManager) managerStage(s Stage) Stage {
	if !edition.NT6 {
		return s
	}
	if m != nil && s.State == Broken {
		if s.Symptom = saysNoManager; m.Firmware == bcd.UEFI {
			s.Symptom = saysNoEFILoader
		}
	}
	return s
}

// storeStage judges what the boot manager would do with its store, up to the loader of
// Windows.
func (m *BootManager) storeStage(p *inspect.Patient, w *inspect.Installation) Stage {
	s := Stage{Name: "boot configuration", Where: m.System.ID() + " " + m.Path, State: Broken}
	switch {
	case m.Gone != "":
		s.What, s.Symptom = m.Gone, saysNoStore
		return s
	case m.Err != nil:
		s.What, s.Symptom = m.Err.Error(), saysBadStore
		return s
	case m.Store.Object(bcd.BootManager) == nil:
		s.What, s.Symptom = "the store has no object of the boot manager", saysBadStore
		return s
	}
	moved := m.Moved(p)
	entry := m.Store.Object(bcd.DefaultEntry)
	switch own := m.Loader(w); {
	case entry == nil && m.Store.Object(bcd.BootManager).Element(bcd.ElementDefault) != nil:
		s.What, s.Symptom = "the default entry does not exist", saysNoEntry
	case len(moved.Starts) > 0:
		s.What, s.Symptom = fmt.Sprintf("the entry names %s, which no disk has", moved.Starts[0].Identity.Short()), saysNoDevice
	case own == nil:
		s.State, s.What = Unknown, "no entry starts this Windows from where it is"
	case !HasFile(w.Volume.FS, pathOf(own)):
		s.What, s.Symptom = fmt.Sprintf("the entry names %s, which is not there", pathOf(own)), saysNoWinload
	case own == entry:
		s.State, s.What = OK, fmt.Sprintf("%s starts by default, by %s", own.ID, pathOf(own))
	default:
		s.State, s.What = OK, fmt.Sprintf("%s can be chosen in the menu, it starts by %s", own.ID, pathOf(own))
	}
	return s
}

func pathOf(o *bcd.Object) string {
	if e := o.Element(bcd.ElementPath); e != nil {
		if text, err := e.Text(); err == nil {
			return text
		}
	}
	return ""
}
