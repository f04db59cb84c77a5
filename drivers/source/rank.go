package source

import (
	"cmp"
	"slices"

	"github.com/bootmend/bootmend/drivers/pe"
)

// Fit is how the version of a file goes with a Windows, the better the lower.
type Fit uint8

// The grades of Fit.
const (
	// SameServicePack: build, service pack and branch are those of the kernel.
	SameServicePack Fit = iota
	// EarlierServicePack: the build is the same, the file is from before. Files
	// that a service pack did not change keep their version.
	EarlierServicePack
	// OtherBranch: the same build and service pack, the other branch of updates
	// (GDR and LDR); its files run, but need not match others in detail.
	OtherBranch
	// LaterServicePack: the build is the same, the service pack newer.
	LaterServicePack
	// OtherBuild: the same version of Windows in another build (Windows 10 and
	// 11; 6001 and 6002).
	OtherBuild
	// UnknownVersion: the file says nothing.
	UnknownVersion
	// OtherVersion of Windows. Such files are rejected.
	OtherVersion
)

// String is for people.
func (f Fit) String() string {
	switch f {
	case SameServicePack:
		return "of the same service pack"
	case EarlierServicePack:
		return "of an earlier service pack"
	case OtherBranch:
		return "of the other branch of updates"
	case LaterServicePack:
		return "of a later service pack"
	case OtherBuild:
		return "of another build"
	case UnknownVersion:
		return "without version"
	}
	return "of another version of Windows"
}

// servicePackStarts gives where the files of service packs begin, by the last
// number of their version, for Windows that kept the build number. Sources: the
// kernels of the service packs, XP: 5.1.2600.1106, 2180, 5512, 2003: 5.2.3790.1830,
// 3959 (tables of system files by version on GitHub agree). 2000 is not proved: the
// kernels are said to be 1620, 2951, 5438 and 6717, and files of SP4 to begin at 66xx
// (serial.sys and atapi.sys 5.0.2195.6655); the starts are below these. Where they
// are wrong the order of candidates is less good, and nothing else.
func servicePackStarts(major, minor, build uint16) []uint16 {
	switch {
	case major == 5 && minor == 0 && build == 2195:
		return []uint16{1600, 2700, 4900, 6600}
	case major == 5 && minor == 1 && build == 2600:
		return []uint16{1106, 2180, 5512}
	case major == 5 && minor == 2 && build == 3790:
		return []uint16{1830, 3959}
	}
	return nil
}

// servicePackOf is the number of the service pack that a file of NT 5 is from; 0
// for others, whose build numbers tell.
func servicePackOf(v pe.Version) int {
	n := 0
	for _, start := range servicePackStarts(v[0], v[1], v[2]) {
		if v[3] >= start {
			n++
		}
	}
	return n
}

// isLDR: from Vista to 8.1 the branch of all fixes has numbers from 20000 on, that
// of general fixes lower ones (7601.17514 and 18xxx, 7601.22xxx).
func isLDR(v pe.Version) bool { return v[0] == 6 && v[3] >= 20000 }

// fitOf compares the version of a file with that of the kernel it is to run
// under. "19041.x serves 19045": the kernel of such a Windows says 19041 itself.
func fitOf(file, kernel pe.Version) Fit {
	switch {
	case file[0] != kernel[0] || file[1] != kernel[1]:
		return OtherVersion
	case file[2] != kernel[2]:
		return OtherBuild
	}
	if c := cmp.Compare(servicePackOf(file), servicePackOf(kernel)); c != 0 {
		if c < 0 {
			return EarlierServicePack
		}
		return LaterServicePack
	}
	if isLDR(file) != isLDR(kernel) {
		return OtherBranch
	}
	return SameServicePack
}

// wanted is the kernel's version, or what is as good: the lowest version of the
// build and service pack.
func (s *search) wanted() pe.Version {
	if s.kernel != (pe.Version{}) {
		return s.kernel
	}
	v := pe.Version{uint16(s.want.Major), uint16(s.want.Minor), uint16(s.want.Build)}
	if starts := servicePackStarts(v[0], v[1], v[2]); s.want.ServicePack > 0 && s.want.ServicePack <= len(starts) {
		v[3] = starts[s.want.ServicePack-1]
	}
	return v
}

// sort brings the candidates in order: how they fit; the installation itself
// before others; copies that are in use before those that updates replaced; the
// newest; the place that is searched first.
func (s *search) sort() {
	older := func(c *Candidate) int {
		if c.Origin.Older() {
			return 1
		}
		return 0
	}
	donor := func(c *Candidate) int {
		if c.Donor {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(s.found.Candidates, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.Fit, b.Fit), donor(&a)-donor(&b), older(&a)-older(&b), b.Version.Compare(a.Version))
	})
}
