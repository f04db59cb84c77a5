package builder

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bootmend/bootmend/builder/apt"
	"github.com/bootmend/bootmend/builder/manifest"
)

// packageCache downloads Debian packages of one architecture and keeps their files:
//
//	deb/NAME_VERSION_ARCH.deb     as downloaded
//	packages/ARCH/NAME.json       what apt said about it last
//	unpacked/NAME_VERSION_ARCH/   its files, and beside it their checksums
//
// Nothing is believed because it lies there: packages are compared with the checksum
// that apt's signed lists gave, unpacked files with those that were unpacked.
type packageCache struct {
	dir     string
	arch    Arch
	offline bool // take what apt said last
	logf    func(format string, args ...any)
	// used are the packages that were asked for, by the directory they lie in unpacked.
	used map[string]apt.Package
	// found are the packages by name.
	found map[string]apt.Package
}

func newPackageCache(o Options, arch Arch) *packageCache {
	return &packageCache{dir: o.Cache, arch: arch, offline: o.Offline, logf: o.Logf,
		used: map[string]apt.Package{}, found: map[string]apt.Package{}}
}

// lists are apt's for this architecture; the host's own where they are the same.
func (c *packageCache) lists() apt.Lists {
	if c.arch.Debian() == hostArch() {
		return apt.Lists{}
	}
	return apt.Lists{Arch: c.arch.Debian(), Dir: filepath.Join(c.dir, "apt-"+c.arch.Debian())}
}

// find returns the current version of a package.
func (c *packageCache) find(name string) (apt.Package, error) {
	if p, ok := c.found[name]; ok {
		return p, nil
	}
	note := filepath.Join(c.dir, "packages", c.arch.Debian(), name+".json")
	p, err := c.ask(name, note)
	if err != nil {
		return p, err
	}
	c.found[name] = p
	return p, nil
}

func (c *packageCache) ask(name, note string) (p apt.Package, err error) {
	if c.offline {
		b, err := os.ReadFile(note)
		if errors.Is(err, os.ErrNotExist) {
			return p, fmt.Errorf("package %s: not in the cache %s, and nothing is downloaded because of --offline", name, c.dir)
		}
		if err != nil {
			return p, err
		}
		if err := json.Unmarshal(b, &p); err != nil || p.Name != name {
			return p, fmt.Errorf("%s is damaged (%v): remove it and build once without --offline", note, err)
		}
		return p, nil
	}
	if p, ok := fresh(name, note); ok {
		return p, nil
	}
	lists := c.lists()
	if len(c.found) == 0 {
		if err := lists.Update(time.Now()); errors.Is(err, apt.ErrNoApt) {
			return p, noApt(err)
		} else if err != nil {
			c.logf("WARNING: the package lists of %s are not complete, versions may be older ones: %v", c.arch, err)
		}
	}
	if p, err = lists.Find(name); err != nil {
		return p, noApt(err)
	}
	b, err := json.MarshalIndent(p, "", "\t")
	if err != nil {
		return p, err
	}
	return p, writeWhole(note, append(b, '\n'))
}

// askAgain is how long apt's answer is taken without asking again: it takes a second for
// each of two dozen packages.
const askAgain = time.Hour

// fresh is what apt said about the package within that time.
func fresh(name, note string) (p apt.Package, ok bool) {
	info, err := os.Stat(note)
	if err != nil || time.Since(info.ModTime()) > askAgain {
		return p, false
	}
	b, err := os.ReadFile(note)
	ok = err == nil && json.Unmarshal(b, &p) == nil && p.Name == name
	return p, ok
}

// unpack returns the directory with the files of the package's current version.
func (c *packageCache) unpack(name string) (dir string, err error) {
	p, err := c.find(name)
	if err != nil {
		return "", err
	}
	dir = filepath.Join(c.dir, "unpacked", strings.TrimSuffix(p.File(), ".deb"))
	if _, done := c.used[dir]; done {
		return dir, nil
	}
	switch err := checkUnpacked(dir, p.SHA256); {
	case err == nil:
		c.used[dir] = p
		return dir, nil
	case !errors.Is(err, os.ErrNotExist):
		c.logf("unpacked files are not what they were, unpacking again: %v", err)
	}
	file, err := c.fetch(p)
	if err != nil {
		return "", err
	}
	c.logf("unpacking %s", p.File())
	if err := unpackTo(dir, file, p.SHA256); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	c.used[dir] = p
	return dir, nil
}

// fetch returns the package's file, downloaded unless it is there and whole.
func (c *packageCache) fetch(p apt.Package) (file string, err error) {
	file = filepath.Join(c.dir, "deb", p.File())
	err = checkSum(file, p.SHA256)
	if err == nil {
		return file, nil
	}
	if c.offline {
		return "", fmt.Errorf("package %s %s: nothing is downloaded because of --offline, and %w", p.Name, p.Version, err)
	}
	if !errors.Is(err, os.ErrNotExist) {
		c.logf("downloading %s again: %v", p.Name, err)
		if err := os.Remove(file); err != nil {
			return "", err
		}
	}
	c.logf("downloading %s", p.File())
	if file, err = c.lists().Download(p, filepath.Dir(file)); err != nil {
		return "", err
	}
	return file, checkSum(file, p.SHA256)
}

// source names a file of a boot loader: the packages that may hold it, and its
// possible paths there. Debian and Ubuntu differ.
type source struct {
	packages, paths []string
}

// read returns the first of the source's files that exists, and where it is from.
func (c *packageCache) read(s source) ([]byte, manifest.Package, error) {
	dir, file, err := c.locate(s)
	if err != nil {
		return nil, manifest.Package{}, err
	}
	b, err := os.ReadFile(file)
	return b, c.origin(dir), err
}

// origin is what the manifest says about the package that lies in dir unpacked.
func (c *packageCache) origin(dir string) manifest.Package {
	p := c.used[dir]
	return manifest.Package{Kind: manifest.Debian, Name: p.Name, Version: p.Version, Arch: p.Architecture,
		Source: p.Source, URL: p.URL, SHA256: p.SHA256, Licence: manifest.DebianLicence(c.copyright(dir))}
}

// copyright is the text of the package's copyright file. Packages of one source have
// links to each other's, and links were not unpacked. "": there is none, which the
// manifest then says.
func (c *packageCache) copyright(dir string) string {
	p := c.used[dir]
	for _, from := range append([]string{dir}, slices.Sorted(maps.Keys(c.used))...) {
		if c.used[from].Source != p.Source {
			continue
		}
		if text, err := os.ReadFile(filepath.Join(from, "usr/share/doc", c.used[from].Name, "copyright")); err == nil {
			return string(text)
		}
	}
	return ""
}

// locate returns the first of the source's files that exists, and the directory of
// its unpacked package.
func (c *packageCache) locate(s source) (dir, file string, err error) {
	var all error
	for _, pkg := range s.packages {
		dir, err := c.unpack(pkg)
		if err != nil {
			all = errors.Join(all, err)
			continue
		}
		for _, p := range s.paths {
			file := filepath.Join(dir, p)
			if _, err = os.Stat(file); err == nil {
				return dir, file, nil
			}
			all = errors.Join(all, err)
		}
	}
	return "", "", all
}

// kernelMetaPackages depend on the current kernel of Debian and of Ubuntu.
func (a Arch) kernelMetaPackages() []string {
	if a == I386 {
		return []string{"linux-image-686"}
	}
	return []string{"linux-image-amd64", "linux-image-generic"}
}
