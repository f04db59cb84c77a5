package manifest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// debianNames are SPDX's identifiers for Debian's short names that are not the same
// but for case.
var debianNames = map[string]string{
	"GPL-1": "GPL-1.0-only", "GPL-1+": "GPL-1.0-or-later", "GPL-2": "GPL-2.0-only", "GPL-2+": "GPL-2.0-or-later",
	"GPL-2.0": "GPL-2.0-only", "GPL-2.0+": "GPL-2.0-or-later", "GPL-3": "GPL-3.0-only", "GPL-3+": "GPL-3.0-or-later",
	"LGPL-2": "LGPL-2.0-only", "LGPL-2+": "LGPL-2.0-or-later", "LGPL-2.1": "LGPL-2.1-only", "LGPL-2.1+": "LGPL-2.1-or-later",
	"LGPL-3": "LGPL-3.0-only", "LGPL-3+": "LGPL-3.0-or-later", "GFDL-1.2+": "GFDL-1.2-or-later", "GFDL-1.3+": "GFDL-1.3-or-later",
	"Expat": "MIT", "MIT": "MIT", "X11": "X11", "ISC": "ISC", "Zlib": "Zlib", "BSD-2-clause": "BSD-2-Clause", "BSD-2-Clause": "BSD-2-Clause",
	"BSD-3-clause": "BSD-3-Clause", "BSD-3-Clause": "BSD-3-Clause", "BSD-4-clause": "BSD-4-Clause", "Apache-2.0": "Apache-2.0",
}

var (
	licenceField = regexp.MustCompile(`(?m)^License:[ \t]*(.+)$`)
	commonFile   = regexp.MustCompile(`/usr/share/common-licenses/([A-Z]+-[0-9.]*[0-9])`)
	notInSPDX    = regexp.MustCompile(`[^A-Za-z0-9.-]+`)
)

// DebianLicence reads the licences out of a package's copyright file: the License
// fields of the machine-readable format, or the common licences that a free text points
// to. What SPDX has no name for gets one that begins with LicenseRef-. "NOASSERTION":
// the file says nothing that could be read.
func DebianLicence(copyright string) string {
	found := map[string]bool{}
	if strings.Contains(copyright, "copyright-format/1") {
		for _, field := range licenceField.FindAllStringSubmatch(copyright, -1) {
			for _, name := range regexp.MustCompile(`,|\s+(?:and|or)\s+|\s+with\s+.*`).Split(field[1], -1) {
				if name = strings.TrimSpace(name); name != "" {
					found[spdxName(name)] = true
				}
			}
		}
	} else {
		for _, name := range commonFile.FindAllStringSubmatch(copyright, -1) {
			found[spdxName(name[1])] = true
		}
	}
	if len(found) == 0 {
		return "NOASSERTION"
	}
	return strings.Join(slices.Sorted(maps.Keys(found)), " AND ")
}

func spdxName(debian string) string {
	if name, ok := debianNames[debian]; ok {
		return name
	}
	return "LicenseRef-" + strings.Trim(notInSPDX.ReplaceAllString(debian, "-"), "-")
}

// licenceTexts are words of licences' texts, the more particular ones first.
var licenceTexts = []struct {
	name  string
	words []string
}{
	{"Apache-2.0", []string{"Apache License", "Version 2.0"}},
	{"MPL-2.0", []string{"Mozilla Public License", "2.0"}},
	{"BSD-3-Clause", []string{"Redistributions in binary form must reproduce", "Neither the name"}},
	{"BSD-3-Clause", []string{"Redistributions in binary form must reproduce", "may not be used to endorse"}},
	{"BSD-2-Clause", []string{"Redistributions in binary form must reproduce"}},
	{"MIT", []string{"Permission is hereby granted, free of charge"}},
	{"ISC", []string{"Permission to use, copy, modify, and/or distribute this software"}},
	{"ISC", []string{"Permission to use, copy, modify, and distribute this software for any purpose"}},
	{"CC0-1.0", []string{"Creative Commons CC0 1.0 Universal"}},
	{"CC0-1.0", []string{"CC0 1.0 Universal"}},
	{"Unlicense", []string{"This is free and unencumbered software released into the public domain"}},
}

// TextLicence recognises a licence by its text; several in one file are joined.
// "NOASSERTION": none that is known.
func TextLicence(text string) string {
	flat := strings.Join(strings.Fields(text), " ")
	var found []string
	for _, l := range licenceTexts {
		all := true
		for _, w := range l.words {
			all = all && strings.Contains(flat, w)
		}
		bsd := strings.HasPrefix(l.name, "BSD") && slices.ContainsFunc(found, func(f string) bool { return strings.HasPrefix(f, "BSD") })
		if all && !bsd && !slices.Contains(found, l.name) {
			found = append(found, l.name)
		}
	}
	if len(found) == 0 {
		return "NOASSERTION"
	}
	slices.Sort(found)
	return strings.Join(found, " AND ")
}
