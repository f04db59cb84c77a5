package inject

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// maxIDs bounds the ids of devices that a package serves beside the one that it
// is wanted for: a family of controllers is a dozen, a collection hundreds.
const maxIDs = 64

// refuser makes the refusals of one driver.
type refuser func(kind Kind, format string, args ...any) *Refusal

func refusals(driver, file string, evidence ...inspect.Evidence) refuser {
	return func(kind Kind, format string, args ...any) *Refusal {
		return &Refusal{Kind: kind, Driver: driver, File: file, Sentence: fmt.Sprintf(format, args...), Evidence: evidence}
	}
}

// FromMatch makes of a driver package the drivers for the device that it was
// matched with: that of the device first, then those that the package wants to
// have started with it. ids are all of the device's, the most specific first.
// What speaks against it is a *Refusal.
func FromMatch(m source.Match, ids []string) ([]Driver, error) {
	if m.Option != nil {
		return fromOption(m, ids)
	}
	refuse := refusals(m.Package.Name(), "", packageEvidence(m.Package, ""))
	if m.Target.Major < 5 {
		return nil, refuse(WrongWindows, "it has an INF file, which Windows NT 4.0 does not know. Provide a driver floppy for Windows NT 4.0, with its txtsetup.oem")
	}
	do, err := m.Install()
	if err != nil {
		return nil, refuse(NotUnderstood, "its INF cannot be used: %v. Provide another version of the package", err)
	}
	if err := installBounds(do, refuse); err != nil {
		return nil, err
	}
	if err := installNames(m.Package, do, refuse); err != nil {
		return nil, err
	}
	models, err := m.Package.INF.Models(m.Target)
	if err != nil {
		return nil, refuse(NotUnderstood, "its INF cannot be used: %v. Provide another version of the package", err)
	}
	set, err := m.Package.Files(do, m.Target)
	if err != nil && !errors.Is(err, source.ErrMissing) {
		return nil, err
	}
	if err := missingDrivers(set, refuse); err != nil {
		return nil, err
	}
	if err := setBounds(set, refuse); err != nil {
		return nil, err
	}
	var all []Driver
	for _, s := range do.Services {
		if s.Name == "" || s.Type&1 == 0 || s.Flags&inf.Associated == 0 && s.Start != 0 {
			continue // programs, and drivers that Windows can start by itself
		}
		d, err := driverOf(m.Package, s, set, refuse)
		if err != nil {
			return nil, err
		}
		d.Service.Values = append(d.Service.Values, absolute(do.Registry, s.Name)...)
		if err := driverNames(d, refuse); err != nil {
			return nil, err
		}
		if s.Flags&inf.Associated == 0 {
			all = append(all, *d)
			continue
		}
		d.IDs, d.ClassGUID, d.Configuration = deviceIDs(models, *m.Model, ids), m.Package.INF.Version.ClassGUID, do.Section
		d.Device = values(do.Hardware, "")
		if d.Package, err = pack(m.Package, do.Files, set); err != nil {
			return nil, err
		}
		if err := driverNames(d, refuse); err != nil { // now with ids and package
			return nil, err
		}
		all = append([]Driver{*d}, all...)
	}
	for i := range all {
		all[i].With = serviceNames(do.Services)
	}
	if len(all) == 0 || len(all[0].IDs) == 0 {
		return nil, refuse(NotBootDriver, "it installs no driver for this device by itself. Provide the manufacturer's complete package")
	}
	return all, nil
}

// missingDrivers refuses a package without the drivers that it names. Libraries
// and help files that are missing are Plug and Play's business.
func missingDrivers(set *source.Set, refuse refuser) error {
	for _, missing := range set.Missing {
		if !strings.EqualFold(extension(missing.Name), "sys") {
			continue
		}
		kind := MissingFile
		switch {
		case errors.Is(missing.Err, source.ErrWrongMachine):
			kind = WrongArch
		case errors.Is(missing.Err, source.ErrNotDriver):
			kind = NoDriver
		}
		return refuse(kind, "%v. Provide the whole package for this Windows", missing)
	}
	return nil
}

// deviceIDs are those of the model, then those of the other models that install
// the same, and at last the device itself without subsystem and revision, which
// differ from machine to machine.
func deviceIDs(models []inf.Model, best inf.Model, ids []string) []DeviceID {
	var all []DeviceID
	has := func(id string) bool {
		return slices.ContainsFunc(all, func(d DeviceID) bool { return regf.EqualFold(d.ID, id) })
	}
	present := func(id string) bool {
		return slices.ContainsFunc(ids, func(s string) bool { return regf.EqualFold(s, id) })
	}
	add := func(m inf.Model) {
		for _, id := range m.IDs() {
			if !has(id) && (len(all) < maxIDs || present(id)) {
				all = append(all, DeviceID{ID: id, Compatible: id != m.HardwareID, Present: present(id),
					Description: m.Description, Manufacturer: m.Manufacturer})
			}
		}
	}
	add(best)
	for _, m := range models {
		if strings.EqualFold(m.Section, best.Section) {
			add(m)
		}
	}
	if id := wholeDevice(ids); id != "" && !has(id) {
		all = append(all, DeviceID{ID: id, Compatible: true, Present: true, Description: best.Description, Manufacturer: best.Manufacturer})
	}
	return all
}

// wholeDevice is the id of vendor and device alone, "" when there is none.
func wholeDevice(ids []string) string {
	for _, id := range ids {
		if strings.HasPrefix(strings.ToUpper(id), `PCI\VEN_`) && strings.Contains(strings.ToUpper(id), "&DEV_") && strings.Count(id, "&") == 1 {
			return id
		}
	}
	return ""
}

// evidence of a package, or of a file in it.
func packageEvidence(p *source.Package, file string) inspect.Evidence {
	where := p.Where
	if file != "" {
		where = file
	}
	return inspect.Evidence{Volume: p.Tree.Name(), Path: where, Offset: -1, Actual: "driver package"}
}

// driverOf makes a driver of a service that the INF adds, with all drivers that
// the package copies: one may import the other.
func driverOf(p *source.Package, s inf.Service, set *source.Set, refuse refuser) (*Driver, error) {
	binary, err := placeOf(s.Binary, s.Binary.Path, refuse)
	if err != nil {
		return nil, err
	}
	d := &Driver{Service: Service{
		Name: s.Name, Type: s.Type, ErrorControl: s.ErrorControl, Group: s.Group, TagToFront: s.Flags&inf.TagToFront != 0,
		DisplayName: s.DisplayName, Values: values(s.Registry, s.Name), Path: binary,
	}, Origin: []inspect.Evidence{packageEvidence(p, "")}}
	if strings.EqualFold(s.LogName, "System") {
		d.Service.EventLog = values(s.EventLog, "")
	}
	for i := range set.Files {
		if f := &set.Files[i]; strings.EqualFold(extension(f.Name), "sys") {
			path, err := placeOf(f.Dest, f.Name, refuse)
			if err != nil {
				return nil, err
			}
			file, err := fileOf(p, f, path)
			if err != nil {
				return nil, err
			}
			d.Files = append(d.Files, *file)
		}
	}
	return d, nil
}

// fileOf reads a file of the package once, for its hash.
func fileOf(p *source.Package, f *source.PackageFile, to string) (*File, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", p, f.Where, err)
	}
	content, err := step.NewContent(r, r.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", p, f.Where, err)
	}
	file := &File{Path: to, Content: content, Origin: packageEvidence(p, f.Where)}
	if image, err := pe.Open(r, r.Size()); err == nil {
		if v, err := image.Version(); err == nil {
			file.Version = v.File
		}
	}
	return file, nil
}

// pack takes the files that Plug and Play needs: the INF, its catalog, and what
// it copies, each where the INF says that it is.
func pack(p *source.Package, copies []inf.Copy, set *source.Set) (*Package, error) {
	out := &Package{INF: p.Name()}
	if p.INF != nil {
		out.Provider = p.INF.Version.Provider
	}
	add := func(f *source.PackageFile, path string) error {
		if slices.ContainsFunc(out.Files, func(o File) bool { return strings.EqualFold(o.Path, path) }) {
			return nil
		}
		file, err := fileOf(p, f, path)
		if err == nil {
			out.Files = append(out.Files, *file)
		}
		return err
	}
	var err error
	if out.Signing, err = p.Signed(set); err != nil {
		return nil, fmt.Errorf("%s: %w", p, err)
	}
	if set.INF != nil {
		if err := add(set.INF, out.INF); err != nil {
			return nil, err
		}
	}
	if set.Catalog != nil {
		out.Catalog = set.Catalog.Name
		if err := add(set.Catalog, out.Catalog); err != nil {
			return nil, err
		}
	}
	for i := range set.Files {
		f := &set.Files[i]
		if err := add(f, sourcePath(copies, f)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sourcePath is where the INF says that a file is, below its own folder.
func sourcePath(copies []inf.Copy, f *source.PackageFile) string {
	for _, c := range copies {
		if strings.EqualFold(c.Name, f.Name) && c.Dest == f.Dest {
			if c.Dir == "" {
				return c.Source
			}
			return c.Dir + `\` + c.Source
		}
	}
	return f.Name
}

// values takes what an INF writes below a key of its own (HKR), and below that of
// the service by its full name. What goes elsewhere is left to Plug and Play.
func values(list []inf.Registry, service string) []Value {
	var all []Value
	for _, r := range list {
		if r.Root == "HKR" {
			all = appendValue(all, r, r.Key)
		}
	}
	return append(all, absolute(list, service)...)
}

// absolute takes what goes below the key of a service by its full name.
func absolute(list []inf.Registry, service string) []Value {
	var all []Value
	prefix := `system\currentcontrolset\services\` + strings.ToLower(service)
	for _, r := range list {
		if service == "" || r.Root != "HKLM" || !strings.HasPrefix(strings.ToLower(r.Key), prefix) {
			continue
		}
		if key := r.Key[len(prefix):]; key == "" || key[0] == '\\' {
			all = appendValue(all, r, strings.Trim(key, `\`))
		}
	}
	return all
}

func appendValue(all []Value, r inf.Registry, key string) []Value {
	switch {
	case r.Delete:
		return all
	case r.KeyOnly:
		return append(all, Value{Key: key})
	}
	return append(all, Value{Key: key, Name: r.Name, Data: &step.Data{Type: regf.Type(r.Type), Bytes: r.Data}})
}
