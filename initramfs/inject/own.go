package inject

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/catalog"
	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// checkOwn refuses a package that reaches for what is not its own: a service of
// Windows or of another driver, a file that another one loads. Drivers that were
// made of Windows' own services and files are not asked.
func checkOwn(w *inspect.Installation, d *Driver) error {
	if d.Inbox {
		return nil
	}
	if err := ownService(w, d); err != nil {
		return err
	}
	for i := range d.Files {
		if f := &d.Files[i]; !f.Inbox && strings.EqualFold(extension(f.Path), "sys") {
			if err := ownPlace(w, d, f); err != nil {
				return err
			}
		}
	}
	return broughtAlong(w, d)
}

// ownService: no control set has a service of that name that loads another file,
// or is no driver at all.
func ownService(w *inspect.Installation, d *Driver) error {
	name := d.Service.Name
	if bootchain.OwnedByWindows(name) {
		return refusals(name, d.Service.file(), d.Origin...)(FileConflict,
			"it wants to be the service %s, which is one of Windows itself that every start needs. Provide another package", name)
	}
	for _, set := range w.ControlSets {
		s, err := set.Service(name)
		if errors.Is(err, regf.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", set.Path, err)
		}
		key := w.HivePath + `, ` + s.KeyPath
		evidence := append(slices.Clone(d.Origin), inspect.Evidence{Volume: w.Volume.ID(), Path: key, Offset: -1, Actual: "ImagePath " + s.ImagePath})
		below, err := registry.DriverFile(s, w.Root)
		switch {
		case err != nil && s.ImagePath != "":
			return refusals(name, d.Service.file(), evidence...)(FileConflict,
				"this Windows has a service %s already, and it cannot be told that it is the same driver: %v. Provide another package, or remove that service first", name, err)
		case err == nil && !strings.EqualFold(source.Base(below), source.Base(d.Service.file())):
			return refusals(name, d.Service.file(), evidence...)(FileConflict,
				"this Windows has a service %s already, which is another driver: it loads %s, not %s. Provide another package", name, below, d.Service.file())
		case err == nil && !strings.EqualFold(below, d.Service.file()):
			// The same name in another folder: the file there says whose it is.
			if err := ownFile(w, d, below); err != nil {
				return err
			}
		}
	}
	return nil
}

// ownFile compares the file that the service loads now with the one that it is to
// load.
func ownFile(w *inspect.Installation, d *Driver, below string) error {
	i := slices.IndexFunc(d.Files, func(f File) bool { return strings.EqualFold(f.Path, d.Service.file()) })
	if i < 0 {
		return nil // broughtAlong says so
	}
	return sameAsThere(w, d, &d.Files[i], below)
}

// ownPlace: where a file goes there is none yet, or another version of itself.
func ownPlace(w *inspect.Installation, d *Driver, f *File) error {
	base := source.Base(f.Path)
	refuse := refusals(d.Service.Name, f.Path, append(slices.Clone(d.Origin), f.Origin)...)
	if old, err := step.StateOf(w.Volume.FS, w.Path(f.Path)); err == nil && old == f.Content.FileState {
		return nil
	}
	if service := strings.TrimSuffix(strings.ToLower(base), ".sys"); bootchain.OwnedByWindows(service) || isKernelFile(base) {
		return refuse(FileConflict, "it wants to put %s in the place of Windows' own. Provide another package", f.Path)
	}
	owner, err := ownerOf(w, d, f.Path)
	if err != nil {
		return err
	}
	if owner != "" {
		return refuse(FileConflict, "it wants to replace %s, which the service %s of this Windows loads. Provide another package", f.Path, owner)
	}
	return sameAsThere(w, d, f, f.Path)
}

// isKernelFile: files of Windows that are drivers by their form and no services.
// Port drivers are not among them: they are brought along, and replaced by newer
// ones.
func isKernelFile(base string) bool {
	return slices.ContainsFunc([]string{"win32k.sys", "classpnp.sys", "hidclass.sys", "watchdog.sys", "ks.sys", "tdi.sys", "netio.sys", "wdfldr.sys", "wmilib.sys", "ntoskrnl.sys", "clipsp.sys", "win32kbase.sys", "win32kfull.sys"},
		func(s string) bool { return strings.EqualFold(s, base) })
}

// ownerOf names a service that starts with Windows, loads the file and is none of
// the package's; "" when there is none.
func ownerOf(w *inspect.Installation, d *Driver, path string) (string, error) {
	for _, set := range w.ControlSets {
		services, err := set.Services()
		if len(services) == 0 && absent(err) != nil {
			return "", err
		}
		for _, s := range services {
			own := func(n string) bool { return regf.EqualFold(n, s.Name) }
			if !s.HasStart || s.Start > startSystem || own(d.Service.Name) || slices.ContainsFunc(d.With, own) {
				continue
			}
			if below, err := registry.DriverFile(s, w.Root); err == nil && strings.EqualFold(below, path) {
				return s.Name, nil
			}
		}
	}
	return "", nil
}

// startSystem is the highest Start of the services that run before any program.
const startSystem = 1

// sameAsThere refuses a file in whose place another driver lies that could be
// loaded, or one that does not say what it is.
func sameAsThere(w *inspect.Installation, d *Driver, f *File, below string) error {
	path := w.Path(below)
	there, err := w.Volume.FS.Open(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrNotDir) {
		return nil
	}
	if err != nil {
		return err
	}
	image, err := pe.Open(there, there.Info().Size)
	if err != nil || inspect.ArchOf(image.Machine()) != w.Arch || image.Check() != nil {
		return nil // nothing that could be loaded
	}
	if old, err := step.StateOf(w.Volume.FS, path); err == nil && old == f.Content.FileState {
		return nil
	}
	ours, err := pe.Open(f.Content.R, f.Content.Size)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	if sameDriver(image, ours) {
		return nil
	}
	return conflict(path, d.Service.Name, image, ours)
}

func conflict(path, driver string, there, ours *pe.File) *Refusal {
	return &Refusal{Kind: FileConflict, File: path, Driver: driver,
		Sentence: fmt.Sprintf("%s is there already and is %s; the driver to be put there is %s. Move the old file away first, or provide another package",
			path, identity(there), identity(ours))}
}

// identity is what a file says that it is.
func identity(f *pe.File) string {
	name, company := text(f, "OriginalFilename"), text(f, "CompanyName")
	if name == "" {
		name = "a file that does not say which driver it is"
	}
	if company != "" {
		name += " of " + company
	}
	return name
}

// sameDriver: two files are surely versions of one driver. Only the name they
// were built under says so: vendors have many drivers, rename themselves (LSI
// Logic, LSI, Avago) and write themselves in several ways. A file without it may
// be anything. InternalName stands in for one that leaves it out.
func sameDriver(a, b *pe.File) bool {
	for _, name := range []string{"OriginalFilename", "InternalName"} {
		x, y := letters(text(a, name)), letters(text(b, name))
		if x != "" && y != "" {
			return x == y
		}
	}
	return false
}

// broughtAlong: the package has the file that its service loads, or it is the
// driver that Windows itself has for the device.
func broughtAlong(w *inspect.Installation, d *Driver) error {
	path := d.Service.file()
	if slices.ContainsFunc(d.Files, func(f File) bool { return strings.EqualFold(f.Path, path) }) {
		return nil
	}
	known, err := catalog.Load()
	if err != nil {
		return err
	}
	windows := bootchain.CatalogWindows(w)
	if s, ok := known.Service(d.Service.Name, windows); ok && strings.EqualFold(catalogFile(s), path) {
		for _, b := range known.Bindings(windows) {
			serves := func(n string) bool { return strings.EqualFold(n, d.Service.Name) }
			has := func(id DeviceID) bool { return id.Present && regf.EqualFold(id.ID, b.ID) }
			if slices.ContainsFunc(b.Services, serves) && slices.ContainsFunc(d.IDs, has) {
				return nil
			}
		}
	}
	return refusals(d.Service.Name, path, d.Origin...)(MissingFile,
		"its service loads %s, which is not among its files. Provide the whole package", path)
}

func catalogFile(s catalog.Service) string {
	if s.ImagePath != "" {
		return s.ImagePath
	}
	return `system32\drivers\` + s.Name + ".sys"
}

// tame leaves out what an INF writes into the key of its service against the
// values that make it start: those are always ours.
func tame(values []Value) []Value {
	return slices.DeleteFunc(slices.Clone(values), func(v Value) bool {
		key := strings.Trim(v.Key, `\`)
		first, _, _ := strings.Cut(key, `\`)
		if regf.EqualFold(first, "StartOverride") {
			return true
		}
		return key == "" && slices.ContainsFunc([]string{"Start", "Type", "ErrorControl", "ImagePath", "Group", "DependOnService", "DependOnGroup", "ObjectName", "DeleteFlag"},
			func(n string) bool { return regf.EqualFold(n, strings.TrimSpace(v.Name)) })
	})
}

func serviceNames(list []inf.Service) []string {
	var names []string
	for _, s := range list {
		names = append(names, s.Name)
	}
	return names
}

// isFileSystem: the loader starts the file system of the boot volume whatever its
// Start is (4 in XP, 3 in 7); a person's value stays.
func isFileSystem(service string) bool {
	return strings.EqualFold(service, "ntfs") || strings.EqualFold(service, "fastfat")
}
