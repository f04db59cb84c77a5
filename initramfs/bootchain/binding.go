package bootchain

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// registryBinding asks the installation which service drives a controller:
//
//   - Windows 8 and later: the driver database.
//   - before: the critical device database, through which a controller that
//     this Windows has never met gets its driver at boot; and what Plug and
//     Play has bound already (Enum), which lets a known one start without it.
//
// service is "" when there is no binding; that is no error. met tells that Plug
// and Play has bound a controller of this kind.
func registryBinding(w *inspect.Installation, c machine.Controller) (service string, origin inspect.Evidence, met bool, err error) {
	if has, err := w.System.HasDriverDatabase(); err != nil || has {
		if err != nil {
			return "", origin, false, err
		}
		return idBinding(w, deviceIDs(c))
	}
	set, err := w.System.ControlSet(bootSet(w.System))
	if err != nil {
		return "", origin, false, fmt.Errorf("boot control set: %w", err)
	}
	known, where, err := enumBinding(w, set, c)
	if err != nil {
		return "", origin, false, err
	}
	if service, origin, _, err = idBinding(w, deviceIDs(c)); service != "" || err != nil {
		return service, origin, known != "", err
	}
	return known, where, known != "", nil
}

// idBinding asks the table that binds controllers that Windows never met.
func idBinding(w *inspect.Installation, ids []string) (service string, origin inspect.Evidence, met bool, err error) {
	db, err := w.System.DriverDatabase()
	if err == nil {
		service, origin, err = databaseBinding(w, db, ids)
		return service, origin, false, err
	}
	if !errors.Is(err, regf.ErrNotExist) {
		return "", origin, false, err
	}
	set, err := w.System.ControlSet(bootSet(w.System))
	if err != nil {
		return "", origin, false, fmt.Errorf("boot control set: %w", err)
	}
	entries, err := set.CriticalDevices(ids)
	if err != nil {
		return "", origin, false, err
	}
	for _, e := range entries {
		if e.Service != "" {
			return e.Service, hiveEvidence(w, set.Path+`\Control\CriticalDeviceDatabase\`+e.ID, "Service = "+e.Service), false, nil
		}
	}
	return "", origin, false, nil
}

// bindingTable is the key that binds controllers that this Windows never met.
func bindingTable(w *inspect.Installation) string {
	if has, err := w.System.HasDriverDatabase(); err == nil && has {
		return `DriverDatabase\DeviceIds`
	}
	return `Control\CriticalDeviceDatabase`
}

func deviceIDs(c machine.Controller) []string {
	if c.Bus == machine.VMBus {
		return []string{registry.VMBusID(c.VMBusClass)}
	}
	return registry.PCIFunction{
		Vendor: c.Vendor, Device: c.Device, Revision: c.Revision, Class: c.Class,
		SubsystemVendor: c.SubVendor, SubsystemDevice: c.SubDevice,
	}.IDs()
}

func databaseBinding(w *inspect.Installation, db *registry.DriverDatabase, ids []string) (string, inspect.Evidence, error) {
	bindings, err := db.Bind(ids)
	if err != nil {
		return "", inspect.Evidence{}, err
	}
	for _, b := range bindings {
		if b.Service != "" {
			return b.Service, hiveEvidence(w, `DriverDatabase\DeviceIds\`+b.ID,
				fmt.Sprintf("%s (%s, %s) installs service %s", b.Inf, b.Package, b.Configuration, b.Service)), nil
		}
	}
	return "", inspect.Evidence{}, nil
}

// enumBinding looks for the same vendor and device among the PCI functions
// that this Windows has met, in whatever slot and subsystem.
func enumBinding(w *inspect.Installation, set *registry.ControlSet, c machine.Controller) (string, inspect.Evidence, error) {
	none := inspect.Evidence{}
	if c.Bus != machine.PCI {
		return "", none, nil
	}
	enum, err := w.System.Hive.Key(set.Path + `\Enum\PCI`)
	if errors.Is(err, regf.ErrNotExist) {
		return "", none, nil
	}
	if err != nil {
		return "", none, err
	}
	devices, err := enum.Subkeys()
	if err != nil {
		return "", none, err
	}
	prefix := fmt.Sprintf("VEN_%04X&DEV_%04X", c.Vendor, c.Device)
	for _, dev := range devices {
		if !strings.HasPrefix(strings.ToUpper(dev.Name()), prefix) {
			continue
		}
		instances, err := dev.Subkeys()
		if err != nil {
			return "", none, err
		}
		for _, in := range instances {
			v, err := in.Value("Service")
			if err != nil {
				continue // met, but nothing was installed for it
			}
			if service, err := v.Text(); err == nil && service != "" {
				return service, hiveEvidence(w, set.Path+`\Enum\PCI\`+dev.Name()+`\`+in.Name(), "Service = "+service), nil
			}
		}
	}
	return "", none, nil
}

func hiveEvidence(w *inspect.Installation, key, actual string) inspect.Evidence {
	return inspect.Evidence{Volume: w.Volume.ID(), Path: w.HivePath + " " + key, Offset: -1, Actual: actual}
}
