package source

import (
	"strconv"
	"strings"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/pe"
)

// Made says how the Windows that a package was made for goes with the Windows
// that is to have it, the better the lower.
//
// Collections as virtio-win's have an INF of the same name for each Windows, and
// the INF does not always say for which: those for XP and 2003 have no version in
// [Manufacturer], that for 10 names 6.3 like that for 8.1. The folder says it then:
// viostor\w10\amd64. So the folder counts first, then the version in
// [Manufacturer].
type Made uint8

// The grades of Made.
const (
	MadeForThis    Made = iota // the very version of Windows
	MadeForUnknown             // nothing says for which
	MadeForOlder               // an older one of the same driver model
	MadeForOther               // of a driver model before: NT 5 for Vista and later
	MadeForNewer               // a newer one: functions may be missing
)

// tier: what is certainly for another Windows comes last whatever its rank.
func (m Made) tier() int {
	if m >= MadeForOther {
		return int(m)
	}
	return 0
}

// String is for people.
func (m Made) String() string {
	switch m {
	case MadeForThis:
		return "made for this Windows"
	case MadeForUnknown:
		return "made for no particular Windows"
	case MadeForOlder:
		return "made for an older Windows"
	case MadeForOther:
		return "made for Windows before Vista"
	}
	return "made for a newer Windows"
}

// release is a version of Windows that a folder is named after; build 0: any.
type release struct{ major, minor, build int }

// folderNames are what collections of drivers call their folders: virtio-win
// (w7, 2k8R2, ...), its old images (WXP, WNET, WLH), and what makers write.
func folderNames() map[string]release {
	return map[string]release{
		"nt4": {4, 0, 0}, "w2k": {5, 0, 0}, "2k": {5, 0, 0}, "win2k": {5, 0, 0}, "win2000": {5, 0, 0}, "2000": {5, 0, 0},
		"xp": {5, 1, 0}, "wxp": {5, 1, 0}, "winxp": {5, 1, 0}, "windowsxp": {5, 1, 0},
		"2k3": {5, 2, 0}, "wnet": {5, 2, 0}, "win2003": {5, 2, 0}, "win2k3": {5, 2, 0}, "2003": {5, 2, 0}, "ws03": {5, 2, 0},
		"vista": {6, 0, 0}, "winvista": {6, 0, 0}, "wlh": {6, 0, 0}, "2k8": {6, 0, 0}, "win2008": {6, 0, 0}, "2008": {6, 0, 0}, "wv": {6, 0, 0},
		"w7": {6, 1, 0}, "win7": {6, 1, 0}, "windows7": {6, 1, 0}, "2k8r2": {6, 1, 0}, "2008r2": {6, 1, 0}, "win2008r2": {6, 1, 0},
		"w8": {6, 2, 0}, "win8": {6, 2, 0}, "windows8": {6, 2, 0}, "2k12": {6, 2, 0}, "2012": {6, 2, 0}, "win2012": {6, 2, 0},
		"w8.1": {6, 3, 0}, "win8.1": {6, 3, 0}, "win81": {6, 3, 0}, "w81": {6, 3, 0}, "windows8.1": {6, 3, 0}, "2k12r2": {6, 3, 0}, "2012r2": {6, 3, 0}, "win2012r2": {6, 3, 0},
		"w10": {10, 0, 10240}, "win10": {10, 0, 10240}, "windows10": {10, 0, 10240}, "2k16": {10, 0, 14393}, "2016": {10, 0, 14393},
		"2k19": {10, 0, 17763}, "2019": {10, 0, 17763}, "2k22": {10, 0, 20348}, "2022": {10, 0, 20348},
		"w11": {10, 0, 22000}, "win11": {10, 0, 22000}, "windows11": {10, 0, 22000}, "2k25": {10, 0, 26100}, "2025": {10, 0, 26100},
	}
}

// folderRelease reads the folders above a package, the nearest first.
func (p *Package) folderRelease() (release, bool) {
	names := folderNames()
	dirs := split(Dir(p.Path))
	for i := len(dirs) - 1; i >= 0; i-- {
		if r, ok := names[strings.ToLower(dirs[i])]; ok {
			return r, true
		}
	}
	return release{}, false
}

// decorationRelease reads the version out of the name of a models section:
// VioStor.NTamd64.6.1.
func decorationRelease(section string) (release, bool) {
	i := strings.LastIndex(strings.ToLower(section), ".nt")
	if i < 0 {
		return release{}, false
	}
	fields := strings.Split(section[i+1:], ".")
	if len(fields) < 2 {
		return release{}, false
	}
	r := release{}
	var err error
	if r.major, err = strconv.Atoi(fields[1]); err != nil {
		return release{}, false
	}
	if len(fields) > 2 {
		r.minor, _ = strconv.Atoi(fields[2])
	}
	if len(fields) > 5 {
		r.build, _ = strconv.Atoi(fields[5])
	}
	return r, true
}

// madeFor judges a package. XP for x64 is a Windows 5.2.
func (p *Package) madeFor(model *inf.Model, t inf.Target) Made {
	r, ok := p.folderRelease()
	if ok && r.major == 5 && r.minor == 1 && t.Arch != inf.X86 {
		r.minor = 2
	}
	if !ok && model != nil {
		r, ok = decorationRelease(model.From)
	}
	switch have, want := r.major*100+r.minor, t.Major*100+t.Minor; {
	case !ok:
		return MadeForUnknown
	case have > want, have == want && t.Build > 0 && r.build > t.Build:
		return MadeForNewer
	case have == want:
		return MadeForThis
	case r.major < 6 && t.Major >= 6, r.major < 5 && t.Major >= 5:
		return MadeForOther
	}
	return MadeForOlder
}

// MachineOf is the processor of an architecture, 0 for one that is not known.
func MachineOf(a inf.Arch) pe.Machine {
	switch a {
	case inf.X86:
		return pe.X86
	case inf.AMD64:
		return pe.AMD64
	case inf.ARM64:
		return pe.ARM64
	case inf.IA64:
		return pe.IA64
	}
	return 0
}

func machineOf(f File) pe.Machine {
	image, err := pe.Open(f, f.Size())
	if err != nil {
		return 0
	}
	return image.Machine()
}
