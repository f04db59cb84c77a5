package installed

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// State says in one word what keeps a driver from being started by the loader, or
// when it is started.
type State string

// The states. Those of the file are told of drivers that the loader would start.
const (
	Boot          State = "boot"
	System        State = "system"
	Auto          State = "auto"
	Demand        State = "demand"
	Disabled      State = "disabled"
	StartOverride State = "start-override" // Start is 0, but Windows 8 and later go by StartOverride
	MissingFile   State = "missing-file"
	BrokenFile    State = "broken-file" // empty, cut off, or no program
	WrongMachine  State = "wrong-machine"
	UnknownFile   State = "unknown-file" // which one it is, or what is in it, cannot be told
)

// Driver is a service of type driver.
type Driver struct {
	Name  string
	State State // in the control set that the loader starts
	// Sets are the states by control set, those that lack the service left out.
	Sets    map[string]State
	Service *registry.Service // of the control set that the loader starts, else of the first that has it
	File    string            // path on the volume, "" when it cannot be told
	FileErr error             // why it cannot be used
	Version string            // of the file, "" when it says none
	Vendor  string            // CompanyName of the version resource
	Title   string            // FileDescription
	// IDs are those of devices that the registry gives to the driver.
	IDs []string
	// Storage: it is a driver of disk controllers, by its load order group or the
	// class of the devices.
	Storage bool
}

// drivers are the bits of Type that mark a driver.
const drivers = registry.TypeKernelDriver | registry.TypeFileSystemDriver | registry.TypeAdapter | registry.TypeRecognizer

// Drivers lists the drivers of a Windows by name: with all, every one; else those that
// the loader starts from any control set, and those of disk controllers. With an
// error comes what could be read.
func Drivers(w *inspect.Installation, all bool) ([]*Driver, error) {
	for _, err := range []error{w.HiveErr, w.SystemErr} {
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", w.Volume.ID(), w.HivePath, err)
		}
	}
	byName := map[string]*Driver{}
	var errs []error
	for _, set := range w.ControlSets {
		services, err := set.Services()
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", set.Path, err))
		}
		for _, s := range services {
			if !s.HasStart || s.Type&drivers == 0 {
				continue
			}
			d := byName[strings.ToLower(s.Name)]
			if d == nil {
				d = &Driver{Name: s.Name, Service: s, Sets: map[string]State{}}
				byName[strings.ToLower(s.Name)] = d
			}
			d.Sets[set.Path] = startState(w, s)
			if boots(w, set) {
				d.Service = s
			}
		}
	}
	bound, err := bindings(w)
	errs = append(errs, err)
	var list []*Driver
	for key, d := range byName {
		d.Storage = bound.storage[key] || strings.EqualFold(d.Service.Group, "SCSI miniport")
		if !all && !wanted(d) {
			continue
		}
		d.IDs = bound.ids[key]
		d.State = startState(w, d.Service)
		d.readFile(w)
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b *Driver) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return list, errors.Join(errs...)
}

func wanted(d *Driver) bool {
	for _, s := range d.Sets {
		if s == Boot || s == StartOverride {
			return true
		}
	}
	return d.Storage
}

// boots reports whether the loader takes the control set: Default, and Current where
// that is missing.
func boots(w *inspect.Installation, set *registry.ControlSet) bool {
	sel := w.System.Select
	if sel.Default.Present {
		return set.Number == sel.Default.N
	}
	return sel.Current.Present && set.Number == sel.Current.N
}

func startState(w *inspect.Installation, s *registry.Service) State {
	states := []State{Boot, System, Auto, Demand, Disabled}
	if s.Start >= uint32(len(states)) {
		return Disabled
	}
	// Windows reads StartOverride from version 8 on.
	if s.Start == registry.StartBoot && !s.BootStart() && (w.VersionErr != nil || w.Version.AtLeast(6, 2)) {
		return StartOverride
	}
	return states[s.Start]
}

// readFile looks at the file. Its faults are the state of a driver that the loader
// would start.
func (d *Driver) readFile(w *inspect.Installation) {
	bad := func(s State, err error) {
		d.FileErr = err
		if d.State == Boot {
			d.State = s
		}
	}
	below, err := registry.DriverFile(d.Service, w.Root)
	if err != nil {
		bad(UnknownFile, err)
		return
	}
	d.File = w.Path(below)
	f, err := w.Volume.FS.Open(d.File)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrNotDir) {
		bad(MissingFile, fmt.Errorf("%s does not exist", d.File))
		return
	}
	if err != nil {
		bad(UnknownFile, err)
		return
	}
	image, err := pe.Open(f, f.Info().Size)
	if err == nil {
		err = image.Check()
	}
	if err != nil {
		bad(BrokenFile, fmt.Errorf("%s: %w", d.File, err))
		return
	}
	if info, err := image.Version(); err == nil {
		d.Version = info.File.String()
	}
	if tables, err := image.Strings(); err == nil {
		d.Vendor, d.Title = text(tables, "CompanyName"), text(tables, "FileDescription")
	}
	if a := inspect.ArchOf(image.Machine()); w.Arch != "" && a != w.Arch {
		bad(WrongMachine, fmt.Errorf("%s is for %s, Windows is %s", d.File, image.Machine(), w.Arch))
	}
}

func text(tables []pe.StringTable, name string) string {
	for _, t := range tables {
		if v := strings.TrimSpace(t.Values[name]); v != "" {
			return v
		}
	}
	return ""
}
