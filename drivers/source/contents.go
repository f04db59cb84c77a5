package source

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/txtsetup"
)

// ErrMissing is wrapped by every *MissingError.
var ErrMissing = errors.New("the driver package is not complete")

// MissingError is a file that a package names and does not have, or that cannot be
// used.
type MissingError struct {
	Package string // for people
	Name    string
	Looked  []string // paths
	Err     error    // why the file that is there cannot be used, nil: it is absent
}

// Error says what is missing and where it should be.
func (e *MissingError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Package, e.Name, e.Err)
	}
	return fmt.Sprintf("%s: the package names %s, which is not at %s", e.Package, e.Name, strings.Join(e.Looked, " nor at "))
}

// Unwrap makes errors.Is(err, ErrMissing) true.
func (e *MissingError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrMissing}
	}
	return []error{ErrMissing, e.Err}
}

// PackageFile is a file of a package.
type PackageFile struct {
	Name  string // that of the copy
	Where string // in the package's tree
	Size  int64  // bytes, unpacked
	// Dest is where an installation copies it; zero for INF file and catalog.
	Dest inf.Place
	// Machine of a PE image, 0 of other files.
	Machine pe.Machine

	open func() (File, error)
}

// Open gives the content, unpacked.
func (f *PackageFile) Open() (File, error) { return f.open() }

// Set are the files that an installation copies.
type Set struct {
	INF     *PackageFile // nil for a txtsetup.oem
	Catalog *PackageFile // nil when the package names none or has it not
	Files   []PackageFile
	// Inbox are files of Windows itself, which the package does not bring along.
	Inbox []inf.Copy
	// Missing are files that are named and not there; the same errors, joined, are
	// the error of Files, but for that of a catalog.
	Missing []*MissingError
}

// collector finds the files of one package.
type collector struct {
	p      *Package
	target inf.Target
	set    Set
}

// Files finds every file that installing a model copies: in the folder that the
// INF says, in a cabinet there, compressed, or beside the INF. Drivers for another
// processor are refused. With an error, which wraps ErrMissing and joins all that
// is missing, there is all that was found; a missing catalog is no error.
func (p *Package) Files(do *inf.Install, t inf.Target) (*Set, error) {
	c := collector{p: p, target: t}
	name, at := p.Name(), p.Path
	open := func() (File, error) { return openWhole(p.Tree, at) }
	if f, err := open(); err == nil {
		c.set.INF = &PackageFile{Name: name, Where: at, Size: f.Size(), open: open}
	}
	if do.Catalog != "" {
		c.catalog(do.Catalog)
	}
	var all []error
	for _, file := range do.Files {
		if err := c.copy(file); err != nil {
			c.set.Missing = append(c.set.Missing, err)
			all = append(all, err)
		}
	}
	return &c.set, errors.Join(all...)
}

// SetupFiles are the files of an option of a txtsetup.oem; otherwise as Files.
func (p *Package) SetupFiles(o *txtsetup.Option, t inf.Target) (*Set, error) {
	c := collector{p: p, target: t}
	var all []error
	for _, s := range o.Files {
		file := inf.Copy{Name: Base(s.Name), Source: Base(s.Name), Dir: Join(Dir(s.Path()))[1:], Listed: true}
		switch s.Type {
		case "driver", "port", "class":
			file.Dest = inf.Place{Dir: inf.DirDrivers, Path: file.Name}
		case "inf":
			file.Dest = inf.Place{Dir: inf.DirINF, Path: file.Name}
		case "catalog":
			c.catalog(s.Path())
			continue
		default:
			file.Dest = inf.Place{Dir: inf.DirSystem, Path: file.Name}
		}
		if err := c.copy(file); err != nil {
			c.set.Missing = append(c.set.Missing, err)
			all = append(all, err)
		}
	}
	return &c.set, errors.Join(all...)
}

func openWhole(t Tree, path string) (File, error) {
	f, err := t.Open(path)
	if err == nil && isPacked(path) {
		f, _, _, err = Unpack(Base(path), f)
	}
	return f, err
}

func (c *collector) catalog(name string) {
	f, where, open, err := c.find(Dir(name), Base(name))
	if err != nil {
		missing := &MissingError{Package: c.p.String(), Name: name, Looked: []string{where}}
		if !errors.Is(err, fs.ErrNotExist) {
			missing.Err = err
		}
		c.set.Missing = append(c.set.Missing, missing)
		return
	}
	c.set.Catalog = &PackageFile{Name: Base(name), Where: where, Size: f.Size(), open: open}
}

// find opens a file below the folder of the INF.
func (c *collector) find(dir, name string) (File, string, func() (File, error), error) {
	at := Join(Dir(c.p.Path), dir)
	open := func() (File, error) {
		f, _, err := openNamed(c.p.Tree, at, name)
		return f, err
	}
	f, where, err := openNamed(c.p.Tree, at, name)
	return f, where, open, err
}

func (c *collector) copy(file inf.Copy) *MissingError {
	missing := &MissingError{Package: c.p.String(), Name: file.Source}
	dirs := []string{file.Dir}
	if file.Dir != "" {
		dirs = append(dirs, "") // packages that somebody unpacked into one folder
	}
	for _, dir := range dirs {
		f, where, open, err := c.find(dir, file.Source)
		if errors.Is(err, fs.ErrNotExist) && file.Cabinet != "" {
			f, where, open, err = c.member(dir, file)
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing.Looked = append(missing.Looked, where)
			continue
		case err != nil:
			missing.Err = fmt.Errorf("%s: %w", where, err)
			return missing
		}
		return c.take(file, f, where, open, missing)
	}
	if !file.Listed {
		c.set.Inbox = append(c.set.Inbox, file)
		return nil
	}
	return missing
}

// member takes a file out of the cabinet that [SourceDisksNames] names; most
// name a tag file there, which is no cabinet.
func (c *collector) member(dir string, file inf.Copy) (File, string, func() (File, error), error) {
	path := Join(Dir(c.p.Path), dir, file.Cabinet)
	absent := func() (File, string, func() (File, error), error) {
		return nil, Join(Dir(c.p.Path), dir, file.Source), nil, fs.ErrNotExist
	}
	inside, err := Inside(c.p.Tree, path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNotContainer) {
		return absent()
	}
	if err != nil {
		return nil, path, nil, err
	}
	for _, name := range namesIn(inside, file.Source) {
		open := func() (File, error) { return inside.Open(name) }
		f, err := open()
		return f, path + " -> " + name[1:], open, err
	}
	return absent()
}

// take judges a file and adds it.
func (c *collector) take(file inf.Copy, f File, where string, open func() (File, error), missing *MissingError) *MissingError {
	found := PackageFile{Name: file.Name, Where: where, Size: f.Size(), Dest: file.Dest, open: open}
	if Ext(file.Name) == ".sys" {
		image, err := pe.Open(f, f.Size())
		if err == nil {
			err = image.Check()
		}
		if err != nil {
			missing.Err = fmt.Errorf("%w: %w", ErrNotDriver, err)
			return missing
		}
		found.Machine = image.Machine()
		if want := MachineOf(c.target.Arch); want != 0 && found.Machine != want {
			missing.Err = fmt.Errorf("%w: %s is for %v, Windows is for %v", ErrWrongMachine, where, found.Machine, want)
			return missing
		}
	}
	c.set.Files = append(c.set.Files, found)
	return nil
}

// NewPackageFile is a file of a tree that no list names.
func NewPackageFile(t Tree, path string, size int64) *PackageFile {
	return &PackageFile{Name: Base(path), Where: path, Size: size, open: func() (File, error) { return t.Open(path) }}
}
