package bootchain

import (
	"slices"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// findUnbound looks for devices of the link that nothing gives to a driver.
// Windows before 2000 binds nothing: its drivers look for their devices.
func (l *StorageLink) findUnbound(w *inspect.Installation) error {
	if !w.Version.AtLeast(5, 0) || len(l.Services) == 0 {
		l.Bound = l.Bound || len(l.Services) > 0
		return nil
	}
	if !l.Bound {
		l.Unbound = append(l.Unbound, "the controller")
	}
	if !l.ide || w.Version.AtLeast(6, 0) || l.met {
		return nil
	}
	// An IDE controller's channels, and the disk on them, are devices of their
	// own. On a controller that this Windows never met they are new, too.
	set, err := w.System.ControlSet(bootSet(w.System))
	if err != nil {
		return err
	}
	for _, device := range []struct {
		name, service string
		ids           []string
	}{
		{"the channels of the controller", "atapi", []string{"primary_ide_channel", "*pnp0600"}},
		{"the disk", disk, []string{"gendisk"}},
	} {
		entries, err := set.CriticalDevices(device.ids)
		if err != nil {
			return err
		}
		if device.service == "atapi" && !containsFold(l.Services, device.service) {
			continue // a vendor's driver has channels of its own
		}
		if !slices.ContainsFunc(entries, func(e *registry.CriticalDevice) bool { return regf.EqualFold(e.Service, device.service) }) {
			l.Unbound = append(l.Unbound, device.name)
		}
	}
	return nil
}
