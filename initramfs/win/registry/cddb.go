package registry

import (
	"errors"
	"strings"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

const cddbPath = `Control\CriticalDeviceDatabase`

// CriticalDevice is an entry of the critical device database: the driver that
// the kernel gives a device before Plug and Play in user mode runs. Windows
// 2000 to 7; later versions use the driver database instead.
type CriticalDevice struct {
	ID              string // as stored, e.g. "pci#ven_8086&dev_7111"
	KeyPath         string
	Service         string // "" when the entry names none
	ClassGUID       string
	DriverPackageID string // Windows 7 and Vista
}

// CriticalDevice looks an identifier up, given as in Enum ("PCI\CC_0101") or as
// in the database ("PCI#CC_0101"), ignoring case. Errors wrap regf.ErrNotExist
// when there is no entry or no database.
func (c *ControlSet) CriticalDevice(id string) (*CriticalDevice, error) {
	db, err := c.key(cddbPath)
	if err != nil {
		return nil, err
	}
	k, err := db.Subkey(CriticalDeviceID(id))
	if err != nil {
		return nil, err
	}
	return c.criticalDevice(k)
}

// CriticalDevices looks up several identifiers and returns the entries found,
// in the order of ids: the first is the one that fits best.
func (c *ControlSet) CriticalDevices(ids []string) ([]*CriticalDevice, error) {
	var found []*CriticalDevice
	for _, id := range ids {
		d, err := c.CriticalDevice(id)
		if errors.Is(err, regf.ErrNotExist) {
			continue
		}
		if err != nil {
			return found, err
		}
		found = append(found, d)
	}
	return found, nil
}

func (c *ControlSet) criticalDevice(k *regf.Key) (*CriticalDevice, error) {
	d := &CriticalDevice{ID: k.Name(), KeyPath: c.Path + `\` + cddbPath + `\` + k.Name()}
	for name, to := range map[string]*string{"Service": &d.Service, "ClassGUID": &d.ClassGUID, "DriverPackageId": &d.DriverPackageID} {
		var err error
		if *to, err = optionalText(k, name); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// CriticalDeviceID writes a device identifier as the critical device database
// spells it: with # for backslashes.
func CriticalDeviceID(id string) string { return strings.ReplaceAll(id, `\`, "#") }
