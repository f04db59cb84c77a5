package builder

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/builder/manifest"
	"github.com/bootmend/bootmend/builder/ramfs"
)

// debianProgram is a program of the distribution that goes into the image as it is,
// with the libraries that it loads.
type debianProgram struct {
	source
	name string // in the image
}

// debianPrograms are what no Go package offers: a file system driver for a person
// who wants to mount NTFS, and an editor for a terminal.
func debianPrograms() []debianProgram {
	return []debianProgram{
		{source{[]string{"ntfs-3g"}, []string{"bin/ntfs-3g", "usr/bin/ntfs-3g"}}, "bin/ntfs-3g"},
		{source{[]string{"nano-tiny"}, []string{"bin/nano-tiny", "usr/bin/nano-tiny"}}, "bin/nano"},
	}
}

// terminals are the descriptions of terminals that the editor may meet: the
// console, a serial line, and what people's programs for these call themselves.
func terminals() []string {
	return []string{"linux", "vt100", "vt220", "xterm", "xterm-256color", "screen"}
}

// foreign collects what the distribution gives to the image.
type foreign struct {
	cache *packageCache
	files map[string]ramfs.Entry
	from  map[string][]string // files by the directory of the unpacked package
}

func (f *foreign) libraryDir() string { return f.cache.arch.libraryDir() }

// foreignFiles are the programs, their libraries, terminal descriptions, licences
// and a list of it all, without the programs that are to be left out; and the
// packages of each file.
func foreignFiles(cache *packageCache, leaveOut func(name string) bool) ([]ramfs.Entry, map[string]manifest.Package, error) {
	f := &foreign{cache, map[string]ramfs.Entry{}, map[string][]string{}}
	for _, p := range debianPrograms() {
		if leaveOut(path.Base(p.name)) {
			continue
		}
		if err := f.addProgram(p); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	if err := f.addTerminals(); err != nil {
		return nil, nil, err
	}
	f.addLicences()
	var all []ramfs.Entry
	for _, e := range f.files {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b ramfs.Entry) int { return strings.Compare(a.Name, b.Name) })
	from := map[string]manifest.Package{}
	for dir, files := range f.from {
		p := cache.origin(dir)
		for _, name := range append(files, path.Join("usr/share/doc", p.Name, "copyright")) {
			from[name] = p
		}
	}
	return all, from, nil
}

// add puts a file of an unpacked package into the image.
func (f *foreign) add(dir, file, name string, perm uint32) ([]byte, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if _, twice := f.files[name]; !twice {
		f.files[name] = ramfs.Entry{Name: name, Perm: perm, Content: content}
		f.from[dir] = append(f.from[dir], name)
	}
	return content, nil
}

func (f *foreign) addProgram(p debianProgram) error {
	dir, file, err := f.cache.locate(p.source)
	if err != nil {
		return err
	}
	content, err := f.add(dir, file, p.name, 0o755)
	if err != nil {
		return err
	}
	return f.addLibraries(content)
}

// addLibraries adds what a program or library loads, and the loader.
func (f *foreign) addLibraries(content []byte) error {
	program, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		return err
	}
	needed, err := program.ImportedLibraries()
	if err != nil {
		return err
	}
	if at := interpreter(program); at != "" {
		needed = append(needed, path.Base(at))
		if !strings.HasPrefix(at, "/"+f.libraryDir()) {
			up := strings.Repeat("../", strings.Count(at[1:], "/"))
			f.files[at[1:]] = ramfs.Entry{Name: at[1:], Kind: ramfs.Link, Perm: 0o777, Target: up + path.Join(f.libraryDir(), path.Base(at))}
		}
	}
	for _, soname := range needed {
		name := path.Join(f.libraryDir(), soname)
		if _, there := f.files[name]; there {
			continue
		}
		dir, file, err := f.library(soname)
		if err != nil {
			return err
		}
		content, err := f.add(dir, file, name, 0o755)
		if err != nil {
			return err
		}
		if err := f.addLibraries(content); err != nil {
			return fmt.Errorf("%s: %w", soname, err)
		}
	}
	return nil
}

// interpreter is the dynamic loader that the program names, "" for a library.
func interpreter(program *elf.File) string {
	s := program.Section(".interp")
	if s == nil {
		return ""
	}
	text, err := s.Data()
	if err != nil {
		return ""
	}
	return string(bytes.TrimRight(text, "\x00"))
}

// library finds the file of a shared library in its package.
func (f *foreign) library(soname string) (dir, file string, err error) {
	var all error
	for _, pkg := range libraryPackages(soname) {
		if _, err := f.cache.find(pkg); err != nil {
			all = errors.Join(all, err)
			continue
		}
		dir, err := f.cache.unpack(pkg)
		if err != nil {
			return "", "", err
		}
		if file := findLibrary(dir, soname); file != "" {
			return dir, file, nil
		}
		all = errors.Join(all, fmt.Errorf("package %s has no %s", pkg, soname))
	}
	return "", "", fmt.Errorf("library %s: %w", soname, all)
}

// libraryPackages are the names that the package of a library may have (Debian
// Policy 8.1): the name with the version of its interface, with a hyphen after a
// digit; "t64" since the change of time_t.
func libraryPackages(soname string) []string {
	if strings.HasPrefix(soname, "ld-linux") {
		return []string{"libc6"}
	}
	name, version, _ := strings.Cut(soname, ".so.")
	if last := name[len(name)-1]; last >= '0' && last <= '9' {
		name += "-"
	}
	pkg := strings.ToLower(name + version)
	return []string{pkg, pkg + "t64"}
}

// findLibrary looks for the file that says it is the library; links were not
// unpacked.
func findLibrary(dir, soname string) string {
	found := ""
	_ = filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		if err != nil || found != "" || !e.Type().IsRegular() {
			return nil // unreadable: then it is not found
		}
		if e.Name() != soname && !strings.HasPrefix(e.Name(), soname+".") && !strings.HasPrefix(e.Name(), "ld-") {
			return nil
		}
		library, err := elf.Open(file)
		if err != nil {
			return nil
		}
		defer library.Close()
		if names, err := library.DynString(elf.DT_SONAME); err == nil && slices.Contains(names, soname) {
			found = file
		}
		return nil
	})
	return found
}

// addTerminals adds descriptions of terminals; they lie in other places in newer
// releases.
func (f *foreign) addTerminals() error {
	dir, err := f.cache.unpack("ncurses-base")
	if err != nil {
		return err
	}
	for _, name := range terminals() {
		below := path.Join(name[:1], name)
		found := false
		for _, place := range []string{"lib/terminfo", "usr/lib/terminfo", "usr/share/terminfo"} {
			if _, err := f.add(dir, filepath.Join(dir, place, below), path.Join("usr/share/terminfo", below), 0o644); err == nil {
				found = true
				break
			}
		}
		if !found {
			return fmt.Errorf("package ncurses-base has no description of terminal %s", name)
		}
	}
	return nil
}

// addLicences adds the copyright file of each package and the list of packages
// with their versions, by which their sources are found.
func (f *foreign) addLicences() {
	var lines []string
	for dir, files := range f.from {
		p := f.cache.used[dir]
		pkg, version := p.Name, p.Version
		slices.Sort(files)
		lines = append(lines, fmt.Sprintf("%s %s: %s\n", pkg, version, strings.Join(files, " ")))
		if text, err := os.ReadFile(filepath.Join(dir, "usr/share/doc", pkg, "copyright")); err == nil {
			name := path.Join("usr/share/doc", pkg, "copyright")
			f.files[name] = ramfs.Entry{Name: name, Perm: 0o644, Content: text}
		}
	}
	slices.Sort(lines)
	const head = "Programs of the distribution in this image, unchanged; apt-get source NAME=VERSION has their sources.\n\n"
	f.files["usr/share/doc/packages"] = ramfs.Entry{Name: "usr/share/doc/packages", Perm: 0o644, Content: []byte(head + strings.Join(lines, ""))}
}
