package apt

import (
	"errors"
	"strings"
)

// Package is what the lists say about a version of a package.
type Package struct {
	Name, Version, Architecture string
	Source                      string   // name of the source package
	SHA256                      string   // of the package's file, hexadecimal
	URL                         string   // where it is fetched from
	Homepage                    string   // "" where there is none
	Depends                     []string // names, all alternatives
}

// File is the name that apt gives to the package's file: NAME_VERSION_ARCH.deb, where
// the colon of the version's epoch is escaped.
func (p Package) File() string {
	return p.Name + "_" + strings.ReplaceAll(p.Version, ":", "%3a") + "_" + p.Architecture + ".deb"
}

var errShow = errors.New("apt-cache show gives no name, version, architecture and SHA256 of it")

// parseShow reads the first paragraph of what "apt-cache show" prints (deb822(5)). The
// URL is the path in the repository.
func parseShow(text string) (Package, error) {
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			break
		}
		if key, value, ok := strings.Cut(line, ":"); ok && line[0] != ' ' {
			fields[key] = strings.TrimSpace(value)
		}
	}
	p := Package{Name: fields["Package"], Version: fields["Version"], Architecture: fields["Architecture"],
		Source: fields["Source"], SHA256: fields["SHA256"], URL: fields["Filename"], Homepage: fields["Homepage"],
		Depends: append(names(fields["Pre-Depends"]), names(fields["Depends"])...)}
	if p.Name == "" || p.Version == "" || p.Architecture == "" || len(p.SHA256) != 64 {
		return p, errShow
	}
	// "Source: linux-signed-amd64 (6.1+1)" where the version is another.
	p.Source, _, _ = strings.Cut(p.Source, " ")
	if p.Source == "" {
		p.Source = p.Name
	}
	return p, nil
}

// names are those of "a (>= 1), b:any | c".
func names(depends string) []string {
	var list []string
	for _, one := range strings.FieldsFunc(depends, func(r rune) bool { return r == ',' || r == '|' }) {
		name, _, _ := strings.Cut(strings.TrimSpace(one), " ")
		name, _, _ = strings.Cut(name, ":")
		if name != "" {
			list = append(list, name)
		}
	}
	return list
}
