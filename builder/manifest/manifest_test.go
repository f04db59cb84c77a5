package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	created = time.Unix(1700000000, 0)
	nano    = Package{Kind: Debian, Name: "nano-tiny", Version: "1:7.2-1+deb12u1", Arch: "amd64", Source: "nano",
		URL: "http://mirror.example.org/debian/pool/main/n/nano/nano-tiny_7.2-1%2bdeb12u1_amd64.deb", SHA256: strings.Repeat("a", 64),
		Licence: "GPL-3.0-or-later AND LicenseRef-same-as-GPL"}
	sys    = Package{Kind: Module, Name: "golang.org/x/sys", Version: "v0.1.0", URL: "https://golang.org/x/sys", Sum: "h1:x", Licence: "BSD-3-Clause"}
	mended = Package{Kind: Own, Name: "bootmend", Licence: "Apache-2.0"}
)

func sample() *Manifest {
	m := &Manifest{}
	m.Add("boot/initrd.img:bin/nano", []byte("nano"), nano)
	m.Add("boot/initrd.img:bbin/bb", []byte("old"), nano)
	m.Add("boot/initrd.img:bbin/bb", []byte("bb"), sys, mended, sys)
	m.Add("boot/grub/grub.cfg", []byte("cfg"), mended)
	return m
}

func TestManifest(t *testing.T) {
	m := sample()
	text, err := m.JSON(created)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m.Files(), again.Files()) + cmp.Diff(m.Packages(), again.Packages()); diff != "" {
		t.Error(diff)
	}
	if twice, _ := again.JSON(created); !bytes.Equal(text, twice) {
		t.Error("another text for the same manifest")
	}
	files := m.Files()
	if len(files) != 3 || files[1].Path != "boot/initrd.img:bbin/bb" || files[1].Size != 2 || len(files[1].Packages) != 2 {
		t.Errorf("Files = %+v", files)
	}
	m.Rename(func(p string) string { return strings.TrimPrefix(p, "boot/") })
	m.Rename(func(p string) string {
		if strings.Contains(p, "nano") {
			return ""
		}
		return p
	})
	if got := m.Files(); len(got) != 2 || got[0].Path != "grub/grub.cfg" {
		t.Errorf("Files = %+v", got)
	}
	if got := m.Packages(); len(got) != 2 {
		t.Errorf("Packages = %+v: one that no file is from is still there", got)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "{}", "[]", `{"format":2}`, `{"format":1,"files":[{"path":"a","packages":["own:x"]}]}`} {
		if _, err := Parse([]byte(text)); !errors.Is(err, ErrFormat) {
			t.Errorf("Parse(%q) = %v; want %v", text, err, ErrFormat)
		}
	}
}

func TestLicences(t *testing.T) {
	for text, want := range map[string]string{
		"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nFiles: *\nLicense: GPL-2+ and BSD-3-clause\nLicense: Expat\n": "BSD-3-Clause AND GPL-2.0-or-later AND MIT",
		"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nLicense: my own / thing\n":                                    "LicenseRef-my-own-thing",
		"the text is in `/usr/share/common-licenses/GPL-2'.":                                                                                       "GPL-2.0-only",
		"": "NOASSERTION",
	} {
		if got := DebianLicence(text); got != want {
			t.Errorf("DebianLicence(%q) = %s; want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"Apache License\n   Version 2.0": "Apache-2.0", "Permission is hereby granted, free of charge": "MIT",
		"Redistributions in binary form must\nreproduce ... Neither the name of": "BSD-3-Clause",
		"Redistributions in binary form must reproduce":                          "BSD-2-Clause", "hello": "NOASSERTION",
		"Apache License Version 2.0 ... Permission is hereby granted, free of charge": "Apache-2.0 AND MIT",
	} {
		if got := TextLicence(text); got != want {
			t.Errorf("TextLicence(%q) = %s; want %s", text, got, want)
		}
	}
}

// TestSPDX: the document is what the specification asks for, by its own validator where
// that is installed (pip install spdx-tools).
func TestSPDX(t *testing.T) {
	text, err := sample().SPDX("boot mend.iso", created)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Namespace     string `json:"documentNamespace"`
		Packages      []struct{ SPDXID, Name string }
		Files         []struct{ SPDXID, FileName string }
		Relationships []struct{ SpdxElementID, RelatedSpdxElement string }
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Packages) != 4 || len(d.Files) != 3 || strings.Contains(d.Namespace, " ") {
		t.Errorf("%d packages, %d files, namespace %s", len(d.Packages), len(d.Files), d.Namespace)
	}
	ids := map[string]bool{"SPDXRef-DOCUMENT": true}
	for _, p := range d.Packages {
		ids[p.SPDXID] = true
	}
	for _, f := range d.Files {
		ids[f.SPDXID] = true
	}
	for _, r := range d.Relationships {
		if !ids[r.SpdxElementID] || !ids[r.RelatedSpdxElement] {
			t.Errorf("a relation of what is not there: %+v", r)
		}
	}
	validator, err := exec.LookPath("pyspdxtools")
	if err != nil {
		t.Log("SKIP-TOOL: pyspdxtools is not installed")
		return
	}
	file := filepath.Join(t.TempDir(), "x.spdx.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(validator, "-i", file).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func TestPurl(t *testing.T) {
	if got := nano.purl(); got != "pkg:deb/debian/nano-tiny@1%3A7.2-1%2Bdeb12u1?arch=amd64" {
		t.Error(got)
	}
	if got := sys.purl(); got != "pkg:golang/golang.org/x/sys@v0.1.0" {
		t.Error(got)
	}
}
