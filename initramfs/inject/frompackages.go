package inject

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// fromPackages tries the driver packages of all media, the best first wherever it
// lies, one that is beyond doubt before all others. A package that fails, in
// whatever way, is a refusal, and the next one is tried.
func (f *finder) fromPackages() *Offer {
	t := Target(f.w)
	var packages []*source.Package
	for _, place := range f.places() {
		f.searched = append(f.searched, place.tree.Name())
		list := source.Packages(place.tree, place.options(f.ids, t))
		f.problems = append(f.problems, list.Problems...)
		packages = append(packages, list.Packages...)
	}
	matches, errs := source.Best(packages, f.ids, t)
	f.problems = append(f.problems, errs...)
	var second *Offer
	for _, m := range matches {
		offer, err := f.try(m)
		if err != nil {
			f.refusals = append(f.refusals, refusalOf(m, err))
			continue
		}
		if len(offer.Doubts) == 0 {
			return offer
		}
		if second == nil {
			second = offer
		}
	}
	return second
}

// try makes an offer of a package, and its steps as well, so that one is chosen
// only when it can be put in. An error of the program itself, met with a package
// that nobody thought of, is about that package alone.
func (f *finder) try(m source.Match) (offer *Offer, err error) {
	defer func() {
		if r := recover(); r != nil {
			e := packageEvidence(m.Package, "")
			e.Actual = fmt.Sprintf("%v\n%s", r, debug.Stack())
			offer, err = nil, refusals(m.Package.Name(), "", e)(Unusable, "bootmend itself failed on it (%v). Provide another version of the package, and report this one", r)
		}
	}()
	if offer, err = f.fromMatch(m); err != nil {
		return nil, err
	}
	if _, err = Steps(f.w, offer.Drivers...); err != nil {
		return nil, err
	}
	return offer, nil
}

// refusalOf is what is said about a package that failed.
func refusalOf(m source.Match, err error) *Refusal {
	if r := asRefusal(err); r != nil {
		return r
	}
	return refusals(m.Package.Name(), "", packageEvidence(m.Package, ""))(Unusable,
		"it cannot be put into this Windows: %s. Provide another copy or version of the package", strings.TrimSuffix(oneLine(err), "."))
}

func (f *finder) fromMatch(m source.Match) (*Offer, error) {
	drivers, err := FromMatch(m, f.ids)
	own := f.inbox()
	for i := 0; err == nil && i < len(drivers); i++ {
		err = own.bringImports(&drivers[i])
	}
	if err == nil {
		err = f.check(drivers)
	}
	if err != nil {
		return nil, err
	}
	offer := &Offer{Controller: f.link.Controller, From: m.Package.String(), Origin: []inspect.Evidence{{
		Volume: m.Package.Tree.Name(), Path: m.Package.Where, Offset: -1, Actual: fmt.Sprintf("serves %s, %s", m.ID, m.Made)}}}
	offer.Origin, offer.Doubts = append(offer.Origin, own.origin...), own.doubts
	if !f.w.Version.AtLeast(5, 0) && m.Made != source.MadeForThis {
		offer.Doubts = append(offer.Doubts, fmt.Sprintf("nothing says that %s is for Windows NT 4.0", m.Package))
	} else if advice, _ := f.catalog.Needs(bootchain.CatalogDevice(f.link.Controller), f.windows); advice.None && m.Made != source.MadeForThis {
		offer.Doubts = append(offer.Doubts, fmt.Sprintf("there is no driver for %s that is made for this Windows, and %s does not say that it is (better %s)",
			f.link.Controller.ID(), m.Package, strings.TrimSuffix(advice.Package, ".")))
	} else if m.Made >= source.MadeForOther {
		offer.Doubts = append(offer.Doubts, fmt.Sprintf("%s is %s", m.Package, m.Made))
	}
	for i := range drivers {
		doubts, err := Doubts(f.w, &drivers[i])
		if err != nil {
			return nil, err
		}
		offer.Doubts = append(offer.Doubts, doubts...)
	}
	if common := f.brokenCommon(); len(common) > 0 {
		in := f.inbox()
		more, err := in.drivers(common, true)
		if err != nil {
			return nil, err
		}
		drivers = append(drivers, more...)
	}
	offer.Drivers = drivers
	return offer, nil
}

// place is a tree that packages are looked for in.
type place struct {
	tree  source.Tree
	store bool // a driver store: only INF files in the first folders
}

func (p place) options(ids []string, t inf.Target) source.Options {
	o := source.Options{Keep: func(pkg *source.Package) bool {
		_, ok, err := pkg.Match(ids, t)
		return ok || err != nil
	}}
	if p.store {
		o.ComponentStore, o.Containers, o.Depth = true, -1, 2
	}
	return o
}

// places are the media, then what was staged in this Windows or in another one.
func (f *finder) places() []place {
	var all []place
	if f.p != nil {
		for _, t := range f.p.Media {
			all = append(all, place{tree: t})
		}
	}
	stores := []*inspect.Installation{f.w}
	if f.p != nil {
		for _, o := range f.p.Windows {
			if o != f.w && o.Arch == f.w.Arch && o.VersionErr == nil && o.Version.Major == f.w.Version.Major && o.Version.Minor == f.w.Version.Minor {
				stores = append(stores, o)
			}
		}
	}
	for _, w := range stores {
		t := w.Volume.Tree()
		if t == nil {
			continue
		}
		folder := w.Path(`system32\DriverStore\FileRepository`)
		if _, err := t.ReadDir(folder); err == nil {
			all = append(all, place{tree: subtree{t, folder}, store: true})
		}
	}
	return all
}
