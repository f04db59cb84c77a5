package drivers

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/source"
)

// wanted is a package while it is judged.
type wanted struct {
	set    *Set
	p      *source.Package
	prefix string
	files  map[string]bool
	bytes  int64
	first  error // of what is missing
	whole  int   // installations that have their driver
	boots  bool
}

// targets are the Windows that packages are for, one of each kind.
func targets() []inf.Target {
	var all []inf.Target
	for _, v := range []struct{ major, minor, build int }{{4, 0, 1381}, {5, 0, 2195}, {5, 1, 2600}, {5, 2, 3790}, {6, 0, 6002}, {6, 1, 7601},
		{6, 2, 9200}, {6, 3, 9600}, {10, 0, 10240}, {10, 0, 14393}, {10, 0, 17763}, {10, 0, 19041}, {10, 0, 22000}, {10, 0, 26100}} {
		for _, arch := range []inf.Arch{inf.X86, inf.AMD64, inf.ARM64} {
			for _, product := range []inf.Product{inf.Workstation, inf.Server} {
				all = append(all, inf.Target{Major: v.major, Minor: v.minor, Build: v.build, Arch: arch, Product: product})
			}
		}
	}
	return all
}

// bootClasses are those of the controllers that disks hang on.
var bootClasses = []string{"{4d36e96a-e325-11ce-bfc1-08002be10318}", "{4d36e97b-e325-11ce-bfc1-08002be10318}"}

// collect takes the files, or says why the package is left out.
func (w *wanted) collect() (leftOut string, err error) {
	var sets []*source.Set
	if w.p.Setup != nil {
		sets = w.setup()
	} else if sets, err = w.installs(); err != nil {
		return "", err
	}
	switch {
	case !w.boots:
		return "no driver that Windows needs to start", nil
	case w.whole == 0 && w.first != nil:
		return w.first.Error(), nil
	case w.whole == 0:
		return "it copies no driver", nil
	}
	for _, set := range sets {
		for _, f := range append([]*source.PackageFile{set.INF, set.Catalog}, pointers(set.Files)...) {
			if f == nil {
				continue
			}
			if err := w.put(f.Where, f); err != nil {
				return "", err
			}
		}
	}
	if w.p.Setup != nil {
		return "", w.putSetup()
	}
	return "", nil
}

func pointers(files []source.PackageFile) []*source.PackageFile {
	var all []*source.PackageFile
	for i := range files {
		all = append(all, &files[i])
	}
	return all
}

// putSetup adds the txtsetup.oem itself.
func (w *wanted) putSetup() error {
	f, err := w.p.Tree.Open(w.p.Path)
	if err != nil {
		return err
	}
	return w.put(w.p.Path, source.NewPackageFile(w.p.Tree, w.p.Path, f.Size()))
}

// installs are the files of every install section for every Windows.
func (w *wanted) installs() ([]*source.Set, error) {
	var sets []*source.Set
	class := strings.ToLower(w.p.INF.Version.ClassGUID)
	for _, c := range bootClasses {
		w.boots = w.boots || class == c
	}
	for _, t := range targets() {
		models, err := w.p.INF.Models(t)
		if err != nil {
			return nil, w.unusable(err)
		}
		seen := map[string]bool{}
		for _, m := range models {
			if seen[m.Section] {
				continue
			}
			seen[m.Section] = true
			do, err := w.p.INF.Install(m, t)
			if err != nil {
				if err := w.unusable(err); err != nil {
					return nil, err
				}
				continue
			}
			for _, s := range do.Services {
				w.boots = w.boots || s.Start == 0 && s.Type == 1 && s.Name != ""
			}
			set, err := w.p.Files(do, t)
			w.count(set, err)
			sets = append(sets, set)
		}
	}
	return sets, nil
}

// unusable: what an INF says wrongly costs that installation.
func (w *wanted) unusable(err error) error {
	if !errors.Is(err, inf.ErrSyntax) {
		return err
	}
	if w.first == nil {
		w.first = fmt.Errorf("%s: %w", w.p.Where, err)
	}
	return nil
}

func (w *wanted) setup() []*source.Set {
	var sets []*source.Set
	for i := range w.p.Setup.Options {
		o := &w.p.Setup.Options[i]
		if o.Component != "scsi" {
			continue
		}
		w.boots = true
		for _, arch := range []inf.Arch{inf.X86, inf.AMD64} {
			set, err := w.p.SetupFiles(o, inf.Target{Major: 5, Minor: 2, Arch: arch})
			w.count(set, err)
			sets = append(sets, set)
		}
	}
	return sets
}

// count: an installation is whole when nothing is missing and it has a driver.
func (w *wanted) count(set *source.Set, err error) {
	if err != nil {
		if w.first == nil {
			w.first = err
		}
		return
	}
	for _, f := range set.Files {
		if source.Ext(f.Name) == ".sys" {
			w.whole++
			return
		}
	}
}
