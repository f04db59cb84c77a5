package condition

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/donor"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/step"
)

// scsiport.sys of Windows 2000 is the one of Update Rollup 1 for Service Pack 4,
// first edition (5.0.2195.7017), and the disk hangs on a BusLogic adapter.
//
// Seen as: STOP 0x0000001E KMODE_EXCEPTION_NOT_HANDLED (0xC0000005, ...) when the
// disk is moved to a virtual machine with a BusLogic adapter. Windows 2000 SP4.
// Cause: that version fails with SCSI adapters that are not found by Plug and Play
// (KB 904374; KB 891861 came out again with 5.0.2195.7059 for that reason).
// Evidence: the version resource of the file; the controller.
// Fix: a good copy, the fixed version before that from before the rollup, in
// system32\drivers and in file protection's cache, which would bring the bad one
// back. It is looked for in the folder that the rollup left for its removal, in
// service pack files, set-up folders, driver cache, on attached disks and discs,
// and in cabinets and self-extracting programs in their roots (the update as it is
// downloaded).
// Not fixed: no copy but further ones of 5.0.2195.7017; a package that holds only
// differences to files.
var scsiport2000Rollup = Condition{
	ID:       "scsiport-2000-rollup",
	Title:    "scsiport.sys of Windows 2000's Update Rollup 1 does not work with this adapter",
	Hardware: true,
	Detect:   detectSCSIPort2000Rollup,
	Fix:      fixSCSIPort2000Rollup,
}

// badSCSIPort is the version that fails, goodSCSIPort the one that mends it.
var badSCSIPort, goodSCSIPort = pe.Version{5, 0, 2195, 7017}, pe.Version{5, 0, 2195, 7059}

const scsiportBelow, scsiportCache = `system32\drivers\scsiport.sys`, `system32\dllcache\scsiport.sys`

func detectSCSIPort2000Rollup(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		c := w.Volume.Disk.Controller
		if !isBusLogic(c) || w.VersionErr != nil || w.Version.Major != 5 || w.Version.Minor != 0 || w.Volume.FS == nil {
			continue
		}
		v, err := donor.FileVersion(w, scsiportBelow)
		if err != nil || v != badSCSIPort {
			continue // a file that is missing or damaged is storage-driver-missing
		}
		f := Finding{Result: Present, Severity: Fatal, Confidence: High, Windows: w, Fixable: true,
			Symptom: "STOP 0x0000001E KMODE_EXCEPTION_NOT_HANDLED (0xC0000005, ...)",
			Summary: fmt.Sprintf("%s has scsiport.sys %v, which fails with %s.", w.Label(), v, c),
			Evidence: []inspect.Evidence{
				{Volume: w.Volume.ID(), Path: w.Path(scsiportBelow), Offset: -1, Expected: goodSCSIPort.String() + ", or from before the rollup", Actual: "version " + v.String()},
				{Volume: w.Volume.Disk.Path, Offset: -1, Actual: "the disk hangs on " + c.String()}}}
		best, rejected, problems := goodPort(p, w)
		if best != nil {
			f.Evidence = append(f.Evidence, inspect.Evidence{Volume: w.Volume.ID(), Path: w.Path(scsiportBelow), Offset: -1, Actual: fmt.Sprintf("a good copy is %s, version %v", best.Where, best.Version)})
		} else {
			f.Fixable = false
			f.Advice = portAdvice(offeredFirst(rejected, w), problems)
		}
		all = append(all, f)
	}
	return all
}

func isBusLogic(c *machine.Controller) bool {
	return c != nil && c.Bus == machine.PCI && c.Vendor == 0x104B && c.Device == 0x1040
}

// offeredFirst puts first what was found elsewhere than on the volume of Windows:
// somebody put it there for this purpose.
func offeredFirst(rejected []string, w *inspect.Installation) []string {
	here := func(s string) int {
		if strings.Contains(s, w.Volume.ID()) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(rejected, func(a, b string) int { return here(a) - here(b) })
	return rejected
}

func portAdvice(rejected []string, problems []error) string {
	text := "Put scsiport.sys " + goodSCSIPort.String() + " or the update Windows2000-KB891861-v2-x86 into the root of a disk, a floppy or a CD, attach it, and run repair again."
	for _, err := range problems {
		if errors.Is(err, donor.ErrDelta) {
			text += " What was found is of no use: " + err.Error() + "."
		}
	}
	if len(rejected) > 0 {
		text += " Not taken: " + strings.Join(rejected[:min(len(rejected), 3)], "; ") + "."
	}
	return text
}

// goodPort is the copy to take: the fixed version or later, else the newest from
// before the rollup, of the installed service pack.
func goodPort(p *inspect.Patient, w *inspect.Installation) (*donor.Copy, []string, []error) {
	found := donor.Find(p, w, bootchain.MachineOf(w), "scsiport.sys")
	level, known := donor.LevelOfWindows(w)
	accept := func(fixed bool) func(donor.Copy) error {
		return func(c donor.Copy) error {
			l, tells := donor.LevelOf(c.Version)
			switch {
			case !c.HasVersion || !tells:
				return errors.New("it has no version of Windows 2000")
			case c.Version.Compare(badSCSIPort) == 0:
				return fmt.Errorf("it is %v, too", badSCSIPort)
			case !known || l != level:
				return fmt.Errorf("%w: %v", donor.ErrLevel, c.Version)
			case fixed && c.Version.Compare(goodSCSIPort) < 0:
				return fmt.Errorf("it is older than %v", goodSCSIPort)
			case !fixed && c.Version.Compare(badSCSIPort) > 0:
				return fmt.Errorf("whether %v is good nobody knows", c.Version)
			}
			return nil
		}
	}
	if best, _ := found.Best(accept(true)); best != nil {
		return best, nil, found.Problems
	}
	best, rejected := found.Best(accept(false))
	return best, rejected, found.Problems
}

func fixSCSIPort2000Rollup(p *inspect.Patient, f Finding) ([]step.Step, error) {
	w := f.Windows
	best, _, _ := goodPort(p, w)
	if best == nil {
		return nil, errors.New("there is no good copy of scsiport.sys any more")
	}
	why := fmt.Sprintf("taken from %s, version %v", best.Where, best.Version)
	first, err := replaceFile(w.Volume, w.Path(scsiportBelow), best.Data, why)
	if err != nil {
		return nil, err
	}
	steps := []step.Step{first}
	if v, err := donor.FileVersion(w, scsiportCache); err != nil && !bootchain.Exists(w.Volume, w.Path(`system32\dllcache`)) || err == nil && v != badSCSIPort {
		return steps, nil // no cache, or a good copy in it
	}
	second, err := replaceFile(w.Volume, w.Path(scsiportCache), best.Data, why+", so that file protection does not bring the bad one back")
	if err != nil {
		return nil, err
	}
	return append(steps, second), nil
}
