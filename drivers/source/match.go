package source

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/txtsetup"
)

// Rank is the identifier score of Windows, the better the lower: 0x0000 and up, a
// hardware id of the device is the hardware id of the model; 0x1000, it is a
// compatible id of the model; 0x2000 and 0x3000, the same for a compatible id of
// the device. Added is the position in the device's list, and 0x100 times that
// among the model's compatible ids when both are compatible ids.
//
// Source: learn.microsoft.com/windows-hardware/drivers/install, "Identifier score"
// and "Driver package rank example"; the same numbers are given for 2000 to 2003.
// Signature and feature scores, which Windows puts above, are left out: a driver
// that may not run is refused and not ranked.
type Rank uint16

// Match is a package that serves a device.
type Match struct {
	Package *Package
	// ID is the one that matched, as the device has it.
	ID   string
	Rank Rank
	// Target is the Windows that it is matched for.
	Target inf.Target
	// Model of the INF, or Option of the txtsetup.oem.
	Model  *inf.Model
	Option *txtsetup.Option
	// Service of the option for this id.
	Service string
	// Made says how the Windows that the package was made for goes with the
	// target.
	Made Made
}

// Install is what installing the model does (package inf); nil for an option of a
// txtsetup.oem, which has it in itself.
func (m *Match) Install() (*inf.Install, error) {
	if m.Model == nil {
		return nil, nil
	}
	return m.Package.INF.Install(*m.Model, m.Target)
}

// isHardwareID: of the ids of a device on PCI those that name the device itself
// are hardware ids, those that name vendor or class only are compatible ids
// ("Identifiers for PCI devices"). Ids of other buses count as hardware ids.
func isHardwareID(id string) bool {
	id = strings.ToUpper(id)
	return !strings.HasPrefix(id, `PCI\`) || strings.Contains(id, "DEV_")
}

// Match finds the best model for a device in a Windows, false when the package
// has none. ids are all of the device's, the most exact first. An error wraps
// inf.ErrSyntax, or is a failure of the program itself on this package, which must
// not keep the others from being looked at.
func (p *Package) Match(ids []string, t inf.Target) (m Match, found bool, err error) {
	m = Match{Package: p, Target: t}
	defer func() {
		if r := recover(); r != nil {
			m, found, err = Match{Package: p, Target: t}, false, fmt.Errorf("%s: bootmend itself failed on it: %v\n%s", p, r, debug.Stack())
		}
	}()
	if p.Setup != nil {
		return m, p.matchSetup(&m, ids), nil
	}
	models, err := p.INF.Models(t)
	if err != nil {
		return m, false, err
	}
	for i := range models {
		rank, id, ok := rankOf(ids, models[i].HardwareID, models[i].CompatibleIDs)
		if ok && (!found || rank < m.Rank) {
			m.Rank, m.ID, m.Model, found = rank, id, &models[i], true
		}
	}
	if found {
		m.Made = p.madeFor(m.Model, t)
	}
	return m, found, nil
}

// rankOf compares the ids of a device with those of a model.
func rankOf(ids []string, hardware string, compatible []string) (best Rank, id string, found bool) {
	hw, cid := 0, 0
	for _, have := range ids {
		base, pos := Rank(0), &hw
		if !isHardwareID(have) {
			base, pos = 0x2000, &cid
		}
		try := func(r Rank) {
			if r += base + Rank(min(*pos, 0xff)); !found || r < best {
				best, id, found = r, have, true
			}
		}
		if strings.EqualFold(have, hardware) {
			try(0)
		}
		for i, c := range compatible {
			if strings.EqualFold(have, c) {
				r := Rank(0x1000)
				if base != 0 {
					r += 0x100 * Rank(min(i, 15))
				}
				try(r)
			}
		}
		*pos++
	}
	return best, id, found
}

// matchSetup: a txtsetup.oem is for the set-up of NT 4 to 2003; its options have
// hardware ids only.
func (p *Package) matchSetup(m *Match, ids []string) bool {
	if m.Target.Major > 5 {
		return false
	}
	found := false
	for i := range p.Setup.Options {
		o := &p.Setup.Options[i]
		if o.Component != "scsi" || !p.optionFits(o, m.Target) {
			continue
		}
		for _, h := range o.IDs {
			if rank, id, ok := rankOf(ids, h.ID, nil); ok && (!found || rank < m.Rank) {
				m.Rank, m.ID, m.Option, m.Service, found = rank, id, o, h.Service, true
			}
		}
	}
	if found {
		m.Made = p.madeFor(nil, m.Target)
	}
	return found
}

// optionFits: a txtsetup.oem does not say for which processor an option is; its
// driver does, where it can be read.
func (p *Package) optionFits(o *txtsetup.Option, t inf.Target) bool {
	for _, s := range o.Files {
		if s.Type != "driver" {
			continue
		}
		f, _, err := openNamed(p.Tree, Join(Dir(p.Path), Dir(s.Path())), s.Name)
		if err != nil {
			return true // Files tells what is missing
		}
		return machineOf(f) == 0 || machineOf(f) == MachineOf(t.Arch)
	}
	return true
}

// Best matches a device with all packages, the best first: made for this Windows
// rather than for another generation (Made), then as Windows does it, by rank,
// date and version of the driver. Between equals, a package that names the very
// Windows goes before one for an older; an INF goes before a txtsetup.oem.
// Packages that cannot be read are left out; their errors come second.
func Best(all []*Package, ids []string, t inf.Target) ([]Match, []error) {
	var found []Match
	var errs []error
	for _, p := range all {
		m, ok, err := p.Match(ids, t)
		if err != nil {
			errs = append(errs, err)
		} else if ok {
			found = append(found, m)
		}
	}
	slices.SortStableFunc(found, compareMatches)
	return found, errs
}

func compareMatches(a, b Match) int {
	if c := cmp.Compare(a.Made.tier(), b.Made.tier()); c != 0 {
		return c
	}
	if c := cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Made, b.Made)); c != 0 {
		return c
	}
	if (a.Model == nil) != (b.Model == nil) {
		if a.Model != nil {
			return -1
		}
		return 1
	}
	if a.Model == nil {
		return 0
	}
	return compareDriverVer(b.Package.INF.Version.DriverVer, a.Package.INF.Version.DriverVer)
}

// compareDriverVer compares date, then version; what cannot be read is oldest.
func compareDriverVer(a, b inf.DriverVer) int {
	if c := driverDate(a.Date).Compare(driverDate(b.Date)); c != 0 {
		return c
	}
	return slices.Compare(driverVersion(a.Version), driverVersion(b.Version))
}

func driverDate(s string) time.Time {
	for _, form := range []string{"1/2/2006", "1-2-2006"} {
		if t, err := time.Parse(form, strings.TrimSpace(s)); err == nil {
			return t
		}
	}
	return time.Time{}
}

func driverVersion(s string) []int {
	var all []int
	for _, part := range strings.Split(strings.TrimSpace(s), ".") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil {
			return all
		}
		all = append(all, n)
	}
	return all
}
