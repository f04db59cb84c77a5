package source

import (
	"bytes"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/txtsetup"
)

// Options bound the search for packages; zero values are the defaults.
type Options struct {
	Depth      int // of folders, 12
	Containers int // cabinets and programs within each other, 3; -1: none is looked into
	Entries    int // files and folders looked at, 200,000
	Packages   int // 5,000
	// Programs is how many bytes of EXE files are searched for cabinets, 128 MiB:
	// a CD is read at some MiB a second.
	Programs int64
	// ComponentStore: WinSxS and the folders of installed Windows are searched too.
	ComponentStore bool
	// Keep says which packages to keep, nil: all. The others cost no memory.
	Keep func(*Package) bool
}

// Package is a driver package: an INF file or a txtsetup.oem and the files that
// it names.
type Package struct {
	// Tree has the files; for one in a cabinet it is that of the cabinet.
	Tree Tree
	// Path of the INF file or txtsetup.oem in the tree.
	Path string
	// Where is for people: `\drivers.cab -> \viostor\viostor.inf`.
	Where string
	// INF or, when it is nil, Setup.
	INF   *inf.File
	Setup *txtsetup.File
}

// Name is the name of the INF file: "viostor.inf". That of set-up media is
// packed as "viostor.in_".
func (p *Package) Name() string {
	name := Base(p.Path)
	if stem, ok := strings.CutSuffix(name, "IN_"); ok {
		return stem + "INF"
	}
	if isPacked(name) {
		return name[:len(name)-1] + "f"
	}
	return name
}

// String is for people.
func (p *Package) String() string { return p.Where + " on " + p.Tree.Name() }

// List is what a search for packages gave.
type List struct {
	Packages []*Package
	// Problems are files that look like packages and cannot be read, and what
	// was left out.
	Problems []error
}

// maxINF bounds, in bytes, an INF file; storage drivers' are below 200 KiB, the
// largest (printers) have megabytes.
const maxINF = 2 << 20

// scan is a search for packages.
type scan struct {
	o       Options
	list    List
	entries int
	program int64 // bytes of EXE files
	full    bool
}

// Packages searches a tree for driver packages, also in cabinets and
// self-extracting programs.
func Packages(t Tree, o Options) List {
	set := func(n *int, to int) {
		if *n == 0 {
			*n = to
		}
	}
	set(&o.Depth, 12)
	set(&o.Containers, 3)
	set(&o.Entries, 200000)
	set(&o.Packages, 5000)
	if o.Programs == 0 {
		o.Programs = 128 << 20
	}
	s := scan{o: o}
	s.dir(t, `\`, "", 0, 0)
	return s.list
}

func (s *scan) problem(format string, args ...any) {
	if len(s.list.Problems) < 200 {
		s.list.Problems = append(s.list.Problems, fmt.Errorf(format, args...))
	}
}

// dir looks through a directory. outer names the container that t is, for people.
func (s *scan) dir(t Tree, dir, outer string, depth, containers int) {
	if depth > s.o.Depth {
		s.problem("%s %s: more than %d folders deep, not searched", t.Name(), dir, s.o.Depth)
		return
	}
	list, err := t.ReadDir(dir)
	if err != nil {
		s.problem("%s %s: %w", t.Name(), dir, err)
		return
	}
	for _, e := range list {
		if s.entries++; s.full || s.entries > s.o.Entries {
			if !s.full {
				s.full = true
				s.problem("%s: more than %d files, not all were searched", t.Name(), s.o.Entries)
			}
			return
		}
		path := Join(dir, e.Name)
		switch {
		case e.Dir && !s.o.ComponentStore && isSystemFolder(t, path, e.Name):
		case e.Dir:
			s.dir(t, path, outer, depth+1, containers)
		default:
			s.file(t, path, outer, e, depth, containers)
		}
	}
}

// isSystemFolder: an installed Windows has thousands of INF files of its own, in
// folders that are searched by those who mean them.
func isSystemFolder(t Tree, path, name string) bool {
	switch strings.ToLower(name) {
	case "winsxs", "filerepository", "$recycle.bin", "recycler", "system volume information":
		return true
	}
	return isWindows(t, path)
}

// isWindows: the folder is that of an installed Windows.
func isWindows(t Tree, path string) bool {
	_, err := t.ReadDir(Join(path, `system32\config`))
	return err == nil
}

func (s *scan) file(t Tree, path, outer string, e Info, depth, containers int) {
	defer func() { // one file that nobody thought of does not end the search
		if r := recover(); r != nil {
			s.problem("%s %s: bootmend itself failed on it: %v\n%s", t.Name(), path, r, debug.Stack())
		}
	}()
	switch ext := Ext(e.Name); {
	case ext == ".inf" || ext == ".in_" || strings.EqualFold(e.Name, "txtsetup.oem"):
		p, err := open(t, path, e.Size)
		switch {
		case errors.Is(err, inf.ErrNotINF), errors.Is(err, txtsetup.ErrNotTxtsetup):
			// autorun.inf and the like
		case err != nil:
			s.problem("%s %s: %w", t.Name(), path, err)
		default:
			s.keep(p, outer+path)
		}
	case ext == ".cab" || ext == ".msu" || ext == ".exe":
		if containers >= s.o.Containers || e.Size == 0 {
			return
		}
		if ext == ".exe" {
			if s.program += e.Size; s.program > s.o.Programs {
				s.problem("%s %s: more than %d MiB of programs, not looked into; name the file itself if there are drivers in it", t.Name(), path, s.o.Programs>>20)
				return
			}
		}
		inside, err := Inside(t, path)
		switch {
		case errors.Is(err, ErrNotContainer):
		case err != nil:
			s.problem("%w", err)
		default:
			s.dir(inside, `\`, outer+path+" -> ", depth+1, containers+1)
		}
	}
}

func (s *scan) keep(p *Package, where string) {
	p.Where = where
	if s.o.Keep != nil && !s.o.Keep(p) {
		return
	}
	if len(s.list.Packages) >= s.o.Packages {
		if !s.full {
			s.problem("%s: more than %d driver packages, not all were read", p.Tree.Name(), s.o.Packages)
		}
		s.full = true
		return
	}
	s.list.Packages = append(s.list.Packages, p)
}

// Open reads one package: path is that of an INF file, which may be compressed,
// or of a txtsetup.oem. Errors wrap those of packages inf, txtsetup, cab and szdd,
// or ErrTooLarge.
func Open(t Tree, path string) (*Package, error) {
	p, err := open(t, path, 0)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", t.Name(), path, err)
	}
	return p, nil
}

func open(t Tree, path string, size int64) (*Package, error) {
	if size > maxINF {
		return nil, fmt.Errorf("%d bytes, at most %d: %w", size, maxINF, ErrTooLarge)
	}
	f, err := t.Open(path)
	if err != nil {
		return nil, err
	}
	if isPacked(path) {
		if f, _, _, err = Unpack(Base(path), f); err != nil {
			return nil, err
		}
	}
	b, err := ReadAll(f, maxINF)
	if err != nil {
		return nil, err
	}
	p := &Package{Tree: t, Path: Join(path), Where: Join(path)}
	if strings.EqualFold(Base(path), "txtsetup.oem") {
		p.Setup, err = txtsetup.Parse(bytes.NewReader(b))
	} else {
		p.INF, err = inf.Parse(bytes.NewReader(b))
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}
