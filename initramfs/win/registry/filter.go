package registry

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// Setup classes whose drivers lie on the way to the boot volume. The keys in
// hives spell them in either case.
const (
	ClassDisk        = "{4D36E967-E325-11CE-BFC1-08002BE10318}"
	ClassCDROM       = "{4D36E965-E325-11CE-BFC1-08002BE10318}"
	ClassHDC         = "{4D36E96A-E325-11CE-BFC1-08002BE10318}" // IDE and AHCI controllers
	ClassSCSIAdapter = "{4D36E97B-E325-11CE-BFC1-08002BE10318}"
	ClassSystem      = "{4D36E97D-E325-11CE-BFC1-08002BE10318}"
	ClassVolume      = "{71A27CDD-812A-11D0-BEC7-08002BE2092F}"
)

const classPath = `Control\Class`

// ClassFilters are the filter drivers that Windows loads with every device of a
// setup class. A name whose service or file is missing stops the whole class,
// with STOP 0x7B when the boot volume is behind it.
type ClassFilters struct {
	GUID    string // as stored
	KeyPath string // from the root of the hive
	Name    string // the value Class: "DiskDrive"; "" when absent
	Upper   []string
	Lower   []string
}

// ClassFilter reads the filters of one class, ignoring case. Errors wrap
// regf.ErrNotExist when there is no such class, regf.ErrType when a list is no
// string.
func (c *ControlSet) ClassFilter(guid string) (*ClassFilters, error) {
	classes, err := c.key(classPath)
	if err != nil {
		return nil, err
	}
	k, err := classes.Subkey(guid)
	if err != nil {
		return nil, err
	}
	return c.classFilters(k)
}

// ClassFilters reads the classes that have filters, by GUID. With an error come
// those that could be read.
func (c *ControlSet) ClassFilters() ([]*ClassFilters, error) {
	classes, err := c.key(classPath)
	if err != nil {
		return nil, err
	}
	keys, err := classes.Subkeys()
	errs := []error{err}
	var list []*ClassFilters
	for _, k := range keys {
		f, err := c.classFilters(k)
		switch {
		case err != nil && len(errs) < 10:
			errs = append(errs, err)
		case err == nil && len(f.Upper)+len(f.Lower) > 0:
			list = append(list, f)
		}
	}
	return list, errors.Join(errs...)
}

func (c *ControlSet) classFilters(k *regf.Key) (*ClassFilters, error) {
	f := &ClassFilters{GUID: k.Name(), KeyPath: c.Path + `\` + classPath + `\` + k.Name()}
	var err error
	if f.Upper, err = optionalStrings(k, "UpperFilters"); err != nil {
		return nil, err
	}
	if f.Lower, err = optionalStrings(k, "LowerFilters"); err != nil {
		return nil, err
	}
	f.Name, err = optionalText(k, "Class")
	return f, err
}

// optionalStrings reads a REG_MULTI_SZ that may be absent. Some installers
// leave a REG_SZ instead, which Windows takes, too.
func optionalStrings(k *regf.Key, name string) ([]string, error) {
	v, err := k.Value(name)
	if err != nil {
		return nil, ignoreAbsent(err)
	}
	if v.Type() == regf.RegSZ {
		s, err := v.Text()
		if err != nil || s == "" {
			return nil, err
		}
		return []string{s}, nil
	}
	list, err := v.MultiString()
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", k.Name(), err)
	}
	return list, nil
}
