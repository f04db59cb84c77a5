package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
	for text, want := range map[string]error{"": ErrChanged, "{}": ErrChanged, "[]": ErrChanged, `{"format":2}`: ErrChanged, `{"format":1,"files":[]}` + "\n": ErrVersion,
		sealed("{\"format\":3,\n"): ErrVersion, sealed("[\n"): ErrFormat,
		sealed("{\"format\":2,\"files\":[{\"path\":\"a\",\"packages\":[\"own:x\"]}],\n"): ErrFormat} {
		if _, err := Parse([]byte(text)); !errors.Is(err, ErrFormat) || !errors.Is(err, want) {
			t.Errorf("Parse(%q) = %v; want %v, %v", text, err, ErrFormat, want)
		}
	}
}

func sealed(lines string) string { return lines + string(sealOf([]byte(lines))) }

// TestSeal: any other byte anywhere, a lost one, or one more is noticed, and sha256sum
// finds in the last line what it computes of the others.
func TestSeal(t *testing.T) {
	text, err := sample().JSON(created)
	if err != nil {
		t.Fatal(err)
	}
	if m, err := Parse(text); err != nil || !m.Created.Equal(created) {
		t.Fatalf("Parse = %v, %v", m, err)
	}
	tried := 0
	refuse := func(what string, at int, b []byte) {
		t.Helper()
		tried++
		if _, err := Parse(b); !errors.Is(err, ErrChanged) {
			t.Errorf("%s at %d of %d: %v; want %v", what, at, len(text), err, ErrChanged)
		}
	}
	for at := range text {
		for bit := range 8 {
			b := bytes.Clone(text)
			b[at] ^= 1 << bit
			refuse("a flip", at, b)
		}
		refuse("cut", at, text[:at])
		refuse("one lost", at, slices.Delete(bytes.Clone(text), at, at+1))
		refuse("one more", at, slices.Insert(bytes.Clone(text), at, ' '))
	}
	refuse("one more", len(text), append(bytes.Clone(text), '\n'))
	t.Logf("%d changes were refused", tried)
	if _, err := exec.LookPath("sha256sum"); err != nil {
		t.Log("SKIP-TOOL: sha256sum is not installed")
		return
	}
	cmd := exec.Command("sh", "-c", "head -n -1 | sha256sum")
	cmd.Stdin = bytes.NewReader(text)
	out, err := cmd.Output()
	sum, _, _ := strings.Cut(string(out), " ")
	if err != nil || !strings.HasSuffix(string(text), "\n\"sha256\":\""+sum+"\"}\n") {
		t.Errorf("sha256sum says %s, %v; the manifest ends with %q", sum, err, text[len(text)-80:])
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

// TestOlder: a manifest of before has no SHA-1. It is read, what is proved gets one, and
// what is not has a SHA-256 only.
func TestOlder(t *testing.T) {
	m, err := Parse([]byte(sealed("{\"format\":2,\"files\":[{\"path\":\"a\",\"size\":1,\"sha256\":\"x\"},{\"path\":\"b\",\"size\":1,\"sha256\":\"y\"}],\n")))
	if err != nil {
		t.Fatal(err)
	}
	m.Complete("a", []byte("a"))
	m.Complete("nowhere", []byte("a"))
	files := m.Files()
	if len(files) != 2 || files[0].SHA1 != "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8" || files[0].SHA256 != "x" || files[1].SHA1 != "" {
		t.Errorf("%+v", files)
	}
	text, err := m.SPDX("x", created)
	if n := strings.Count(string(text), `"SHA1"`); err != nil || n != 1 || strings.Count(string(text), `"SHA256"`) != 2 {
		t.Errorf("%d SHA1, %v", n, err)
	}
	m.Complete("a", []byte("other"))
	if m.Files()[0].SHA1 != files[0].SHA1 {
		t.Error("a SHA-1 was replaced")
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
		Namespace string `json:"documentNamespace"`
		Packages  []struct{ SPDXID, Name string }
		Files     []struct {
			SPDXID, FileName string
			Checksums        []struct{ Algorithm, ChecksumValue string }
		}
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
		// SPDX 2.3, 8.4: a SHA1 is mandatory, others may follow.
		if len(f.Checksums) != 2 || f.Checksums[0].Algorithm != "SHA1" || len(f.Checksums[0].ChecksumValue) != 40 || f.Checksums[1].Algorithm != "SHA256" {
			t.Errorf("%s has the checksums %v", f.FileName, f.Checksums)
		}
		if want := "6ed7efe0ffdee78d655e5ad60691472f0fb43b1c"; f.FileName == "./boot/grub/grub.cfg" && f.Checksums[0].ChecksumValue != want {
			t.Errorf("%s: %s; sha1sum says %s", f.FileName, f.Checksums[0].ChecksumValue, want)
		}
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
