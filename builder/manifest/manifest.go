package manifest

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Package is where files are from.
type Package struct {
	Kind    Kind   `json:"kind"`
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Arch    string `json:"arch,omitempty"`
	Source  string `json:"source,omitempty"` // name of Debian's source package
	URL     string `json:"url,omitempty"`    // where it was fetched from
	SHA256  string `json:"sha256,omitempty"` // of the package's file
	Sum     string `json:"h1,omitempty"`     // of a Go module, as in go.sum
	Licence string `json:"licence"`          // SPDX expression
}

// Kind says who made a package.
type Kind string

const (
	Debian Kind = "deb"  // Debian or Ubuntu
	Module Kind = "go"   // Go module, or Go itself
	Own    Kind = "own"  // of this project, or made by it
	Given  Kind = "user" // by the person who built the medium
)

// ID names the package in a manifest.
func (p Package) ID() string {
	id := string(p.Kind) + ":" + p.Name
	if p.Version != "" {
		id += "@" + p.Version
	}
	if p.Arch != "" {
		id += "/" + p.Arch
	}
	return id
}

// File is a file of the medium. In an archive its path is that of the archive, a colon,
// and the path there: "boot/initrd.img:bin/nano".
type File struct {
	Path     string   `json:"path"`
	Size     int64    `json:"size"`
	SHA256   string   `json:"sha256"`
	SHA1     string   `json:"sha1,omitempty"` // "": an older mkrescue listed the file
	Packages []string `json:"packages"`       // IDs
}

// Manifest lists files and packages. The zero value is empty.
type Manifest struct {
	Created  time.Time // what Parse read; JSON is told
	packages map[string]Package
	files    map[string]File
}

// Add says that the medium has this file, made of these packages. A file that is there
// already is replaced.
func (m *Manifest) Add(path string, content []byte, from ...Package) {
	if m.files == nil {
		m.files, m.packages = map[string]File{}, map[string]Package{}
	}
	f := File{Path: path, Size: int64(len(content)), SHA256: fmt.Sprintf("%x", sha256.Sum256(content)), SHA1: fmt.Sprintf("%x", sha1.Sum(content))}
	for _, p := range from {
		m.packages[p.ID()] = p
		f.Packages = append(f.Packages, p.ID())
	}
	slices.Sort(f.Packages)
	f.Packages = slices.Compact(f.Packages)
	m.files[path] = f
}

// Complete adds what is not known of a listed file whose content, proved by its SHA-256, is
// this.
func (m *Manifest) Complete(path string, content []byte) {
	if f, ok := m.files[path]; ok && f.SHA1 == "" {
		f.SHA1 = fmt.Sprintf("%x", sha1.Sum(content))
		m.files[path] = f
	}
}

// Rename gives new paths to files; "" leaves one out.
func (m *Manifest) Rename(to func(path string) string) {
	files := map[string]File{}
	for path, f := range m.files {
		if f.Path = to(path); f.Path != "" {
			files[f.Path] = f
		}
	}
	m.files = files
}

// Files are sorted by path.
func (m *Manifest) Files() []File {
	var all []File
	for _, path := range slices.Sorted(maps.Keys(m.files)) {
		all = append(all, m.files[path])
	}
	return all
}

// Packages are those that files are from, sorted by ID.
func (m *Manifest) Packages() []Package {
	used := map[string]bool{}
	for _, f := range m.files {
		for _, id := range f.Packages {
			used[id] = true
		}
	}
	var all []Package
	for _, id := range slices.Sorted(maps.Keys(used)) {
		all = append(all, m.packages[id])
	}
	return all
}
