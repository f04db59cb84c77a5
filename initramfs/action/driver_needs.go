package action

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// vitalDrivers are what every start of Windows goes through, whatever its disk hangs on:
// buses, disks and volumes, file systems and what these import, by name in all versions
// that have them. Sources: the boot-start services of ErrorControl 3 (critical) that
// hives of Windows XP, 7, 8.1 and 10 have in common; bootchain's list.
var vitalDrivers = []string{
	"acpi", "acpiex", "pci", "msisadrv", "vdrvroot", "wdf01000", "disk", "partmgr", "volmgr", "volmgrx", "ftdisk", "mountmgr", "volsnap",
	"volume", "ntfs", "fltmgr", "ksecdd", "cng", "clfs", "msrpc", "mup", "ndis",
}

// needs says why a driver must not be disabled, "" when nothing is known that
// speaks for it.
func needs(w *inspect.Installation, name string) (string, error) {
	if is(vitalDrivers, name) {
		return "no Windows starts without it", nil
	}
	if strings.EqualFold(name, "fastfat") && w.Volume.Kind != fs.NTFS {
		return fmt.Sprintf("it reads %s, on which %s is", w.Volume.Kind, w.Label()), nil
	}
	if why, err := needsForDisk(w, name); why != "" || err != nil {
		return why, err
	}
	filtered, err := filteredBy(w, name)
	if err != nil {
		return "", err
	}
	if len(filtered) > 0 {
		return "it is named as filter in " + strings.Join(filtered, ", ") + ", and a filter that does not start stops what it filters: take the name out of that list first", nil
	}
	return "", nil
}

func is(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// needsForDisk asks whether the driver stands between the disk controller and the
// boot volume. Where the controller is not known, any driver could that starts at
// boot and drives a controller.
func needsForDisk(w *inspect.Installation, name string) (string, error) {
	link, err := bootchain.Storage(w)
	switch {
	case err == nil && is(link.Services, name):
		return fmt.Sprintf("%s needs it to start from %s", w.Label(), link.Controller), nil
	case err == nil:
		return "", nil
	case !errors.Is(err, bootchain.ErrNoController):
		return fmt.Sprintf("which drivers %s starts from cannot be told: %v", w.Label(), err), nil
	}
	for _, set := range w.ControlSets {
		s, err := set.Service(name)
		if errors.Is(err, regf.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		drives, err := drivesController(w, set, s)
		if err != nil {
			return "", err
		}
		if s.BootStart() && drives {
			return fmt.Sprintf("it may be the driver that %s starts from, and which controller its disk hangs on is not known: say so with --machine", w.Label()), nil
		}
	}
	return "", nil
}

// controllerGroups are load order groups of drivers of disk controllers.
var controllerGroups = []string{"SCSI miniport", "Primary disk", "System Bus Extender", "Boot Bus Extender"}

// drivesController tells a driver of a disk controller by its group, or by the
// critical device database.
func drivesController(w *inspect.Installation, set *registry.ControlSet, s *registry.Service) (bool, error) {
	if is(controllerGroups, s.Group) {
		return true, nil
	}
	k, err := w.Hive.Key(set.Path + `\Control\CriticalDeviceDatabase`)
	if errors.Is(err, regf.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	entries, err := k.Subkeys()
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		v, err := e.Value("Service")
		if errors.Is(err, regf.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, err
		}
		if text, err := v.Text(); err == nil && strings.EqualFold(text, s.Name) {
			return true, nil
		}
	}
	return false, nil
}
