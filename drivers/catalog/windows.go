package catalog

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bootmend/bootmend/drivers/inf"
)

// NT is a version of Windows as major*100 + minor: 5.1 is 501, 10.0 is 1000.
type NT int

// NTVersion makes an NT from the two numbers.
func NTVersion(major, minor uint32) NT { return NT(major*100 + minor) }

// String is the version as Windows writes it: "5.1".
func (n NT) String() string { return fmt.Sprintf("%d.%d", n/100, n%100) }

// Windows is what the choice of a driver depends on. Build 0 and Arch "" mean
// that it is not known: then lines for one build or processor only are not taken
// where there are others, and an unknown build counts as the first of its version.
type Windows struct {
	NT    NT
	Build uint32
	Arch  inf.Arch
}

// Name is what people call the version: "Windows XP x64 / Server 2003".
func (w Windows) Name() string {
	switch {
	case w.NT == 400:
		return "Windows NT 4.0"
	case w.NT == 500:
		return "Windows 2000"
	case w.NT == 501:
		return "Windows XP"
	case w.NT == 502:
		return "Windows Server 2003"
	case w.NT == 600:
		return "Windows Vista / Server 2008"
	case w.NT == 601:
		return "Windows 7 / Server 2008 R2"
	case w.NT == 602:
		return "Windows 8 / Server 2012"
	case w.NT == 603:
		return "Windows 8.1 / Server 2012 R2"
	case w.NT == 1000 && w.Build >= 22000:
		return "Windows 11 / Server 2025"
	case w.NT == 1000:
		return "Windows 10 / Server 2016-2022"
	}
	return "Windows NT " + w.NT.String()
}

// version is a point in the history of Windows.
type version struct {
	nt    NT
	build uint32
}

func (v version) before(o version) bool {
	return v.nt < o.nt || v.nt == o.nt && v.build < o.build
}

const lastBuild = 1<<32 - 1

// span is a range of versions, both ends included.
type span struct {
	from, to version
	unproved bool
}

func (s span) has(w Windows) bool {
	v := version{w.NT, w.Build}
	return !v.before(s.from) && !s.to.before(v)
}

// parseSpans reads "5.0-5.2 6.0[U] 6.1 10.0.14393-": versions and ranges, a
// version without build standing for all of its builds, an open end for all that
// follow, and [U] for what is not proved.
func parseSpans(text string) ([]span, error) {
	var all []span
	for _, f := range strings.Fields(text) {
		var s span
		f, s.unproved = strings.CutSuffix(f, "[U]")
		from, to, isRange := strings.Cut(f, "-")
		if !isRange {
			to = from
		}
		var err error
		if s.from, err = parseVersion(from, 0); err != nil {
			return nil, err
		}
		if isRange && to == "" {
			s.to = version{1 << 30, lastBuild}
		} else if s.to, err = parseVersion(to, lastBuild); err != nil {
			return nil, err
		}
		if s.to.before(s.from) {
			return nil, fmt.Errorf("versions %q end before they start", f)
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no version of Windows")
	}
	return all, nil
}

// parseVersion reads major.minor[.build].
func parseVersion(s string, build uint32) (version, error) {
	parts := strings.Split(s, ".")
	n := [3]uint64{2: uint64(build)}
	if len(parts) < 2 || len(parts) > 3 {
		return version{}, fmt.Errorf("version %q: want major.minor or major.minor.build", s)
	}
	for i, p := range parts {
		var err error
		if n[i], err = strconv.ParseUint(p, 10, []int{8, 8, 32}[i]); err != nil {
			return version{}, fmt.Errorf("version %q: %w", s, err)
		}
	}
	return version{NTVersion(uint32(n[0]), uint32(n[1])), uint32(n[2])}, nil
}
