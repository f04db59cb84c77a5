package inject

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/catalog"
	"github.com/bootmend/bootmend/drivers/inf"
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
	// Refusals are packages that were passed over, Problems what could not be read
	// while the driver was looked for.
	Refusals []*Refusal
	Problems []error
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
	if offer := f.fromPackages(); offer != nil {
		offer.Refusals, offer.Problems = f.refusals, f.problems
		return offer, nil
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
