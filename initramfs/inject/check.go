package inject

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// Check says what speaks against loading the files of a driver in a Windows,
// as a *Refusal: the processor, a port driver that it imports and that this
// Windows lacks, a signature that is missing. It reads; nothing changes.
func Check(w *inspect.Installation, d *Driver) error {
	for i := range d.Files {
		f := &d.Files[i]
		if !strings.EqualFold(extension(f.Path), "sys") {
			continue
		}
		if err := checkImage(w, d, f); err != nil {
			return err
		}
	}
	if err := checkOwn(w, d); err != nil {
		return err
	}
	return checkSigned(w, d)
}

func extension(path string) string {
	return path[strings.LastIndexByte(path, '.')+1:]
}

func checkImage(w *inspect.Installation, d *Driver, f *File) error {
	refuse := refusals(d.Service.Name, f.Path, f.Origin)
	image, err := pe.Open(f.Content.R, f.Content.Size)
	if err == nil {
		err = image.Check()
	}
	if err != nil {
		return refuse(NoDriver, "%s cannot be loaded: %v. Provide the package again, unpacked and whole", f.Path, err)
	}
	if a := inspect.ArchOf(image.Machine()); a != w.Arch {
		return refuse(WrongArch, "%s is for %s, this Windows is %s. Provide the package for %s", f.Path, image.Machine(), w.Arch, w.Arch)
	}
	return checkImports(w, d, image, refuse)
}

// checkImports looks for the files that a driver needs in the Windows: a
// storport miniport does not load on Windows 2000 and XP, which have none.
func checkImports(w *inspect.Installation, d *Driver, image *pe.File, refuse refuser) error {
	imports, err := image.Imports()
	if err != nil {
		return refuse(NoDriver, "its imports cannot be read: %v. Provide the package again", err)
	}
	for _, imp := range imports {
		if imp.Delayed || brings(d, imp.Name) || isAPISet(imp.Name) {
			continue
		}
		there, path, err := findImport(w, imp.Name)
		if errors.Is(err, fs.ErrNotExist) {
			return refuse(MissingImport, "it needs %s, which this Windows does not have. %s", imp.Name, portAdvice(w, imp.Name))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		symbol, err := lacks(image, there, imp.Name)
		if err != nil {
			continue // a port driver that cannot be read is its own finding
		}
		if symbol != "" {
			return refuse(MissingImport, "it needs %s of %s, which %s does not have. %s", symbol, imp.Name, describe(path, there), portAdvice(w, imp.Name))
		}
	}
	return nil
}

// isAPISet: the name stands for functions that Windows itself distributes over
// files; there is no file of it.
func isAPISet(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "api-ms-") || strings.HasPrefix(name, "ext-ms-")
}

func brings(d *Driver, name string) bool {
	for _, f := range d.Files {
		if strings.EqualFold(f.Path[strings.LastIndexByte(f.Path, '\\')+1:], name) {
			return true
		}
	}
	return false
}

// findImport opens what a driver imports: the kernel and the HAL lie in
// system32, drivers in system32\drivers.
func findImport(w *inspect.Installation, name string) (*pe.File, string, error) {
	var path string
	var err error
	for _, dir := range []string{`system32\drivers`, `system32`} {
		path = w.Path(dir + `\` + name)
		var f fs.File
		if f, err = w.Volume.FS.Open(path); errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, path, err
		}
		image, err := pe.Open(f, f.Info().Size)
		return image, path, err
	}
	return nil, path, err
}

// lacks names a function that the driver imports and the file does not export.
// A file without any export is no real port driver; it is not judged.
func lacks(image, there *pe.File, name string) (string, error) {
	exports, err := there.Exports()
	if err != nil || len(exports) == 0 {
		return "", err
	}
	wanted, err := image.ImportsFrom(name)
	if err != nil {
		return "", err
	}
	names, numbers := map[string]bool{}, map[uint16]bool{}
	for _, e := range exports {
		names[e.Name], numbers[e.Ordinal] = true, true
	}
	for _, s := range wanted {
		if s.Name != "" && !names[s.Name] || s.Name == "" && !numbers[s.Ordinal] {
			return s.String(), nil
		}
	}
	return "", nil
}

func describe(path string, f *pe.File) string {
	v, err := f.Version()
	if err != nil {
		return path
	}
	return fmt.Sprintf("%s %s", path, v.File)
}

// portAdvice says what to provide where a port driver is missing or too old.
// Sources: Windows XP and 2000 have no storport.sys (Microsoft, "Storport
// driver"); hotfixes for that of Server 2003: KB 932755, 943545.
func portAdvice(w *inspect.Installation, name string) string {
	storport := strings.EqualFold(name, "storport.sys")
	switch {
	case storport && !w.Version.AtLeast(5, 2):
		return "Provide a package whose driver uses scsiport.sys, made for " + versionName(w)
	case storport && !w.Version.AtLeast(6, 0):
		return "Provide a package for Server 2003 without service pack, or a newer storport.sys (hotfix KB 943545)"
	}
	return "Provide an older package, made for " + versionName(w) + " and its service pack"
}

func versionName(w *inspect.Installation) string { return w.Version.String() }
