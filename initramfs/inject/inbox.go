package inject

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/catalog"
	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// inbox makes drivers of services that Windows has, or could have from its own
// sources.
type inbox struct {
	p       *inspect.Patient
	w       *inspect.Installation
	c       machine.Controller
	catalog *catalog.Catalog
	windows catalog.Windows
	doubts  []string
	origin  []inspect.Evidence
}

// drivers are those for the named services, the controller's first. bound tells
// that the registry gives the controller to the first of them. A *Refusal says
// what is missing.
func (in *inbox) drivers(names []string, bound bool) ([]Driver, error) {
	entry, known := in.catalog.Find(bootchain.CatalogDevice(in.c), in.windows)
	if known && !entry.Exact() && entry.Unproved && !bound {
		in.doubt("that %s drives %s is not proved (%s)", strings.Join(names, " and "), in.c, entry.Source)
	}
	var all []Driver
	for i, name := range in.withFamily(names) {
		if i >= len(names) && !in.has(name) {
			continue
		}
		d, err := in.driver(name)
		if err != nil {
			return nil, err
		}
		d.IDs = in.ids(name, i == 0, bound)
		all = append(all, *d)
	}
	return all, nil
}

func (in *inbox) doubt(format string, args ...any) {
	if s := fmt.Sprintf(format, args...); !slices.Contains(in.doubts, s) {
		in.doubts = append(in.doubts, s)
	}
}

// withFamily adds, for an IDE controller and Windows 2000 to 2003, the other
// driver of such controllers, and the disk: the whole that MergeIDE makes (KB
// 314082), so that Windows also starts on the next machine.
func (in *inbox) withFamily(names []string) []string {
	if !in.ide() {
		return names
	}
	all := slices.Clone(names)
	for _, name := range []string{"intelide", "pciide", "atapi", "disk"} {
		if !slices.ContainsFunc(all, func(s string) bool { return strings.EqualFold(s, name) }) {
			all = append(all, name)
		}
	}
	return all
}

func (in *inbox) ide() bool {
	entry, known := in.catalog.Find(bootchain.CatalogDevice(in.c), in.windows)
	seen := known && strings.EqualFold(entry.Services[len(entry.Services)-1].Name, "atapi") // also in place of a paravirtual disk
	return (seen || in.c.SubClass() == machine.ClassIDE) && in.w.Version.AtLeast(5, 0) && !in.w.Version.AtLeast(6, 0)
}

// has: the service and all its files are there.
func (in *inbox) has(name string) bool {
	if in.existing(name) == nil {
		return false
	}
	files, _ := in.files(name)
	return !slices.ContainsFunc(files, func(f string) bool { return !in.loadable(f) })
}

// existing is the service in the first control set that has it.
func (in *inbox) existing(name string) *registry.Service {
	for _, set := range in.w.ControlSets {
		if s, err := set.Service(name); err == nil && s.HasStart {
			return s
		}
	}
	return nil
}

// files are the paths below the system root of a service's driver and of what
// it needs beside it; the driver comes first.
func (in *inbox) files(name string) (files []string, path string) {
	known, ok := in.catalog.Service(name, in.windows)
	path = `system32\drivers\` + name + ".sys"
	if ok && known.ImagePath != "" {
		path = known.ImagePath
	}
	if s := in.existing(name); s != nil {
		if below, err := registry.DriverFile(s, in.w.Root); err == nil && !(bootchain.OwnedByWindows(name) && bootchain.ForeignFile(in.w, s) != "") {
			path = below
		}
	}
	files = []string{path}
	for _, f := range known.Files {
		if below := `system32\drivers\` + f; !strings.EqualFold(source.Base(path), f) {
			files = append(files, below)
		}
	}
	return files, path
}

// driver takes the values from the catalog, or from a control set that has the
// service, and the files that are missing from wherever they are.
func (in *inbox) driver(name string) (*Driver, error) {
	var err error
	known, ok := in.catalog.Service(name, in.windows)
	there := in.existing(name)
	files, path := in.files(name)
	d := &Driver{ClassGUID: in.class(), Inbox: true}
	switch {
	case ok:
		d.Service = Service{Name: known.Name, Type: known.Type, ErrorControl: known.ErrorControl, Group: known.Group,
			Tag: known.Tag, HasTag: known.HasTag, Path: path}
		for _, v := range known.Params {
			d.Service.Values = append(d.Service.Values, Value{v.Key, v.Name, &step.Data{Type: regf.Type(v.Type), Bytes: v.Data}})
		}
		if known.ClassGUID != "" {
			d.ClassGUID = known.ClassGUID
		}
		if known.Unproved && there == nil {
			in.doubt("the registry values of %s are not proved for this Windows (%s)", name, known.Source)
		}
	case there != nil:
		d.Service = Service{Name: there.Name, Type: there.Type, ErrorControl: there.ErrorControl, Group: there.Group,
			Tag: there.Tag, HasTag: there.HasTag, Path: path}
	default:
		return nil, refusals(name, "", inspect.Evidence{Volume: in.w.Volume.ID(), Path: in.w.HivePath, Offset: -1, Actual: "there is no service " + name})(
			BrokenRegistry, "this Windows has no service %s, and its values are not known. Provide the driver package of the controller", name)
	}
	if there != nil {
		d.Service.Name = there.Name
	}
	d.Files, err = in.fetch(files)
	return d, err
}

// fetch finds what of the files cannot be loaded, and of what they import.
func (in *inbox) fetch(files []string) ([]File, error) {
	var all []File
	seen := map[string]bool{}
	for i := 0; i < len(files) && i < maxFiles; i++ {
		below := files[i]
		if seen[folded(below)] {
			continue
		}
		seen[folded(below)] = true
		image := in.open(below)
		if image == nil {
			file, err := in.find(below)
			if err != nil {
				return nil, err
			}
			all = append(all, *file)
			if image, err = pe.Open(file.Content.R, file.Content.Size); err != nil {
				return nil, err
			}
		}
		missing, err := bootchain.MissingImports(in.w, image)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", below, err)
		}
		for _, name := range missing {
			if strings.EqualFold(extension(name), "sys") {
				files = append(files, `system32\drivers\`+name)
			}
		}
	}
	return all, nil
}

// maxFiles bounds the files of a driver: a miniport and two or three that it
// imports.
const maxFiles = 20

// class is the setup class of a controller by what it is.
func (in *inbox) class() string {
	switch in.c.SubClass() {
	case machine.ClassIDE, machine.ClassAHCI:
		return registry.ClassHDC
	}
	return registry.ClassSCSIAdapter
}

// loadable: the file is there and is a driver for this processor.
func (in *inbox) loadable(below string) bool { return in.open(below) != nil }

// open opens a driver that could be loaded, nil when there is none.
func (in *inbox) open(below string) *pe.File {
	f, err := in.w.Volume.FS.Open(in.w.Path(below))
	if err != nil {
		return nil
	}
	image, err := pe.Open(f, f.Info().Size)
	if err != nil || image.Check() != nil || inspect.ArchOf(image.Machine()) != in.w.Arch {
		return nil
	}
	return image
}

// ids are those by which Windows gives devices to the service. The controller's
// driver gets none where it is bound already by what Plug and Play installed.
func (in *inbox) ids(name string, controller, bound bool) []DeviceID {
	present := bootchain.CatalogDevice(in.c).IDs()
	var all []DeviceID
	add := func(id string) {
		is := func(s string) bool { return regf.EqualFold(s, id) }
		if !slices.ContainsFunc(all, func(d DeviceID) bool { return is(d.ID) }) {
			all = append(all, DeviceID{ID: id, Present: slices.ContainsFunc(present, is) || !strings.HasPrefix(strings.ToUpper(id), `PCI\`)})
		}
	}
	if in.ide() {
		for _, c := range in.catalog.CriticalDevices(in.windows) {
			if strings.EqualFold(c.Service, name) {
				add(strings.ReplaceAll(c.ID, "#", `\`))
			}
		}
	}
	if !controller || bound {
		return all
	}
	entry, known := in.catalog.Find(bootchain.CatalogDevice(in.c), in.windows)
	list := entry.Services
	if !known || !strings.EqualFold(list[0].Name, name) {
		// Not the inbox driver of the controller: that of a package.
		service, _ := in.catalog.Service(name, in.windows)
		list = []catalog.Service{service}
		if id := wholeDevice(present); id != "" {
			add(id)
		}
	}
	for _, id := range list[0].CriticalDevices {
		add(strings.ReplaceAll(id, "#", `\`))
	}
	return all
}

// find looks for a file of Windows in the installation, then in others of the
// same version on the patient's disks.
func (in *inbox) find(below string) (*File, error) {
	files, ok := in.w.DriverSource(in.p)
	if !ok {
		return nil, fmt.Errorf("%s: %w", in.w.Volume.ID(), fs.ErrUnsupported)
	}
	want := source.Want{Name: source.Base(below), Machine: in.w.Arch.Machine(), Major: int(in.w.Version.Major), Minor: int(in.w.Version.Minor),
		Build: int(in.w.Version.Build), ServicePack: -1}
	found, err := source.Files(want, files, in.donors()...)
	if err != nil {
		return nil, err
	}
	var rejected []inspect.Evidence
	for _, c := range found.Rejected {
		rejected = append(rejected, inspect.Evidence{Volume: c.Volume, Path: c.Where, Offset: -1, Actual: errorText(c.Rejected)})
	}
	for i := range found.Candidates {
		c := &found.Candidates[i]
		if strings.EqualFold(c.Where, in.w.Path(below)) && !c.Donor {
			continue // the one that cannot be loaded
		}
		f, err := in.take(c, below)
		if err == nil {
			return f, nil
		}
		rejected = append(rejected, inspect.Evidence{Volume: c.Volume, Path: c.Where, Offset: -1, Actual: err.Error()})
	}
	return nil, &Refusal{Kind: MissingFile, Driver: want.Name, File: in.w.Path(below), Evidence: rejected,
		Sentence: fmt.Sprintf("%s is missing, and no usable copy is on the disks. Attach the disk of another %s with the same service pack, or its set-up CD", in.w.Path(below), versionName(in.w))}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (in *inbox) donors() []source.Windows {
	if in.p == nil {
		return nil
	}
	return in.p.Donors(in.w)
}

func (in *inbox) take(c *source.Candidate, below string) (*File, error) {
	r, err := c.Open()
	if err != nil {
		return nil, err
	}
	content, err := step.NewContent(r, r.Size())
	if err != nil {
		return nil, err
	}
	e := inspect.Evidence{Volume: c.Volume, Path: c.Where, Offset: -1, Actual: fmt.Sprintf("%s, version %s, %s", c.Origin, c.Version, c.Fit)}
	in.origin = append(in.origin, e)
	if c.Fit >= source.LaterServicePack {
		in.doubt("%s is %s (%s on %s)", source.Base(below), c.Fit, c.Where, c.Volume)
	}
	return &File{Path: below, Content: content, Version: c.Version, Inbox: true, Origin: e}, nil
}

// asRefusal takes a *Refusal out of an error.
func asRefusal(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return nil
}
