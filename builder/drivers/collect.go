package drivers

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/media"
)

// Folder is where the packages are on the medium.
const Folder = "drivers"

// MaxBytes bounds all files together.
const MaxBytes = 256 << 20

// maxDepth bounds the folders below that of a PATH: ISO 9660 has eight levels with
// the root, and readers differ about what lies deeper.
const maxDepth = 5

// Errors about what a person named.
var (
	ErrNoPackage = errors.New("there is no driver package in it that Windows could need to start: " +
		"looked for INF files of storage controllers, or of drivers that the boot loader loads, and for txtsetup.oem, with their .sys files beside them")
	ErrTooLarge = fmt.Errorf("the driver packages have more than %d MiB: name the folders that are needed", MaxBytes>>20)
)

// Package is a package that was looked at.
type Package struct {
	// Where is the path of the INF file in what was named, for people.
	Where string
	// Files and Bytes that were taken.
	Files int
	Bytes int64
	// LeftOut says why it was not taken, "" when it was.
	LeftOut string
}

// Set is what goes onto the medium.
type Set struct {
	// Files by path, "drivers/virtio-win.iso/viostor/w10/amd64/viostor.inf".
	Files    map[string][]byte
	Packages []Package
	// Problems are files that could not be read.
	Problems []error
	Bytes    int64

	names map[string]string // paths by their lower case
}

// Collect takes the packages out of everything that is named. A path without any is
// an error, as is more than MaxBytes.
func Collect(paths []string) (*Set, error) {
	s := &Set{Files: map[string][]byte{}, names: map[string]string{}}
	names := map[string]bool{}
	for _, path := range paths {
		name := filepath.Base(filepath.Clean(path))
		if abs, err := filepath.Abs(path); err == nil {
			name = filepath.Base(abs) // of "."
		}
		for i := 2; names[strings.ToLower(name)]; i++ {
			name = fmt.Sprintf("%s-%d", filepath.Base(path), i)
		}
		names[strings.ToLower(name)] = true
		if err := s.add(path, name); err != nil {
			return nil, fmt.Errorf("--drivers: %w", err)
		}
	}
	return s, nil
}

// add takes the packages of one path.
func (s *Set) add(path, name string) error {
	tree, err := media.Open(path)
	if err != nil {
		return err
	}
	list := source.Packages(tree, source.Options{Programs: 4 << 30})
	s.Problems = append(s.Problems, list.Problems...)
	taken := 0
	for _, p := range list.Packages {
		w := wanted{set: s, p: p, prefix: name, files: map[string]bool{}}
		report := Package{Where: p.Where}
		if report.LeftOut, err = w.collect(); err != nil {
			return err
		}
		if report.LeftOut == "" {
			taken++
			report.Files, report.Bytes = len(w.files), w.bytes
		}
		s.Packages = append(s.Packages, report)
	}
	if taken == 0 {
		for _, p := range s.Packages {
			if p.LeftOut != "" {
				return fmt.Errorf("%s: %w (%s: %s)", path, ErrNoPackage, p.Where, p.LeftOut)
			}
		}
		return fmt.Errorf("%s: %w", path, errors.Join(ErrNoPackage, first(list.Problems)))
	}
	return nil
}

// maxTold is how many of the files that could not be read are named where nothing was found.
const maxTold = 10

// first joins the first problems, and says how many more there are.
func first(problems []error) error {
	if n := len(problems) - maxTold; n > 0 {
		problems = append(slices.Clone(problems[:maxTold]), fmt.Errorf("... and %d more", n))
	}
	return errors.Join(problems...)
}

// put adds a file of a package. where is its path in the tree, for what was unpacked
// with " -> " before its own name.
func (w *wanted) put(where string, f *source.PackageFile) error {
	path := where
	if packed, name, ok := strings.Cut(where, " -> "); ok {
		path = source.Join(source.Dir(packed), source.Base(name))
	}
	parts := append(w.outer(), strings.FieldsFunc(path, func(r rune) bool { return r == '\\' })...)
	if n := len(parts) - 1 - maxDepth; n > 0 {
		// The folders next to the files tell for which Windows they are.
		parts = append([]string{strings.Join(parts[:n+1], "_")}, parts[n+1:]...)
	}
	name := strings.Join(append([]string{Folder, w.prefix}, parts...), "/")
	if w.files[name] {
		return nil
	}
	w.files[name] = true
	w.bytes += f.Size
	return w.set.read(name, where, f)
}

// read reads a file; packages of one folder may share it.
func (s *Set) read(name, where string, f *source.PackageFile) error {
	old, shared := s.names[strings.ToLower(name)]
	if !shared && s.Bytes+f.Size > MaxBytes {
		return ErrTooLarge
	}
	o, err := f.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	b, err := source.ReadAll(o, MaxBytes)
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	if shared {
		if !bytes.Equal(s.Files[old], b) {
			return fmt.Errorf("%s: another file of this name, upper and lower case aside, is in the same folder", where)
		}
		return nil
	}
	s.Bytes += f.Size
	s.Files[name], s.names[strings.ToLower(name)] = b, name
	return nil
}

// outer are the containers around the package, as folders.
func (w *wanted) outer() []string {
	before, ok := strings.CutSuffix(w.p.Where, " -> "+w.p.Path)
	if !ok {
		return nil
	}
	return strings.FieldsFunc(strings.ReplaceAll(before, " -> ", ""), func(r rune) bool { return r == '\\' })
}
