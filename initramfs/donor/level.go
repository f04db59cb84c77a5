package donor

import (
	"strconv"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// Level is a Windows of NT 5 and its service pack.
type Level struct {
	Major, Minor, Build uint16
	ServicePack         int
}

// starts are the last numbers of file versions from which on a file is of service
// pack 1, 2, ...; the same that package source ranks by.
func starts(major, minor, build uint16) []uint16 {
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

// LevelOf tells the level from a file version; ok is false for versions that do
// not tell their service pack.
func LevelOf(v pe.Version) (Level, bool) {
	l := Level{Major: v[0], Minor: v[1], Build: v[2]}
	all := starts(v[0], v[1], v[2])
	for _, n := range all {
		if v[3] >= n {
			l.ServicePack++
		}
	}
	return l, all != nil
}

// LevelOfWindows is the level of an installation: that of the newest of its files
// that every service pack replaces, where the registry does not say otherwise.
// ok is false when it cannot be told, or the two contradict.
func LevelOfWindows(w *inspect.Installation) (Level, bool) {
	var most Level
	found := false
	for _, name := range []string{"ntoskrnl.exe", "ntkrnlpa.exe", "ntdll.dll", "kernel32.dll", "smss.exe", "hal.dll"} {
		v, err := FileVersion(w, `system32\`+name)
		if err != nil {
			continue
		}
		l, ok := LevelOf(v)
		if ok && (!found || l.newer(most)) {
			most, found = l, true
		}
	}
	if w.VersionErr != nil {
		return most, found
	}
	pack, says := servicePack(w.Version.ServicePack)
	l := Level{uint16(w.Version.Major), uint16(w.Version.Minor), uint16(w.Version.Build), pack}
	switch {
	case found && l.Major == most.Major && l.Minor == most.Minor && (!says || l.ServicePack == most.ServicePack):
		return most, true
	case found:
		return Level{}, false
	}
	return l, says && starts(l.Major, l.Minor, l.Build) != nil
}

func servicePack(text string) (int, bool) {
	digits, ok := strings.CutPrefix(text, "Service Pack ")
	n, err := strconv.Atoi(digits)
	return n, ok && err == nil
}

func (l Level) newer(o Level) bool {
	a, b := [4]int{int(l.Major), int(l.Minor), int(l.Build), l.ServicePack}, [4]int{int(o.Major), int(o.Minor), int(o.Build), o.ServicePack}
	for i := range a {
		if a[i] != b[i] {
			return a[i] > b[i]
		}
	}
	return false
}

// AtLeast reports whether l is o or later.
func (l Level) AtLeast(o Level) bool { return !o.newer(l) }

// FileVersion is the file version of a program below the folder of Windows.
func FileVersion(w *inspect.Installation, below string) (pe.Version, error) {
	return versionAt(w, w.Path(below))
}

func versionAt(w *inspect.Installation, path string) (pe.Version, error) {
	f, err := w.Volume.FS.Open(path)
	if err != nil {
		return pe.Version{}, err
	}
	image, err := pe.Open(f, f.Info().Size)
	if err != nil {
		return pe.Version{}, err
	}
	v, err := image.Version()
	return v.File, err
}
