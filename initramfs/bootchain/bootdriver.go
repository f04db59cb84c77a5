package bootchain

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// ErrNoDriver: there is no file at the path of a driver, or it is none that the
// loader could load. Other errors of a file mean that it cannot be told.
var ErrNoDriver = errors.New("not a driver that can be loaded")

// FSService names the service whose driver reads the volume of Windows. The boot loader
// loads it from there whatever its Start says (1, 3 or 4 in real hives): it goes by
// the file system that it read itself. "" where it is not known.
func FSService(w *inspect.Installation) string {
	switch {
	case w.IsReactOS():
		return ""
	case w.Volume.Kind == fs.NTFS:
		return "Ntfs"
	case w.VersionErr == nil && !IsNT6(w) && slices.Contains([]fs.Kind{fs.FAT12, fs.FAT16, fs.FAT32}, w.Volume.Kind):
		return "Fastfat"
	}
	return ""
}

// BootDrivers are the drivers that the boot loader loads in a control set, that of
// the volume's file system (FSService) among them, each with what is wrong with its file; FileErr wraps ErrNoDriver where the loader
// would fail. With an error come those that could be read.
func BootDrivers(w *inspect.Installation, set *registry.ControlSet) ([]Driver, error) {
	services, err := set.Services()
	if errors.Is(err, regf.ErrNotExist) && len(services) == 0 {
		err = nil // a set that is not complete; condition controlset-select says so
	}
	var all []Driver
	for _, s := range services {
		if !w.Version.AtLeast(6, 2) {
			s.StartOverride = nil // Windows reads it from version 8 on
		}
		const driver = registry.TypeKernelDriver | registry.TypeFileSystemDriver | registry.TypeRecognizer
		if (s.BootStart() || strings.EqualFold(s.Name, FSService(w))) && s.Type&driver != 0 {
			d := Driver{Name: s.Name, Service: s}
			d.File, d.FileErr = DriverFile(w, s)
			all = append(all, d)
		}
	}
	return all, err
}

// DriverFile is the path of a driver's file on the volume of the installation, and
// what is wrong with it; the error wraps ErrNoDriver where it is missing, empty,
// no program, or for another processor.
func DriverFile(w *inspect.Installation, s *registry.Service) (string, error) {
	below, err := registry.DriverFile(s, w.Root)
	if err != nil {
		return "", err
	}
	path := w.Path(below)
	return path, loadable(w, path)
}

func loadable(w *inspect.Installation, path string) error {
	f, err := w.Volume.FS.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrNotDir):
		return fmt.Errorf("%s does not exist: %w", path, ErrNoDriver)
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	case f.Info().Size == 0:
		return fmt.Errorf("%s is empty: %w", path, ErrNoDriver)
	}
	image, err := pe.Open(f, f.Info().Size)
	switch {
	case errors.Is(err, fs.ErrUnsupported), errors.Is(err, fs.ErrDamaged):
		return fmt.Errorf("%s: %w", path, err)
	case err != nil:
		return fmt.Errorf("%s (%w): %w", path, err, ErrNoDriver)
	}
	if a := inspect.ArchOf(image.Machine()); w.Arch != "" && a != w.Arch {
		return fmt.Errorf("%s is for PE machine %#04x, Windows is %s: %w", path, uint16(image.Machine()), w.Arch, ErrNoDriver)
	}
	return nil
}

// Lacking names the files without which the loader does not load a driver, each as that
// driver with another File: its own, or, of those that every disk needs (ReachesVolume),
// the libraries that it imports (disk.sys has classpnp.sys). What cannot be read is left out.
func Lacking(w *inspect.Installation, d Driver) (all []Driver) {
	switch {
	case errors.Is(d.FileErr, ErrNoDriver):
		return []Driver{d}
	case d.FileErr != nil, !ReachesVolume(w, d.Name):
		return nil
	}
	f, err := w.Volume.FS.Open(d.File)
	if err != nil {
		return nil
	}
	image, err := pe.Open(f, f.Info().Size)
	if err != nil {
		return nil
	}
	missing, _ := MissingImports(w, image)
	for _, name := range missing {
		lib := d
		lib.FileErr = fmt.Errorf("%s needs %s, which is not there: %w", d.File, name, ErrNoDriver)
		lib.File = w.Path(`system32\drivers\` + name)
		all = append(all, lib)
	}
	return all
}

// InBootPath reports whether Windows needs the service to reach its volume: what
// all Windows start with, and the drivers of the present controller where that is
// known.
func InBootPath(w *inspect.Installation, service string) bool {
	if vital()[strings.ToLower(service)] {
		return true
	}
	link, err := Storage(w)
	if err != nil {
		return false
	}
	for _, set := range link.Sets {
		for _, d := range set.All() {
			if strings.EqualFold(d.Name, service) {
				return true
			}
		}
	}
	return false
}

// vital are the services that are boot-start in every real hive of their
// generation (XP SP3, 7 SP1, 8.1, 10 1709) and belong to Windows itself.
func vital() map[string]bool {
	all := map[string]bool{}
	for _, name := range strings.Fields(`
		acpi acpiex pci isapnp msisadrv vdrvroot partmgr disk mountmgr ftdisk volmgr volmgrx volsnap volume dmio dmload dmboot
		fltmgr fileinfo clfs ksecdd ksecpkg cng ndis mup tcpip wdf01000 pcw pdc fs_rec wof fvevol rdyboost iorate spaceport
		ehstorclass hwpolicy ntfs fastfat wfplwfs sr`) {
		all[name] = true
	}
	return all
}
