package condition

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/donor"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// badDriver is a boot driver whose file cannot be loaded, in one control set.
type badDriver struct {
	bootchain.Driver
	set  *registry.ControlSet
	file *driverCopy // that can take its place, nil: none
	// spare: Windows reaches its volume without the driver; off: and it is turned off
	// for want of a file.
	spare, off bool
}

// badDrivers lists them in every control set: that of one service, or with "" all.
func badDrivers(p *inspect.Patient, w *inspect.Installation, service string) ([]badDriver, error) {
	present := map[string]bool{} // the present controller's: storage-driver-missing
	if link, err := bootchain.Storage(w); err == nil {
		for _, set := range link.Sets {
			for _, d := range set.Drivers {
				present[strings.ToLower(d.Name)] = true
			}
		}
	}
	var all []badDriver
	var errs []error
	files := map[string]*driverCopy{}
	for _, set := range w.ControlSets {
		drivers, err := bootchain.BootDrivers(w, set)
		errs = append(errs, err)
		var lacking []bootchain.Driver
		for _, d := range drivers {
			if (service == "" || strings.EqualFold(d.Name, service)) && !present[strings.ToLower(d.Name)] {
				lacking = append(lacking, bootchain.Lacking(w, d)...)
			}
		}
		for _, d := range lacking {
			if ofKernel(p, w, d.File) {
				continue
			}
			b := badDriver{Driver: d, set: set}
			key := strings.ToLower(d.File)
			if _, looked := files[key]; !looked {
				files[key] = copyOf(p, w, d.File, bootFirst(w, set))
			}
			b.file = files[key]
			b.spare = !bootchain.InBootPath(w, d.Name) && !bootchain.IsStockFilter(d.Name)
			b.off = b.file == nil && b.spare
			if b.file == nil && !b.off && !bootchain.Boots(w, set) {
				continue // the loader does not take that set, and nothing can be done
			}
			all = append(all, b)
		}
	}
	return all, errors.Join(errs...)
}

// bootFirst are the control set that the loader takes and another.
func bootFirst(w *inspect.Installation, other *registry.ControlSet) (sets []*registry.ControlSet) {
	for _, set := range w.ControlSets {
		if bootchain.Boots(w, set) {
			sets = append(sets, set)
		}
	}
	return append(sets, other)
}

// byService puts together what is one driver in several control sets, in the order in
// which the services come first.
func byService(bad []badDriver) (all [][]badDriver) {
	at := map[string]int{}
	for _, b := range bad {
		key := strings.ToLower(b.Name)
		i, ok := at[key]
		if !ok {
			i = len(all)
			at[key], all = i, append(all, nil)
		}
		all[i] = append(all[i], b)
	}
	return all
}

// ofKernel reports whether the kernel itself needs the file (clfs.sys), so that it is
// named by system-file-missing.
func ofKernel(p *inspect.Patient, w *inspect.Installation, path string) bool {
	return bootchain.IsNT6(w) && slices.ContainsFunc(badSystemFiles(p, w), func(f bootchain.SystemFile) bool { return strings.EqualFold(f.Path(w), path) })
}

// driverCopy is a file that can take the place of a driver's.
type driverCopy struct {
	where, said string // for people, without and with its version
	open        func() (source.File, error)
	doubt       string // why it may be the wrong version; "": it is not
	proof       string // by what it is known to be the right one, where that is to be said
}

// copyOf looks for a copy of a driver that goes with this Windows: from Vista on the
// one of the component that is in use, where that is known, or of the package that the
// driver was installed from. sets are asked in their order by which services it is loaded.
func copyOf(p *inspect.Patient, w *inspect.Installation, path string, sets []*registry.ControlSet) *driverCopy {
	files, ok := w.DriverSource(p)
	if !ok || w.VersionErr != nil {
		return nil
	}
	if bootchain.IsNT6(w) {
		if c, _, _ := donor.SystemFile(p, w, strings.ToLower(source.Base(path))); c != nil {
			return inMemory(c)
		}
		if donor.InStore(w, strings.ToLower(source.Base(path))) {
			return nil // one is in use, and none of that version is there
		}
		if c := donor.Packaged(w, sets, path); c != nil {
			return inMemory(c)
		}
	}
	want := source.Want{Name: source.Base(path), Major: int(w.Version.Major), Minor: int(w.Version.Minor), Build: int(w.Version.Build), ServicePack: -1,
		Machine: w.Arch.Machine()}
	files.Volumes = append(files.Volumes, p.Media...)
	found, err := source.Files(want, files, p.Donors(w)...)
	if err != nil {
		return nil
	}
	for i := range found.Candidates {
		c := &found.Candidates[i]
		doubt := ""
		if bootchain.IsNT6(w) {
			if doubt = "it is of the build of Windows, and nothing says that its version is in use"; c.Origin == source.DriverStore || !donor.MayTake(w, c.Version) {
				continue
			}
		}
		if c.Fit <= source.OtherBranch && !strings.EqualFold(c.Where, path) {
			return &driverCopy{where: c.Where, said: c.String(), open: c.Open, doubt: doubt}
		}
	}
	return nil
}

func inMemory(c *donor.Copy) *driverCopy {
	said := c.Where
	if c.HasVersion {
		said += fmt.Sprintf(", version %v", c.Version)
	}
	return &driverCopy{c.Where, said, func() (source.File, error) { return source.Bytes(c.Data), nil }, c.Doubt, c.Proof}
}

// stopsWindows: the loader gives up over the driver, or Windows does not find its volume
// without it.
func (b badDriver) stopsWindows(w *inspect.Installation) bool {
	switch {
	case !bootchain.Boots(w, b.set):
		return false
	case strings.EqualFold(b.Name, bootchain.FSService(w)):
		return true // ErrorControl 1, and nothing reads the volume without it
	case bootchain.ReachesVolume(w, b.Name):
		return true // that of disk is 1
	}
	return b.stopsLoader(w)
}

// stopsLoader: the loader gives up over it. Whether NTLDR does with ErrorControl 1
// (normal) is not proved, so that only Windows' own drivers count there: without one
// Windows is damaged for certain.
func (b badDriver) stopsLoader(w *inspect.Installation) bool {
	if w.VersionErr == nil && w.Version.AtLeast(6, 0) {
		return b.Service.ErrorControl >= 2 || bootchain.EveryDriverCounts(w)
	}
	return b.Service.ErrorControl >= 2 || b.Service.ErrorControl == 1 && bootchain.InBootPath(w, b.Name)
}

// certain reports whether every file of the driver comes back, and is surely the right one.
func certain(bad []badDriver) bool {
	return !slices.ContainsFunc(bad, func(b badDriver) bool { return b.file == nil || b.file.doubt != "" })
}

// filters reports whether the driver is on a list of filters of devices that Windows does
// not start without, in the control set that the loader takes.
func (b badDriver) filters(w *inspect.Installation) bool {
	lists, _ := bootchain.FilterLists(w) // filter-dangling says what cannot be read
	return slices.ContainsFunc(lists, func(l bootchain.FilterList) bool {
		return l.OnBootPath() && bootchain.Boots(w, l.Set) && slices.ContainsFunc(l.Names, func(n string) bool { return strings.EqualFold(n, b.Name) })
	})
}

// comesBack reports whether boot-driver-file-missing, without being asked, brings back the
// file of a driver of a control set.
func comesBack(p *inspect.Patient, w *inspect.Installation, service string, set *registry.ControlSet) bool {
	if !readable(w) {
		return false
	}
	bad, _ := badDrivers(p, w, service)
	if !certain(bad) || !slices.ContainsFunc(bad, func(b badDriver) bool { return b.set.Number == set.Number }) {
		return false
	}
	return judgeBadDriver(w, bad).Confidence == High
}

// startsWithout says by what Windows starts without the driver.
func startsWithout(w *inspect.Installation, bad []badDriver) string {
	i := slices.IndexFunc(bad, func(b badDriver) bool { return bootchain.Boots(w, b.set) })
	if i < 0 {
		return "The control set that Windows starts with does not load it"
	}
	n := bad[i].Service.ErrorControl
	if n == 1 && !bootchain.IsNT6(w) {
		return "Windows probably starts without it (its ErrorControl is 1)"
	}
	return fmt.Sprintf("Windows starts without it (its ErrorControl is %d)", n)
}

// restoreFile is the step that puts a copy of a file of Windows in place.
func restoreFile(w *inspect.Installation, path string, c *driverCopy, why string) (step.Step, error) {
	r, err := c.open()
	if err != nil {
		return nil, err
	}
	content, err := step.NewContent(r, r.Size())
	if err != nil {
		return nil, err
	}
	s := step.WriteFile{Volume: w.Volume, Path: path, New: content, Why: why + "; from " + c.where}
	switch old, err := step.StateOf(w.Volume.FS, path); {
	case err == nil:
		s.Old = &old
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	return s, nil
}
