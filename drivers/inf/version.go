package inf

import (
	"fmt"
	"strings"
)

// Version is the [Version] section.
type Version struct {
	Signature, Class, ClassGUID, Provider string
	// DriverVer is date and version as written, e.g. "07/21/2023,100.93.104.24000";
	// the version may be missing, or not have four parts.
	DriverVer DriverVer
	// PnpLockdown: files must not be changed by others.
	PnpLockdown bool
	// LayoutFiles name INF files that say on which disk files of Windows are.
	LayoutFiles []string

	catalogs map[string]string // by decoration in lower case, "" is none
}

// DriverVer is a date, mm/dd/yyyy mostly, and a version.
type DriverVer struct{ Date, Version string }

// Catalog is the name of the catalog for a Windows, "" when the package has
// none (is not signed).
func (v Version) Catalog(t Target) string {
	for _, d := range []string{"nt" + string(t.Arch), "nt", ""} {
		if name, ok := v.catalogs[d]; ok {
			return name
		}
	}
	return ""
}

func (f *File) readVersion() error {
	s := f.section("Version")
	if s == nil {
		return fmt.Errorf("%w: there is no [Version]", ErrNotINF)
	}
	d := f.strings(0)
	v := &f.Version
	v.catalogs = map[string]string{}
	for key, to := range map[string]*string{"Signature": &v.Signature, "Class": &v.Class, "ClassGuid": &v.ClassGUID, "Provider": &v.Provider} {
		if l, ok := s.find(key); ok {
			*to = d.text(l.value(0))
		}
	}
	switch strings.ToLower(v.Signature) {
	case "$windows nt$", "$chicago$", "$windows 95$":
	default:
		return fmt.Errorf("%w: its signature is %q", ErrNotINF, v.Signature)
	}
	if l, ok := s.find("DriverVer"); ok {
		v.DriverVer = driverVer(d, l)
	}
	if l, ok := s.find("PnpLockdown"); ok {
		n, err := number(d.text(l.value(0)))
		v.PnpLockdown = err == nil && n != 0
	}
	if l, ok := s.find("LayoutFile"); ok {
		v.LayoutFiles = d.names(l)
	}
	for _, l := range s.lines {
		key := strings.ToLower(l.key)
		if suffix, ok := strings.CutPrefix(key, "catalogfile"); ok && (suffix == "" || suffix[0] == '.') {
			suffix = strings.TrimPrefix(suffix, ".")
			if _, ok := v.catalogs[suffix]; !ok {
				v.catalogs[suffix] = d.text(l.value(0))
			}
		}
	}
	return nil
}

func driverVer(d dict, l line) DriverVer {
	return DriverVer{d.text(l.value(0)), d.text(l.value(1))}
}
