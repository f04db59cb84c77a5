package inject

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/catalog"
	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
)

// Offer is how a Windows can come to start from a controller.
type Offer struct {
	Controller machine.Controller
	// Drivers go to Steps.
	Drivers []Driver
	// From says in words where they come from.
	From string
	// Doubts are sentences; with one the offer is not certain enough to be
	// carried out unasked.
	Doubts []string
	Origin []inspect.Evidence

	// loose: files of a driver that does not come with Windows, without the
	// package that they belong to.
	loose bool
}

// NeedError says that no driver can be had, and which one to provide.
type NeedError struct {
	Windows    string // label of the installation
	Controller machine.Controller
	Advice     catalog.Advice // zero when the catalog knows none
	// Refusals are about what was found and cannot be used.
	Refusals []*Refusal
	// Searched are the places that packages were looked for in, Problems what could
	// not be read there.
	Searched []string
	Problems []error
}

// Error names what to provide.
func (e *NeedError) Error() string {
	return fmt.Sprintf("%s has no usable driver for %s: %s", e.Windows, e.Controller, e.Provide())
}

// Provide is one or more sentences that say what a person can do.
func (e *NeedError) Provide() string {
	var b strings.Builder
	refusals := e.Refusals
	switch {
	case e.Advice.None:
		fmt.Fprintf(&b, "There is no driver for %s that this Windows could use: %s.", e.Controller.ID(), strings.TrimSuffix(e.Advice.Package, "."))
	case e.Advice.Package != "":
		fmt.Fprintf(&b, "Provide %s. A package is taken from --drivers or from an attached medium.", strings.TrimSuffix(e.Advice.Package, "."))
	case len(refusals) > 0 && refusals[0].Inbox:
		fmt.Fprintf(&b, "%s, or provide the manufacturer's driver package for %s with --drivers.", strings.TrimSuffix(refusals[0].Sentence, "."), e.Controller.ID())
		refusals = refusals[1:]
	default:
		fmt.Fprintf(&b, "Provide the manufacturer's driver package for %s and this Windows, with --drivers or on an attached medium.", e.Controller.ID())
	}
	if e.Advice.Notes != "" {
		fmt.Fprintf(&b, " %s.", strings.TrimSuffix(e.Advice.Notes, "."))
	}
	for i, r := range refusals {
		if i == 4 {
			fmt.Fprintf(&b, " (%d more.)", len(refusals)-i)
			break
		}
		fmt.Fprintf(&b, " %s was not used: %s.", r.Driver, strings.TrimSuffix(r.Sentence, "."))
	}
	return b.String()
}

// For finds a driver for a controller: what Windows has already, its inbox driver
// with files from the installation's own sources or from another Windows of the
// same version on the disks, a driver package from the media. The error is a
// *NeedError when there is none.
func For(p *inspect.Patient, w *inspect.Installation, c machine.Controller) (*Offer, error) {
	if _, err := newPlan(w); err != nil {
		return nil, err
	}
	known, err := catalog.Load()
	if err != nil {
		return nil, err
	}
	need := &NeedError{Windows: w.Label(), Controller: c}
	need.Advice, _ = known.Needs(bootchain.CatalogDevice(c), bootchain.CatalogWindows(w))
	if c.Bus == machine.USB {
		return nil, need
	}
	link, err := bootchain.StorageOn(w, &c)
	if err != nil {
		return nil, err
	}
	f := finder{p: p, w: w, link: link, catalog: known, windows: bootchain.CatalogWindows(w),
		ids: bootchain.CatalogDevice(c).IDs()}
	own, err := f.fromWindows()
	if err != nil || own != nil && !own.loose {
		return own, err
	}
	if offer, err := f.fromPackages(); offer != nil || err != nil {
		return offer, err
	}
	if own != nil {
		own.Doubts = append(own.Doubts, fmt.Sprintf("%s was found without its package, so that its signature is not known", own.From))
		return own, nil
	}
	need.Refusals, need.Searched, need.Problems = f.refusals, f.searched, f.problems
	return nil, need
}

// finder looks for the driver of one controller.
type finder struct {
	p        *inspect.Patient
	w        *inspect.Installation
	link     *bootchain.StorageLink
	catalog  *catalog.Catalog
	windows  catalog.Windows
	ids      []string
	refusals []*Refusal
	searched []string
	problems []error
}

// fromWindows tries the services that the registry or the catalog names; nil
// without error when none can be completed.
func (f *finder) fromWindows() (*Offer, error) {
	type choice struct {
		names []string
		bound bool
	}
	var choices []choice
	if len(f.link.Services) > 0 {
		choices = append(choices, choice{f.link.Services, f.link.Bound})
	}
	if e, ok := f.catalog.Find(bootchain.CatalogDevice(f.link.Controller), f.windows); ok && !slices.EqualFunc(e.Names(), f.link.Services, strings.EqualFold) {
		choices = append(choices, choice{e.Names(), false})
	}
	for _, ch := range choices {
		in := f.inbox()
		drivers, err := in.drivers(slices.Concat(ch.names, f.brokenCommon()), ch.bound)
		if err == nil {
			err = f.check(drivers)
		}
		if r := asRefusal(err); r != nil {
			r.Inbox = true
			f.refusals = append(f.refusals, r)
			continue
		}
		if err != nil {
			return nil, err
		}
		offer := &Offer{Controller: f.link.Controller, Drivers: drivers, Doubts: in.doubts, Origin: in.origin, From: "Windows itself"}
		if len(in.origin) > 0 {
			d := &drivers[0]
			offer.loose = !f.comesWithWindows(d.Service.Name) && slices.ContainsFunc(d.Files, func(f File) bool { return strings.EqualFold(f.Path, d.Service.file()) })
			offer.From = fmt.Sprintf("%s on %s", in.origin[0].Path, in.origin[0].Volume)
		}
		return offer, nil
	}
	return nil, nil
}

func (f *finder) inbox() *inbox {
	return &inbox{p: f.p, w: f.w, c: f.link.Controller, catalog: f.catalog, windows: f.windows}
}

// comesWithWindows: it is the inbox driver of the controller.
func (f *finder) comesWithWindows(service string) bool {
	e, ok := f.catalog.Find(bootchain.CatalogDevice(f.link.Controller), f.windows)
	return ok && slices.ContainsFunc(e.Names(), func(n string) bool { return strings.EqualFold(n, service) })
}

// brokenCommon are the drivers that every disk needs and that would not start.
func (f *finder) brokenCommon() []string {
	var names []string
	for _, set := range f.link.Sets {
		for _, d := range set.Common {
			if !d.Starts() && !slices.Contains(names, d.Name) {
				names = append(names, d.Name)
			}
		}
	}
	return names
}

func (f *finder) check(drivers []Driver) error {
	for i := range drivers {
		if err := Check(f.w, &drivers[i]); err != nil {
			return err
		}
	}
	return nil
}

// fromPackages tries the driver packages on the media, the best first, one that
// is beyond doubt before all others.
func (f *finder) fromPackages() (*Offer, error) {
	t := Target(f.w)
	var second *Offer
	for _, place := range f.places() {
		f.searched = append(f.searched, place.tree.Name())
		list := source.Packages(place.tree, place.options(f.ids, t))
		f.problems = append(f.problems, list.Problems...)
		matches, _ := source.Best(list.Packages, f.ids, t)
		for _, m := range matches {
			offer, err := f.fromMatch(m)
			if r := asRefusal(err); r != nil {
				f.refusals = append(f.refusals, r)
				continue
			}
			if err != nil {
				return nil, err
			}
			if len(offer.Doubts) == 0 {
				return offer, nil
			}
			if second == nil {
				second = offer
			}
		}
	}
	return second, nil
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

// Target is an installation as an INF file sees it.
func Target(w *inspect.Installation) inf.Target {
	t := inf.Target{Major: int(w.Version.Major), Minor: int(w.Version.Minor), Build: int(w.Version.Build), Arch: inf.Arch(w.Arch),
		Root: windowsPath(w, "")}
	for _, set := range w.ControlSets {
		product, err := set.ProductType()
		if err != nil {
			continue
		}
		t.Product = map[string]inf.Product{"winnt": inf.Workstation, "lanmannt": inf.DomainController, "servernt": inf.Server}[strings.ToLower(product)]
		break
	}
	return t
}

// IsNeed takes a *NeedError out of an error.
func IsNeed(err error) (*NeedError, bool) {
	var n *NeedError
	ok := errors.As(err, &n)
	return n, ok
}
