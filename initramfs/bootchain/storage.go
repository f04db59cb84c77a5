package bootchain

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/catalog"
	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// StorageLink is what stands between a disk controller and the boot volume in
// one Windows: the services that must be boot-start, and how they are in each
// control set.
type StorageLink struct {
	Controller machine.Controller
	Services   []string // the controller's driver first; empty: none is known
	// Bound tells that the registry itself binds the controller to the driver;
	// otherwise only the catalog says that the driver would fit.
	Bound bool
	// Unbound names what the registry gives to no driver of Services, in words:
	// the controller, or the channels or the disk of an IDE controller.
	Unbound []string
	Origin  []inspect.Evidence
	Sets    []SetDrivers // every control set of the hive

	met bool // Plug and Play has met the controller
	ide bool // Windows sees an IDE controller
}

// SetDrivers is one control set.
type SetDrivers struct {
	Set     *registry.ControlSet
	Boots   bool     // the loader takes this one
	Drivers []Driver // for Services
	// Common are those that any disk needs beside its controller's, see common.
	Common []Driver
}

// All are the drivers of the controller and the common ones.
func (s *SetDrivers) All() []Driver { return slices.Concat(s.Drivers, s.Common) }

// Driver is one needed service in one control set.
type Driver struct {
	Name    string
	Service *registry.Service // nil when Err says why
	Err     error             // no such service, or unreadable
	File    string            // path on the volume, "" when it cannot be told
	FileErr error             // missing, unreadable, or for another architecture
}

// Usable reports whether the driver would run if it were started.
func (d Driver) Usable() bool { return d.Err == nil && d.FileErr == nil }

// Starts reports whether the loader would load it.
func (d Driver) Starts() bool { return d.Usable() && d.Service.BootStart() }

// Why says what keeps the driver from starting, "" when nothing does.
func (d Driver) Why() string {
	switch {
	case d.Err != nil:
		return d.Err.Error()
	case d.FileErr != nil:
		return d.FileErr.Error()
	case d.Service.Start != registry.StartBoot:
		return fmt.Sprintf("Start is %d, not 0 (boot)", d.Service.Start)
	case !d.Service.BootStart():
		return fmt.Sprintf("Start is 0, but StartOverride %s", overrides(d.Service))
	}
	return ""
}

func overrides(s *registry.Service) string {
	var all []string
	for _, o := range s.StartOverride {
		all = append(all, fmt.Sprintf(`"%s" is %d`, o.Name, o.Value))
	}
	return strings.Join(all, ", ")
}

// Boot returns the control set that the loader takes, nil when there is none.
func (l *StorageLink) Boot() *SetDrivers {
	for i := range l.Sets {
		if l.Sets[i].Boots {
			return &l.Sets[i]
		}
	}
	return nil
}

// ErrNoController: what the disk will hang on is not known.
var ErrNoController = errors.New("the disk controller is not known")

// Storage works out the link for an installation and the controller that its
// disk hangs on. The error says why it could not be told; ErrNoController when
// the machine is unknown.
func Storage(w *inspect.Installation) (*StorageLink, error) {
	return StorageOn(w, w.Volume.Disk.Controller)
}

// StorageOn works out the link for a controller that the disk may hang on some
// day; nil is an unknown one.
func StorageOn(w *inspect.Installation, c *machine.Controller) (*StorageLink, error) {
	switch {
	case c == nil:
		return nil, ErrNoController
	case c.Bus == machine.USB:
		return nil, fmt.Errorf("the disk is attached by USB, where there is no driver that Windows starts with: attach it to another controller: %w", ErrNoController)
	case w.HiveErr != nil:
		return nil, fmt.Errorf("%s: %w", w.HivePath, w.HiveErr)
	case w.SystemErr != nil:
		return nil, fmt.Errorf("%s: %w", w.HivePath, w.SystemErr)
	case len(w.ControlSets) == 0:
		return nil, fmt.Errorf("%s: no control set", w.HivePath)
	case w.VersionErr != nil:
		return nil, fmt.Errorf("version of Windows: %w", w.VersionErr)
	}
	link := &StorageLink{Controller: *c}
	if err := link.bind(w); err != nil {
		return nil, err
	}
	boot := bootSet(w.System)
	for _, set := range w.ControlSets {
		drivers := SetDrivers{Set: set, Boots: set.Number == boot}
		for _, name := range link.Services {
			d := readDriver(w, set, name)
			if d.Usable() {
				d.FileErr = checkImports(w, d.File)
			}
			drivers.Drivers = append(drivers.Drivers, d)
		}
		for _, name := range common(w, *c) {
			if containsFold(link.Services, name) {
				continue
			}
			if d := readDriver(w, set, name); d.Service != nil || name == disk {
				ownFile(w, &d)
				drivers.Common = append(drivers.Common, d)
			}
		}
		drivers.Common = append(drivers.Common, takenOver(w, set, *c)...)
		link.Sets = append(link.Sets, drivers)
	}
	if err := link.findUnbound(w); err != nil {
		return nil, err
	}
	if link.Boot() == nil {
		return nil, fmt.Errorf("%s: Select names ControlSet%03d, which does not exist", w.HivePath, boot)
	}
	return link, nil
}

// Boots reports whether the loader takes that control set.
func Boots(w *inspect.Installation, set *registry.ControlSet) bool {
	return set.Number == bootSet(w.System)
}

// bootSet is the number of the set that the loader takes: Default, not
// Current. Source: ReactOS wlregistry.c; both are equal on healthy systems.
func bootSet(s *registry.System) uint32 {
	if s.Select.Default.Present {
		return s.Select.Default.N
	}
	return s.Select.Current.N
}

// bind finds the services: from the registry's own binding of the controller's
// device ids where there is one, and from the catalog.
func (l *StorageLink) bind(w *inspect.Installation) error {
	if w.IsReactOS() {
		return l.bindReactOS(w)
	}
	inbox, err := catalog.Load()
	if err != nil {
		return err
	}
	service, origin, met, err := registryBinding(w, l.Controller)
	if err != nil {
		return err
	}
	entry, known := inbox.Find(CatalogDevice(l.Controller), CatalogWindows(w))
	if known {
		l.Services = entry.Names()
		l.ide = l.Controller.SubClass() == machine.ClassIDE || strings.EqualFold(l.Services[len(l.Services)-1], "atapi")
		l.Origin = append(l.Origin, inspect.Evidence{Volume: "catalog", Offset: -1,
			Actual: fmt.Sprintf("%s is driven by %s (%s)", l.Controller.ID(), strings.Join(l.Services, " and "), entry.Source)})
	}
	if service == "" && known && !slices.Contains(CatalogDevice(l.Controller).IDs(), entry.Controller) {
		// Windows sees another device in its place, as the emulated IDE
		// controller of a paravirtual disk.
		if service, origin, met, err = idBinding(w, []string{entry.Controller}); err != nil {
			return err
		}
	}
	if service == "" && (!known || !usable(w, l.Services[0])) {
		if name := installed(w, inbox, l.Controller); name != "" {
			l.Services = []string{name}
			return nil
		}
	}
	if service == "" && !known && l.Controller.Bus == machine.PCI && l.Controller.Class == 0 {
		return fmt.Errorf("nothing names %s, and its class is not known: give it as pci:VVVV:DDDD:CCSSPP (lspci -n tells): %w", l.Controller, ErrNoController)
	}
	if service == "" {
		l.Origin = append(l.Origin, hiveEvidence(w, bindingTable(w), "no entry for "+strings.Join(deviceIDs(l.Controller)[:1], ", ")+" or a less specific id of it"))
	}
	if service != "" {
		l.Bound, l.met = true, met
		l.Services = inbox.Companions(service)
		l.Origin = append([]inspect.Evidence{origin}, l.Origin...)
	}
	return nil
}

// installed names a service that some driver package is known to make for the
// controller, where the installation has one of that name that could run: somebody
// put the driver there and nothing binds it. "" when there is none.
func installed(w *inspect.Installation, known *catalog.Catalog, c machine.Controller) string {
	advice, _ := known.Needs(CatalogDevice(c), CatalogWindows(w))
	set, err := w.System.ControlSet(bootSet(w.System))
	if err != nil || advice.None {
		return ""
	}
	ids := CatalogDevice(c).IDs()
	for _, name := range advice.Services {
		// A name alone proves nothing: the symmpi of Server 2003 does not know SAS.
		// Before Windows 2000 nothing else is to be had, drivers are bound by nothing.
		service, ok := known.Service(name, CatalogWindows(w))
		if w.Version.AtLeast(5, 0) && (!ok || !slices.ContainsFunc(service.CriticalDevices, func(bound string) bool {
			return slices.ContainsFunc(ids, func(id string) bool { return strings.EqualFold(registry.CriticalDeviceID(id), bound) })
		})) {
			continue
		}
		if d := readDriver(w, set, name); d.Usable() {
			return d.Service.Name
		}
	}
	return ""
}

// usable: the control set that the loader takes has the driver, and it could run.
func usable(w *inspect.Installation, name string) bool {
	set, err := w.System.ControlSet(bootSet(w.System))
	if err != nil {
		return false
	}
	d := readDriver(w, set, name)
	return d.Usable()
}

// CatalogDevice is a controller as the catalog is asked for it.
func CatalogDevice(c machine.Controller) catalog.Device {
	return catalog.Device{
		Vendor: c.Vendor, Device: c.Device, SubVendor: c.SubVendor, SubDevice: c.SubDevice,
		Revision: c.Revision, SubClass: c.SubClass(), Interface: uint8(c.Class),
		VMBus: c.VMBusClass, USB: c.Bus == machine.USB,
	}
}

// CatalogWindows is an installation as the catalog is asked for it.
func CatalogWindows(w *inspect.Installation) catalog.Windows {
	return catalog.Windows{NT: catalog.NTVersion(w.Version.Major, w.Version.Minor), Build: w.Version.Build, Arch: inf.Arch(w.Arch)}
}

func readDriver(w *inspect.Installation, set *registry.ControlSet, name string) Driver {
	d := Driver{Name: name}
	d.Service, d.Err = set.Service(name)
	if d.Err == nil && !w.Version.AtLeast(6, 2) {
		d.Service.StartOverride = nil // Windows reads it from version 8 on
	}
	if d.Err != nil {
		if errors.Is(d.Err, regf.ErrNotExist) {
			d.Err = fmt.Errorf("there is no service %s", name)
		}
		return d
	}
	if !d.Service.HasStart {
		d.Err = fmt.Errorf("the key of service %s has no Start value", name)
		return d
	}
	below, err := registry.DriverFile(d.Service, w.Root)
	if err != nil {
		d.FileErr = err
		return d
	}
	d.File = w.Path(below)
	d.FileErr = checkFile(w, d.File)
	return d
}

// checkFile asks whether the loader could load the file.
func checkFile(w *inspect.Installation, path string) error {
	f, err := w.Volume.FS.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s does not exist", path)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	image, err := pe.Open(f, f.Info().Size)
	if err != nil {
		return fmt.Errorf("%s is no driver: %w", path, err)
	}
	if a := inspect.ArchOf(image.Machine()); w.Arch != "" && a != w.Arch {
		return fmt.Errorf("%s is for PE machine %#04x, Windows is %s", path, uint16(image.Machine()), w.Arch)
	}
	return nil
}
