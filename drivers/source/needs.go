package source

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
)

// Need is a file that a driver imports from, as the installation has it.
type Need struct {
	Name string // "storport.sys"
	// Where it was found, "" when it is not there.
	Where      string
	Version    pe.Version
	HasVersion bool
	// Fit is how its version goes with the kernel's.
	Fit Fit
	// Missing are functions that the driver imports and the file does not have:
	// the loader refuses the driver then.
	Missing []string
	// Err says why the file cannot serve the driver, nil when it can.
	Err error
}

// Reasons why a driver cannot run in a Windows, to be tested with errors.Is.
var (
	ErrImportAbsent   = errors.New("a file that the driver needs is not in this Windows")
	ErrImportFunction = errors.New("the driver was made for a newer Windows, or a later service pack")
)

// importFolders are where the kernel's loader finds what drivers import.
var importFolders = []string{`system32\drivers`, "system32"}

// Needs looks for all files that a driver imports from, and whether they export
// the functions that it calls. An error says that the driver itself cannot be
// read; what the installation lacks is in the result, and NeedsError makes one
// error of it.
func (w *Windows) Needs(driver File) ([]Need, error) {
	image, err := pe.Open(driver, driver.Size())
	if err != nil {
		return nil, err
	}
	imports, err := image.Imports()
	if err != nil {
		return nil, err
	}
	kernel, _, kernelErr := w.Kernel()
	var all []Need
	for _, i := range imports {
		if i.Delayed || slices.ContainsFunc(all, func(n Need) bool { return strings.EqualFold(n.Name, i.Name) }) {
			continue
		}
		symbols, err := image.ImportsFrom(i.Name)
		if err != nil {
			return nil, err
		}
		n := w.need(i.Name, image.Machine(), symbols)
		if n.Fit = UnknownVersion; n.HasVersion && kernelErr == nil {
			n.Fit = fitOf(n.Version, kernel)
		}
		all = append(all, n)
	}
	return all, nil
}

// NeedsError is nil when all needs are met, else what is not.
func NeedsError(needs []Need) error {
	var all []error
	for _, n := range needs {
		if n.Err != nil {
			all = append(all, n.Err)
		}
	}
	return errors.Join(all...)
}

func (w *Windows) need(name string, machine pe.Machine, symbols []pe.Symbol) Need {
	n := Need{Name: name}
	for _, dir := range importFolders {
		path := w.Path(dir, name)
		f, err := w.Tree.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		n.Where = path
		if err == nil {
			err = n.check(f, machine, symbols)
		}
		if err != nil {
			n.Err = fmt.Errorf("%s: %w", path, err)
		}
		return n
	}
	n.Err = fmt.Errorf("%s: %w", name, ErrImportAbsent)
	return n
}

func (n *Need) check(f File, machine pe.Machine, symbols []pe.Symbol) error {
	image, err := pe.Open(f, f.Size())
	if err != nil {
		return err
	}
	if v, err := image.Version(); err == nil {
		n.Version, n.HasVersion = v.File, true
	}
	if image.Machine() != machine {
		return fmt.Errorf("%w: it is for %v, the driver for %v", ErrWrongMachine, image.Machine(), machine)
	}
	exports, err := image.Exports()
	if err != nil {
		return err
	}
	names, numbers := map[string]bool{}, map[uint16]bool{}
	for _, e := range exports {
		names[e.Name], numbers[e.Ordinal] = true, true
	}
	for _, s := range symbols {
		if s.Name != "" && !names[s.Name] || s.Name == "" && !numbers[s.Ordinal] {
			n.Missing = append(n.Missing, s.String())
		}
	}
	if len(n.Missing) > 0 {
		return fmt.Errorf("it has no %s: %w", strings.Join(n.Missing[:min(3, len(n.Missing))], ", "), ErrImportFunction)
	}
	return nil
}
