package condition

import (
	"context"
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

// A driver that is loaded at boot has no file, an empty one, or one that is no
// driver for this processor.
//
// Seen as: "Windows could not start because the following file is missing or
// corrupt: <root>\system32\drivers\..." (NT 4 to 2003), 0xc000000f or 0xc0000221
// (Vista and later). All Windows; typical after a program or its driver was
// removed by halves, a virus scanner, or a file system check.
// Evidence: services with Start 0 (and no StartOverride against it) in every
// control set, and their files; those of the set that the loader takes count. So does
// the driver of the volume's file system, which is loaded whatever its Start.
// NTLDR gives up where ErrorControl is 2 or 3, and perhaps where it is 1; from Vista
// on a driver with ErrorControl 0 or 1 may be missing, unless
// driverloadfailurepolicy (250000c1) of the loader object is 0.
// Fix: the file is taken from where this Windows keeps copies (driver store,
// component store, driver cache, service pack, file protection), from set-up files
// on attached media, or from another Windows of the same version on the disks,
// where its version is that of the Windows. From Vista on it is the version that the
// component or driver store is known to have in use (system-file-missing); a file that no
// store has is taken from elsewhere on request, where its build is that of Windows.
// Otherwise Start = 4, unless Windows needs the driver to reach its
// volume. Where Windows may start without the driver, on request. Where the loader gives
// up over it, unasked: the driver does nothing without its file, so that turning it off
// takes nothing away that is not lost already, Windows starts, and the program that it
// belongs to can be set up again; undo takes it back.
// Not fixed: drivers that Windows needs and of which there is no copy. Drivers
// between the present controller and the volume: storage-driver-missing.
var bootDriverFileMissing = Condition{
	ID:     "boot-driver-file-missing",
	Title:  "The file of a boot driver is missing or cannot be loaded",
	InHive: true,
	Detect: detectBootDriverFile,
	Fix:    fixBootDriverFile,
}

// badDriver is a boot driver whose file cannot be loaded.
type badDriver struct {
	bootchain.Driver
	set  *registry.ControlSet
	file *driverCopy // that can take its place, nil: none
	off  bool        // it is turned off for want of a file
}

// badDrivers lists them in every control set.
func badDrivers(p *inspect.Patient, w *inspect.Installation) ([]badDriver, error) {
	present := map[string]bool{}
	if link, err := bootchain.Storage(w); err == nil {
		for _, set := range link.Sets {
			for _, d := range set.All() {
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
		for _, d := range drivers {
			if !errors.Is(d.FileErr, bootchain.ErrNoDriver) || present[strings.ToLower(d.Name)] || ofKernel(p, w, d.File) {
				continue
			}
			b := badDriver{Driver: d, set: set}
			key := strings.ToLower(d.File)
			if _, looked := files[key]; !looked {
				files[key] = copyOf(p, w, d.File)
			}
			b.file = files[key]
			b.off = b.file == nil && !bootchain.InBootPath(w, d.Name) && !bootchain.IsStockFilter(d.Name)
			if b.file == nil && !b.off && !bootchain.Boots(w, set) {
				continue // the loader does not take that set, and nothing can be done
			}
			all = append(all, b)
		}
	}
	return all, errors.Join(errs...)
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
}

// copyOf looks for a copy of a driver that goes with this Windows: from Vista on the
// one of the component that is in use, where that is known.
func copyOf(p *inspect.Patient, w *inspect.Installation, path string) *driverCopy {
	files, ok := w.DriverSource(p)
	if !ok || w.VersionErr != nil {
		return nil
	}
	if bootchain.IsNT6(w) {
		if c, _, _ := donor.SystemFile(p, w, strings.ToLower(source.Base(path))); c != nil {
			return &driverCopy{c.Where, fmt.Sprintf("%s, version %v", c.Where, c.Version), func() (source.File, error) { return source.Bytes(c.Data), nil }, c.Doubt}
		}
		if donor.InStore(w, strings.ToLower(source.Base(path))) {
			return nil // one is in use, and none of that version is there
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
			return &driverCopy{c.Where, c.String(), c.Open, doubt}
		}
	}
	return nil
}

// stopsWindows: the loader gives up over the driver. Whether NTLDR does with
// ErrorControl 1 (normal) is not proved, so that only Windows' own drivers count
// there: without one Windows is damaged for certain.
func (b badDriver) stopsWindows(w *inspect.Installation) bool {
	switch {
	case !bootchain.Boots(w, b.set):
		return false
	case strings.EqualFold(b.Name, bootchain.FSService(w)):
		return true // ErrorControl 1, and nothing reads the volume without it
	}
	if w.VersionErr == nil && w.Version.AtLeast(6, 0) {
		return b.Service.ErrorControl >= 2 || bootchain.EveryDriverCounts(w)
	}
	return b.Service.ErrorControl >= 2 || b.Service.ErrorControl == 1 && bootchain.InBootPath(w, b.Name)
}

func detectBootDriverFile(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		if !readable(w) {
			continue
		}
		bad, err := badDrivers(p, w)
		if err != nil {
			all = append(all, notRead(w, "Services", err))
		}
		if len(bad) > 0 {
			all = append(all, judgeBadDrivers(w, bad))
		}
	}
	return all
}

func judgeBadDrivers(w *inspect.Installation, bad []badDriver) Finding {
	f := Finding{Result: Present, Severity: Info, Confidence: Low, Windows: w, Fixable: true}
	var names []string
	var doubts []string
	for _, b := range bad {
		if b.file != nil && b.file.doubt != "" {
			doubts = append(doubts, fmt.Sprintf("%s: %s.", b.file.said, b.file.doubt))
		}
		if b.stopsWindows(w) {
			f.Severity, f.Confidence = Fatal, High
			f.Symptom = `"Windows could not start because the following file is missing or corrupt: ` + b.File + `" (before Vista), 0xc000000f or 0xc0000221`
		}
		if !slices.Contains(names, b.Name) {
			names = append(names, b.Name)
		}
		e := keyEvidence(w, b.Service.KeyPath, fmt.Sprintf("a driver at %s", b.File), b.FileErr.Error())
		switch {
		case b.file != nil:
			e.Actual += "; " + b.file.said + " can take its place"
		case b.off:
			e.Actual += "; there is no copy, it can be turned off"
		default:
			e.Actual += "; there is no copy, and Windows needs it"
			f.Fixable = false
		}
		f.Evidence = append(f.Evidence, e)
	}
	f.Summary = fmt.Sprintf("Drivers that %s loads at boot cannot be loaded: %s.", w.Label(), strings.Join(names, ", "))
	switch {
	case !f.Fixable:
		f.Severity, f.Confidence = Fatal, High
		f.Advice = "Attach the disk of another Windows of the same version and service pack, or its set-up medium, so that the files can be taken from there."
	case len(doubts) > 0:
		f.Confidence = Low
		f.Advice = strings.Join(slices.Compact(doubts), " ") + " repair --only boot-driver-file-missing takes it nevertheless."
	case f.Severity == Fatal && slices.ContainsFunc(bad, func(b badDriver) bool { return b.off }):
		f.Advice = "A driver that is turned off for want of its file belongs to a program or a device that does not work until it is set up again. Where it encrypts or filters another disk, do not let Windows format that disk before."
	case f.Confidence == Low:
		f.Advice = "Windows starts without them (their ErrorControl says so). repair --only boot-driver-file-missing brings the files back or turns the drivers off."
	}
	return f
}

func fixBootDriverFile(p *inspect.Patient, f Finding) ([]step.Step, error) {
	w := f.Windows
	bad, _ := badDrivers(p, w)
	var steps []step.Step
	written := map[string]bool{}
	for _, b := range bad {
		switch key := strings.ToLower(b.File); {
		case b.off:
			steps = append(steps, setDWORD(w, b.Service.KeyPath, "Start", b.Service.Start, registry.StartDisabled, "the driver has no file"))
		case b.file != nil && !written[key]:
			written[key] = true
			s, err := restoreFile(w, b.File, b.file, "the loader loads it")
			if err != nil {
				return nil, err
			}
			steps = append(steps, s)
		}
	}
	return steps, nil
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
