package builder

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bootmend/bootmend/builder/apt"
	"github.com/bootmend/bootmend/builder/lock"
	"github.com/bootmend/bootmend/builder/manifest"
	"github.com/bootmend/bootmend/builder/progress"
	"github.com/bootmend/bootmend/builder/scratch"
)

// packageCache downloads Debian packages of one architecture and keeps their files:
//
//	deb/NAME_VERSION_ARCH.deb     as downloaded
//	packages/ARCH/NAME.json       what apt said about it last, and when
//	unpacked/NAME_VERSION_ARCH/   its files, and beside it their checksums
//
// Nothing is believed because it lies there: packages are compared with the checksum
// that apt's signed lists gave, unpacked files with those that were unpacked, and what
// apt said and the lists of checksums have one of their own. apt's answer is taken for
// an hour unless its lists change, and with --offline whatever its age; that is said.
// Checksums find damage; who can write to the cache can put in what they want.
type packageCache struct {
	dir     string
	arch    Arch
	offline bool // take what apt said last
	logf    func(format string, args ...any)
	tell    progress.Func
	scratch *scratch.Space
	// used are the packages that were asked for, by the directory they lie in unpacked.
	used map[string]apt.Package
	// found are the packages by name, asked those of them that apt was asked for now.
	found map[string]apt.Package
	asked []string
	// partial: the lists of packages could not be fetched whole.
	partial bool
	// oldest is the age of apt's oldest answer of which was said that it is taken.
	oldest time.Duration
	said   bool
}

func newPackageCache(o Options, arch Arch) *packageCache {
	return &packageCache{dir: o.Cache, arch: arch, offline: o.Offline, logf: o.Logf, tell: o.Progress, scratch: o.Scratch,
		used: map[string]apt.Package{}, found: map[string]apt.Package{}}
}

// lists are apt's for this architecture; the host's own where they are the same.
func (c *packageCache) lists() apt.Lists {
	if c.arch.Debian() == hostArch() {
		return apt.Lists{Progress: c.tell}
	}
	return apt.Lists{Arch: c.arch.Debian(), Dir: filepath.Join(c.dir, "apt-"+c.arch.Debian()), Progress: c.tell}
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

// ask takes apt's answer out of the cache where it is fresh or nothing may be asked.
func (c *packageCache) ask(name, file string) (p apt.Package, err error) {
	now, lists := time.Now(), c.lists()
	n, err := readNote(file, name)
	switch {
	case c.offline && errors.Is(err, os.ErrNotExist):
		return p, fmt.Errorf("package %s: not in the cache %s, and nothing is downloaded because of --offline: build once without --offline", name, c.dir)
	case c.offline && err != nil:
		return p, fmt.Errorf("package %s: %w: build once without --offline, which asks apt again", name, err)
	case c.offline, err == nil && n.fresh(now, lists.Changed()):
		c.sayAge(now.Sub(n.Asked))
		return n.Package, nil
	}
	if len(c.asked) == 0 {
		if err := c.update(lists, now); err != nil {
			return p, err
		}
	}
	if p, err = lists.Find(name); err != nil {
		return p, noApt(err)
	}
	c.asked = append(c.asked, name)
	return p, writeNote(file, note{Asked: now.UTC(), Partial: c.partial, Package: p})
}

// oldLists is the age at which the host's package lists are worth a word.
const oldLists = 7 * 24 * time.Hour

// update fetches the lists of another architecture, and says when those that there are
// may be old.
func (c *packageCache) update(lists apt.Lists, now time.Time) error {
	if !lists.Fresh(now) {
		c.logf("fetching the package lists of %s", c.arch)
	}
	if err := lists.Update(now); errors.Is(err, apt.ErrNoApt) {
		return noApt(err)
	} else if err != nil {
		c.partial = true
		c.logf("WARNING: the package lists of %s are not complete, versions may be older ones: %v", c.arch, err)
	}
	if changed := lists.Changed(); !changed.IsZero() && now.Sub(changed) > oldLists {
		c.logf("WARNING: apt's package lists were fetched %s, versions may be older ones: \"apt-get update\" fetches new ones", ageOf(now.Sub(changed)))
	}
	return nil
}

// sayAge tells how old the answers are that are taken out of the cache: the first, and
// each that is older by an hour.
func (c *packageCache) sayAge(age time.Duration) {
	if c.said && age < c.oldest+time.Hour {
		return
	}
	c.said, c.oldest = true, age
	if c.offline {
		c.logf("packages for %s are of the versions that apt named %s (--offline; without it, it is asked again)", c.arch, ageOf(age))
		return
	}
	c.logf("packages for %s are of the versions that apt named %s", c.arch, ageOf(age))
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
	if checkUnpacked(dir, p.SHA256) == nil {
		c.used[dir] = p
		return dir, nil
	}
	release, err := c.alone()
	if err != nil {
		return "", err
	}
	defer release()
	switch err := checkUnpacked(dir, p.SHA256); {
	case err == nil: // by another build, a moment ago
		c.used[dir] = p
		return dir, nil
	case !errors.Is(err, os.ErrNotExist):
		c.logf("unpacked files are not what they were, unpacking again: %v", err)
	}
	file, err := c.download(p)
	if err != nil {
		return "", err
	}
	c.logf("unpacking %s", p.File())
	if err := unpackTo(c.scratch, dir, file, p.SHA256, c.tell); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	c.used[dir] = p
	return dir, nil
}

// alone keeps other builds from filling the cache at the same time.
func (c *packageCache) alone() (release func(), err error) {
	return lock.Take(filepath.Join(c.dir, "packages.lock"), func() { c.logf("waiting for another build that fills the cache %s", c.dir) })
}

// fetch returns the package's file, downloaded unless it is there and whole.
func (c *packageCache) fetch(p apt.Package) (file string, err error) {
	release, err := c.alone()
	if err != nil {
		return "", err
	}
	defer release()
	return c.download(p)
}

// download is fetch for whoever is alone.
func (c *packageCache) download(p apt.Package) (file string, err error) {
	file = filepath.Join(c.dir, "deb", p.File())
	err = checkSum(file, p.SHA256)
	if err == nil {
		return file, nil
	}
	if c.offline {
		return "", fmt.Errorf("package %s %s: %w; nothing is downloaded because of --offline: build once without it", p.Name, p.Version, err)
	}
	if !errors.Is(err, os.ErrNotExist) {
		c.logf("downloading %s again: %v", p.Name, err)
		if err := os.Remove(file); err != nil {
			return "", err
		}
	}
	c.logf("downloading %s", p.File())
	if file, err = c.lists().Download(p, filepath.Dir(file)); err != nil {
		return "", fmt.Errorf("package %s %s: %w\nIf the server has it no more, \"apt-get update\" tells apt of the version that it has", p.Name, p.Version, err)
	}
	if err := checkSum(file, p.SHA256); err != nil {
		return "", errors.Join(fmt.Errorf("package %s %s is not what apt's lists promise, and is not used: %w; try again after \"apt-get update\", and if that does not help, from another mirror", p.Name, p.Version, err), os.Remove(file))
	}
	return file, nil
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
