package manifest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The parts of SPDX 2.3 that are used (JSON schema of the specification).
type (
	spdxDocument struct {
		Version   string        `json:"spdxVersion"`
		Data      string        `json:"dataLicense"`
		ID        string        `json:"SPDXID"`
		Name      string        `json:"name"`
		Namespace string        `json:"documentNamespace"`
		Creation  spdxCreation  `json:"creationInfo"`
		Describes []string      `json:"documentDescribes"`
		Packages  []spdxPackage `json:"packages"`
		Files     []spdxFile    `json:"files"`
		Relations []spdxLink    `json:"relationships"`
		Licences  []spdxLicence `json:"hasExtractedLicensingInfos,omitempty"`
	}
	spdxCreation struct {
		Created  string   `json:"created"`
		Creators []string `json:"creators"`
	}
	spdxPackage struct {
		ID        string    `json:"SPDXID"`
		Name      string    `json:"name"`
		Version   string    `json:"versionInfo,omitempty"`
		Location  string    `json:"downloadLocation"`
		Analyzed  bool      `json:"filesAnalyzed"`
		Sums      []spdxSum `json:"checksums,omitempty"`
		Concluded string    `json:"licenseConcluded"`
		Declared  string    `json:"licenseDeclared"`
		Copyright string    `json:"copyrightText"`
		Refs      []spdxRef `json:"externalRefs,omitempty"`
	}
	spdxRef struct {
		Category string `json:"referenceCategory"`
		Type     string `json:"referenceType"`
		Locator  string `json:"referenceLocator"`
	}
	spdxFile struct {
		ID        string    `json:"SPDXID"`
		Name      string    `json:"fileName"`
		Sums      []spdxSum `json:"checksums"`
		Concluded string    `json:"licenseConcluded"`
		InFile    []string  `json:"licenseInfoInFiles"`
		Copyright string    `json:"copyrightText"`
	}
	spdxSum struct {
		Algorithm string `json:"algorithm"`
		Value     string `json:"checksumValue"`
	}
	spdxLink struct {
		From string `json:"spdxElementId"`
		Type string `json:"relationshipType"`
		To   string `json:"relatedSpdxElement"`
	}
	spdxLicence struct {
		ID   string `json:"licenseId"`
		Text string `json:"extractedText"`
	}
)

const (
	unknown   = "NOASSERTION"
	namespace = "https://github.com/bootmend/bootmend/spdx/"
)

// SPDX returns the manifest of the medium of that name as an SPDX document. A file has a
// SHA-1, because SPDX 2.3 asks for it (8.4); nobody should rely on it, the SHA-256 is there,
// too. In what an older mkrescue has packed and listed the SHA-1 is missing.
func (m *Manifest) SPDX(name string, created time.Time) ([]byte, error) {
	d := spdxDocument{Version: "SPDX-2.3", Data: "CC0-1.0", ID: "SPDXRef-DOCUMENT", Name: name,
		Creation:  spdxCreation{created.UTC().Format(time.RFC3339), []string{"Tool: mkrescue"}},
		Describes: []string{"SPDXRef-medium"},
		Packages: []spdxPackage{{ID: "SPDXRef-medium", Name: name, Location: unknown,
			Concluded: unknown, Declared: unknown, Copyright: unknown}}}
	d.Relations = append(d.Relations, spdxLink{d.ID, "DESCRIBES", "SPDXRef-medium"})
	refs := map[string]string{}
	licences := map[string]bool{}
	for i, p := range m.Packages() {
		refs[p.ID()] = fmt.Sprintf("SPDXRef-package-%d", i+1)
		d.Packages = append(d.Packages, p.spdx(refs[p.ID()]))
		for word := range strings.FieldsSeq(p.Licence) {
			if strings.HasPrefix(word, "LicenseRef-") {
				licences[word] = true
			}
		}
	}
	sum := sha256.New()
	for i, f := range m.Files() {
		id := fmt.Sprintf("SPDXRef-file-%d", i+1)
		d.Files = append(d.Files, spdxFile{ID: id, Name: "./" + f.Path, Sums: f.sums(),
			Concluded: unknown, InFile: []string{unknown}, Copyright: unknown})
		d.Relations = append(d.Relations, spdxLink{"SPDXRef-medium", "CONTAINS", id})
		for _, from := range f.Packages {
			d.Relations = append(d.Relations, spdxLink{id, "GENERATED_FROM", refs[from]})
		}
		fmt.Fprintf(sum, "%s %s\n", f.SHA256, f.Path)
	}
	for _, l := range slices.Sorted(maps.Keys(licences)) {
		d.Licences = append(d.Licences, spdxLicence{l, "The licence that Debian's copyright files call " +
			strings.TrimPrefix(l, "LicenseRef-") + "; its text is in usr/share/doc/*/copyright of the packages."})
	}
	d.Namespace = fmt.Sprintf("%s%s-%x", namespace, url.PathEscape(name), sum.Sum(nil)[:16])
	b, err := json.MarshalIndent(d, "", " ")
	return append(b, '\n'), err
}

func (f File) sums() []spdxSum {
	var all []spdxSum
	if f.SHA1 != "" {
		all = append(all, spdxSum{"SHA1", f.SHA1})
	}
	return append(all, spdxSum{"SHA256", f.SHA256})
}

func (p Package) spdx(id string) spdxPackage {
	s := spdxPackage{ID: id, Name: p.Name, Version: p.Version, Location: p.URL,
		Concluded: unknown, Declared: p.Licence, Copyright: unknown}
	if s.Location == "" {
		s.Location = unknown
	}
	if p.SHA256 != "" {
		s.Sums = []spdxSum{{"SHA256", p.SHA256}}
	}
	if purl := p.purl(); purl != "" {
		s.Refs = []spdxRef{{"PACKAGE-MANAGER", "purl", purl}}
	}
	return s
}

// purl is the package's name that vulnerability scanners know (package-url.github.io).
func (p Package) purl() string {
	switch p.Kind {
	case Debian:
		distribution := "debian"
		if strings.Contains(p.URL, "/ubuntu/") {
			distribution = "ubuntu"
		}
		return "pkg:deb/" + distribution + "/" + p.Name + "@" + strings.ReplaceAll(url.QueryEscape(p.Version), "%7E", "~") + "?arch=" + p.Arch
	case Module:
		return "pkg:golang/" + p.Name + "@" + p.Version
	}
	return ""
}
