package condition

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// The boot manager starts a Windows PE by default, or takes Windows for one.
//
// Seen as: set-up or a conversion tool starts each time, 0xc000000f where its image
// is gone; Windows restarts after 72 hours. Vista and later.
// Cause: an upgrade or an offline conversion that was interrupted (SCVMM leaves
// \scvmm_boot and \SCVMMsources\boot.wim), winpe left in the entry of Windows.
// Evidence: the default entry is a loader from a ramdisk, or has winpe (26000022),
// and is no recovery environment (bcd-recovery-loop).
// Fix: the entry of Windows becomes the default, by itself where SCVMM left it or its
// image is gone; what else starts from a ramdisk may be an upgrade under way, and
// waits for a person. Where the menu offers Windows, too, it is taken as meant. winpe goes from the entry of an installed Windows.
var bcdWinPELeft = Condition{
	ID:     "bcd-winpe-left",
	Title:  "A Windows PE starts instead of Windows",
	Detect: detectBCDWinPELeft,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		return editStore(p, f.Volume, "the boot manager starts Windows by default", func(m *bootchain.BootManager, e *bcd.Editor) error {
			o := m.Store.Object(bcd.DefaultEntry)
			if o != nil && installedAsPE(m, o) {
				return e.Remove(o.ID, bcd.ElementWinPE)
			}
			return defaultToWindows(m, e)
		})
	},
}

// installedAsPE reports an entry that starts an installed Windows as a Windows PE.
func installedAsPE(m *bootchain.BootManager, o *bcd.Object) bool {
	for _, w := range m.Windows {
		id, err := bootchain.StoreIdentity(w.Volume)
		if err == nil && bootchain.StartsFrom(o, id, w.Root) && bootchain.IsYes(o.Element(bcd.ElementWinPE)) {
			return true
		}
	}
	return false
}

// ramdiskOf is the device that an object is loaded from, where that is a file.
func ramdiskOf(o *bcd.Object) (bcd.Device, bool) {
	e := o.Element(bcd.ElementDevice)
	if e == nil {
		return bcd.Device{}, false
	}
	d, err := e.Device()
	return d, err == nil && d.Disk != nil && d.Disk.Kind == bcd.LocalRamdisk && d.Disk.File != nil
}

// imageThere reports whether the file of a ramdisk is on any volume.
func imageThere(p *inspect.Patient, path string) bool {
	for _, v := range p.Volumes() {
		if v.FS != nil && !v.IsDisc() && bootchain.HasFile(v.FS, path) {
			return true
		}
	}
	return false
}

// inMenu reports whether a Windows can be chosen in the menu: then it may be by choice
// that something else starts first, as in a real store with a rescue system.
func inMenu(m *bootchain.BootManager) bool {
	manager := m.Store.Object(bcd.BootManager)
	if manager == nil || manager.Element(bcd.ElementDisplayOrder) == nil {
		return false
	}
	menu, _ := manager.Element(bcd.ElementDisplayOrder).Objects() // with an error those before it
	return slices.ContainsFunc(windowsEntries(m), func(o *bcd.Object) bool { return slices.Contains(menu, o.ID) })
}

func detectBCDWinPELeft(_ context.Context, p *inspect.Patient) []Finding {
	return storeFindings(p, func(m *bootchain.BootManager) *Finding {
		o := m.Store.Object(bcd.DefaultEntry)
		if o == nil || o.Type != bcd.TypeLoader || isRecovery(m, o) {
			return nil
		}
		f := &Finding{Result: Present, Severity: Fatal, Confidence: Low, Symptom: "Set-up or another Windows PE starts each time",
			Summary:  fmt.Sprintf("%s on %s starts a Windows PE by default.", m.Path, m.System.ID()),
			Advice:   "An upgrade under way starts like this. If none is, repair --only bcd-winpe-left makes Windows the default. ",
			Evidence: []inspect.Evidence{elementEvidence(m, o, bcd.ElementDevice, "the partition of Windows")}}
		disk, ram := ramdiskOf(o)
		switch {
		case installedAsPE(m, o):
			f.Summary = fmt.Sprintf("%s on %s starts an installed Windows as a Windows PE.", m.Path, m.System.ID())
			f.Symptom = "Windows restarts by itself, or starts set-up"
			f.Evidence = []inspect.Evidence{elementEvidence(m, o, bcd.ElementWinPE, "not there")}
			f.Confidence, f.Fixable, f.Advice = High, true, ""
			return f
		case ram && (strings.Contains(strings.ToLower(disk.Disk.File.Name()), "scvmm") || !imageThere(p, disk.Disk.File.Name())):
			f.Confidence, f.Advice = High, ""
		case !ram && !bootchain.IsYes(o.Element(bcd.ElementWinPE)), inMenu(m):
			return nil
		}
		adviseDefault(m, f)
		return f
	})
}
