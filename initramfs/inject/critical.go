package inject

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// putCritical binds the ids to the service in the critical device database of
// a control set, which Windows 2000 to 7 go by before Plug and Play runs.
//
// An id of the controller itself is taken from another service; one of another
// device that the package also serves is left to whom it belongs.
func (p *plan) putCritical(set *registry.ControlSet, d *Driver) error {
	h := p.system
	h.why = fmt.Sprintf("binds the controller to %s in %s", d.Service.Name, set.Path)
	id, err := h.text(serviceKey(set, d.Service.Name), "DriverPackageId")
	if err != nil {
		return err
	}
	for _, dev := range d.IDs {
		key := set.Path + `\Control\CriticalDeviceDatabase\` + registry.CriticalDeviceID(dev.ID)
		old, err := set.CriticalDevice(dev.ID)
		switch {
		case errors.Is(err, regf.ErrNotExist):
		case err != nil:
			return err
		case regf.EqualFold(old.Service, d.Service.Name):
			key = old.KeyPath
		case old.Service != "" && !dev.Present:
			continue
		default:
			key = old.KeyPath
		}
		for _, v := range []struct {
			name, want string
		}{{"Service", d.Service.Name}, {"ClassGUID", d.ClassGUID}, {"DriverPackageId", id}} {
			if now, err := h.text(key, v.name); err != nil {
				return err
			} else if v.want == "" || regf.EqualFold(now, v.want) {
				continue
			}
			if err := h.putText(key, v.name, v.want); err != nil {
				return err
			}
		}
	}
	return nil
}
