package inject

import (
	"errors"
	"strings"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// fromOption makes a driver of an option of a txtsetup.oem, as the text mode of
// set-up does: a boot driver of the group SCSI miniport, with the values and
// hardware ids that the file gives to its service.
func fromOption(m source.Match, ids []string) ([]Driver, error) {
	name := m.Package.Name() + " [" + m.Option.ID + "]"
	refuse := refusals(name, "", packageEvidence(m.Package, ""))
	if err := optionNames(m.Option, refuse); err != nil {
		return nil, err
	}
	set, err := m.Package.SetupFiles(m.Option, m.Target)
	if err != nil && !errors.Is(err, source.ErrMissing) {
		return nil, err
	}
	if err := missingDrivers(set, refuse); err != nil {
		return nil, err
	}
	if err := setBounds(set, refuse); err != nil {
		return nil, err
	}
	d := Driver{
		Service:   Service{Name: m.Service, Type: registry.TypeKernelDriver, ErrorControl: 1, Group: miniportGroup},
		ClassGUID: registry.ClassSCSIAdapter,
		Origin:    []inspect.Evidence{packageEvidence(m.Package, "")},
	}
	for _, s := range m.Option.Files {
		if s.Type == "driver" && (d.Service.Name == "" || strings.EqualFold(s.Service, d.Service.Name)) {
			d.Service.Name, d.Service.Path = s.Service, `system32\drivers\`+source.Base(s.Name)
		}
	}
	if d.Service.Name == "" {
		return nil, refuse(NotBootDriver, "it names no service for its driver. Provide the manufacturer's complete package")
	}
	for _, v := range m.Option.Values {
		if strings.EqualFold(v.Service, d.Service.Name) {
			d.Service.Values = append(d.Service.Values, Value{v.Key, v.Name, &step.Data{Type: regf.Type(v.Type), Bytes: v.Data}})
		}
	}
	for i := range set.Files {
		if f := &set.Files[i]; strings.EqualFold(extension(f.Name), "sys") {
			path, err := placeOf(f.Dest, f.Name, refuse)
			if err != nil {
				return nil, err
			}
			file, err := fileOf(m.Package, f, path)
			if err != nil {
				return nil, err
			}
			d.Files = append(d.Files, *file)
		}
	}
	d.IDs = optionIDs(m, d.Service.Name, ids)
	if d.Package, err = optionPackage(m, set); err != nil {
		return nil, err
	}
	bytes := 0
	for _, v := range d.Service.Values {
		bytes += len(v.Data.Bytes)
	}
	if err := bounded(len(set.Files), len(d.Service.Values), bytes, refuse); err != nil {
		return nil, err
	}
	if err := driverNames(&d, refuse); err != nil {
		return nil, err
	}
	return []Driver{d}, nil
}

// optionIDs are those of the option that lead to the service, and the device's
// own without subsystem and revision.
func optionIDs(m source.Match, service string, ids []string) []DeviceID {
	var models []inf.Model
	for _, h := range m.Option.IDs {
		if strings.EqualFold(h.Service, service) {
			models = append(models, inf.Model{HardwareID: h.ID, Description: m.Option.Description})
		}
	}
	if len(models) == 0 {
		return nil
	}
	return deviceIDs(models, inf.Model{HardwareID: m.ID}, ids)
}

// optionPackage: the INF that the option names beside its driver is what Plug
// and Play installs from; without one there is no package.
func optionPackage(m source.Match, set *source.Set) (*Package, error) {
	for i := range set.Files {
		f := &set.Files[i]
		if !strings.EqualFold(extension(f.Name), "inf") {
			continue
		}
		p, err := pack(m.Package, nil, set)
		if err != nil {
			return nil, err
		}
		p.INF = f.Name
		return p, nil
	}
	return nil, nil
}
