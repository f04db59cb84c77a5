package inf

import (
	"strconv"
	"strings"
)

// DirID is the number of a directory.
type DirID int

// Directories that drivers use.
const (
	DirAbsolute DirID = -1 // the path says where
	DirSource   DirID = 1  // where the INF is
	DirWindows  DirID = 10
	DirSystem   DirID = 11 // system32
	DirDrivers  DirID = 12 // system32\drivers
	DirPackage  DirID = 13 // in the driver store, Windows 8.1 and later
	DirINF      DirID = 17
	DirRoot     DirID = 24 // of the system volume
	DirBoot     DirID = 30 // root of the volume that boots
)

// under are the directories by their names below the system volume.
var under = map[DirID]string{
	DirWindows: `%SystemRoot%`, DirSystem: `%SystemRoot%\system32`, DirDrivers: `%SystemRoot%\system32\drivers`,
	DirINF: `%SystemRoot%\inf`, 18: `%SystemRoot%\help`, 20: `%SystemRoot%\fonts`, 25: `%SystemRoot%`,
	DirRoot: `%SystemDrive%`, 50: `%SystemRoot%\system`, 51: `%SystemRoot%\system32\spool`,
}

// Place is a directory or a file in one.
type Place struct {
	Dir  DirID
	Path string // below it, parted by \; may be empty
}

// Windows gives the path that starts with %SystemRoot% or %SystemDrive%; false for
// directories that have none, as the source or the driver store.
func (p Place) Windows() (string, bool) {
	dir, ok := under[p.Dir]
	if !ok {
		return "", false
	}
	return dir + prefixed(p.Path), true
}

// String gives the form that INF files use: %12%\atapi.sys.
func (p Place) String() string {
	if p.Dir == DirAbsolute {
		return p.Path
	}
	return "%" + strconv.Itoa(int(p.Dir)) + "%" + prefixed(p.Path)
}

func prefixed(path string) string {
	if path == "" {
		return ""
	}
	return `\` + path
}

// join is a file below p.
func (p Place) join(name string) Place {
	name = strings.Trim(name, `\`)
	if p.Path != "" && name != "" {
		name = p.Path + `\` + name
	} else if name == "" {
		name = p.Path
	}
	return Place{p.Dir, name}
}

// parsePlace parses %12%\atapi.sys; what has no number is absolute.
func parsePlace(s string) Place {
	if rest, ok := strings.CutPrefix(s, "%"); ok {
		if id, path, ok := strings.Cut(rest, "%"); ok {
			if n, err := strconv.Atoi(id); err == nil {
				return Place{DirID(n), strings.Trim(path, `\`)}
			}
		}
	}
	return Place{DirAbsolute, s}
}

// directories replaces numbers between percent signs by the directories that
// they name, where these are known.
func (t Target) directories(s string) string {
	if t.Root == "" || !strings.Contains(s, "%") {
		return s
	}
	drive, _, _ := strings.Cut(t.Root, `\`)
	for id, dir := range under {
		token := "%" + strconv.Itoa(int(id)) + "%"
		if strings.Contains(s, token) {
			dir = strings.NewReplacer("%SystemRoot%", t.Root, "%SystemDrive%", drive).Replace(dir)
			s = strings.ReplaceAll(s, token, dir)
		}
	}
	return s
}

// destination finds where the files of a list go: its entry in
// [DestinationDirs], the default one, or system32.
func (in *installer) destination(list string) (Place, error) {
	s := in.f.section("DestinationDirs")
	l, ok := s.find(list)
	if list == "" || !ok {
		l, ok = s.find("DefaultDestDir")
	}
	if !ok {
		return Place{Dir: DirSystem}, nil
	}
	n, err := number(in.d.text(l.value(0)))
	if err != nil {
		return Place{}, &Error{l.no, s.name, err.Error()}
	}
	return Place{Dir: DirID(int32(n))}.join(in.d.text(l.value(1))), nil
}
